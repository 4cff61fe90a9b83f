//! Kubernetes quantities: `500m`, `1.5Gi`, `2e3`.

/// Nano-units in one unit: the finest step that a quantity has (Kubernetes rounds up to it).
const NANO: i128 = 1_000_000_000;

/// One, in nano-units.
pub const UNIT: i128 = NANO;

/// A quantity in nano-units; `None` when the text is none.
pub fn parse(text: &str) -> Option<i128> {
    let end = text.find(|c: char| !matches!(c, '0'..='9' | '.' | '+' | '-')).unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let (multiplier, divisor) = scale(suffix)?;
    let (negative, digits) = match number.as_bytes().first()? {
        b'-' => (true, &number[1..]),
        b'+' => (false, &number[1..]),
        _ => (false, number),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{fraction}");
    if all.is_empty() || !all.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let value: i128 = all.parse().ok()?;
    let divisor = divisor.checked_mul(10i128.checked_pow(u32::try_from(fraction.len()).ok()?)?)?;
    let nanos = div_ceil(value.checked_mul(multiplier)?, divisor);
    Some(if negative { -nanos } else { nanos })
}

/// `nanos` in steps of `step` nano-units, rounded up: nobody gets less than asked for.
pub fn steps(nanos: i128, step: i128) -> i128 {
    div_ceil(nanos, step)
}

/// Nano-units of one suffix as multiplier and divisor.
fn scale(suffix: &str) -> Option<(i128, i128)> {
    let decimal = |power: u32| Some((NANO * 10i128.pow(power), 1));
    let binary = |power: u32| Some((NANO << (10 * power), 1));
    match suffix {
        "n" => Some((1, 1)),
        "u" => Some((1_000, 1)),
        "m" => Some((1_000_000, 1)),
        "" => decimal(0),
        "k" => decimal(3),
        "M" => decimal(6),
        "G" => decimal(9),
        "T" => decimal(12),
        "P" => decimal(15),
        "E" => decimal(18),
        "Ki" => binary(1),
        "Mi" => binary(2),
        "Gi" => binary(3),
        "Ti" => binary(4),
        "Pi" => binary(5),
        "Ei" => binary(6),
        _ => match suffix.strip_prefix(['e', 'E'])?.parse::<i32>().ok()? {
            power @ 0..=18 => decimal(power.unsigned_abs()),
            power @ -18..=-1 => Some((NANO, 10i128.pow(power.unsigned_abs()))),
            _ => None,
        },
    }
}

fn div_ceil(value: i128, divisor: i128) -> i128 {
    value.div_euclid(divisor) + i128::from(value.rem_euclid(divisor) != 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quantities_of_every_notation() {
        let table = [
            ("1", NANO),
            ("500m", NANO / 2),
            ("1.981", 1_981_000_000),
            ("128Mi", 134_217_728 * NANO),
            ("1.5Gi", 1_610_612_736 * NANO),
            ("2e3", 2_000 * NANO),
            ("1E3", 1_000 * NANO),
            ("5E-1", NANO / 2),
            ("-1", -NANO),
            ("100n", 100),
        ];
        for (text, nanos) in table {
            assert_eq!(parse(text), Some(nanos), "{text}");
        }
    }

    #[test]
    fn other_texts_are_no_quantities() {
        for text in ["", "m", "1.2.3", "1x", "--1", "1e", "1e99", "."] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,24}") {
            let _ = parse(&text);
        }
    }
}
