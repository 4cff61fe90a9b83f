//! Times in Azure's three precisions (recorded).

use jiff::Timestamp;

/// Events: whole seconds.
pub(super) fn seconds(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// States: milliseconds, without zeros at the end (`04:25:34.78Z`).
pub(super) fn milliseconds(time: Timestamp) -> String {
    let text = time.strftime("%Y-%m-%dT%H:%M:%S%.3f").to_string();
    let short = text.trim_end_matches('0').trim_end_matches('.');
    // A time such as 10:20:00.000 must not lose the zeros of its seconds.
    let whole = text.split('.').next().unwrap_or(&text);
    format!("{}Z", if short.len() < whole.len() { whole } else { short })
}

/// Operations, and containers stopped on request: seven digits.
pub(super) fn seven_digits(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S%.7fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_has_its_precision() {
        let time: Timestamp = "2025-05-16T04:22:26.780456789Z".parse().unwrap();
        assert_eq!(seconds(time), "2025-05-16T04:22:26Z");
        assert_eq!(milliseconds(time), "2025-05-16T04:22:26.78Z");
        assert_eq!(seven_digits(time), "2025-05-16T04:22:26.7804567Z");
    }

    #[test]
    fn whole_seconds_keep_their_zeros() {
        let time: Timestamp = "2025-05-16T04:20:00Z".parse().unwrap();
        assert_eq!(milliseconds(time), "2025-05-16T04:20:00Z");
    }
}
