//! Composite formats as .NET reads them: `{0}`, `{1,8}`, `{2:D3}`, `{{` and `}}`.

use serde_json::Value;

use crate::template::evaluate::as_text;

/// The text of a format and its arguments; `None` where the format is broken or names an argument that is not there.
pub(super) fn composite(format: &str, arguments: &[Value]) -> Option<String> {
    let mut text = String::new();
    let mut rest = format;
    while let Some(at) = rest.find(['{', '}']) {
        text.push_str(&rest[..at]);
        let (brace, after) = rest[at..].split_at(1);
        if let Some(doubled) = after.strip_prefix(brace) {
            text.push_str(brace);
            rest = doubled;
            continue;
        }
        let (item, after) = after.split_once('}').filter(|_| brace == "{")?;
        text.push_str(&formatted(item, arguments)?);
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}

fn formatted(item: &str, arguments: &[Value]) -> Option<String> {
    let (head, specifier) = item.split_once(':').map_or((item, ""), |(head, specifier)| (head, specifier));
    let (index, width) = head.split_once(',').map_or((head, "0"), |(index, width)| (index, width));
    let argument = arguments.get(index.trim().parse::<usize>().ok()?)?;
    let width: i64 = width.trim().parse().ok()?;
    let text = specified(argument, specifier)?;
    // An expression has at most 24,576 characters, and so has what it pads to.
    let length = usize::try_from(width.unsigned_abs()).ok().filter(|length| *length <= 24_576)?;
    Some(if width < 0 { format!("{text:<length$}") } else { format!("{text:>length$}") })
}

/// The standard formats of whole numbers and the custom one of zeros; others have no effect on texts.
fn specified(argument: &Value, specifier: &str) -> Option<String> {
    let Some(number) = argument.as_i64() else { return Some(as_text(argument)) };
    let kind = specifier.chars().next();
    let digits: usize = specifier.get(1..).and_then(|digits| digits.parse().ok()).unwrap_or_default();
    let digits = Some(digits).filter(|digits| *digits <= 99)?;
    let sign = if number < 0 { "-" } else { "" };
    let size = number.unsigned_abs();
    Some(match kind {
        None | Some('G' | 'g') => number.to_string(),
        Some('D' | 'd') => format!("{sign}{size:0digits$}"),
        Some('X') => format!("{number:0digits$X}"),
        Some('x') => format!("{number:0digits$x}"),
        Some('F' | 'f') => decimals(format!("{sign}{size}"), specifier, digits),
        Some('N' | 'n') => decimals(format!("{sign}{}", in_thousands(size)), specifier, digits),
        Some('0') if specifier.chars().all(|c| c == '0') => {
            let width = specifier.len();
            format!("{sign}{size:0width$}")
        }
        Some(_) => return None,
    })
}

/// Two unless the specifier says how many.
fn decimals(whole: String, specifier: &str, digits: usize) -> String {
    match if specifier.len() == 1 { 2 } else { digits } {
        0 => whole,
        digits => format!("{whole}.{}", "0".repeat(digits)),
    }
}

fn in_thousands(size: u64) -> String {
    let digits = size.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
