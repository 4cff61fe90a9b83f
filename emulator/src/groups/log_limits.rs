//! How much of a container's log Azure keeps.

use crate::limits::{LOG_BYTES, STOPPED_LOG_BYTES, STOPPED_LOG_LINES};

/// The end of a log, as far as Azure has it; that it begins with a whole line is ASSUMED.
pub(super) fn kept(log: String, has_ended: bool) -> String {
    let bytes = if has_ended { STOPPED_LOG_BYTES } else { LOG_BYTES };
    let lines = if has_ended { STOPPED_LOG_LINES } else { usize::MAX };
    let by_size = match log.len().checked_sub(bytes) {
        None | Some(0) => 0,
        // The first whole line in what is left, or else its first whole character.
        Some(cut) => match log.as_bytes()[cut - 1..].iter().position(|byte| *byte == b'\n') {
            Some(newline) if cut + newline < log.len() => cut + newline,
            _ => (cut..log.len()).find(|at| log.is_char_boundary(*at)).unwrap_or(log.len()),
        },
    };
    let by_lines = log.bytes().enumerate().rev().filter(|(at, byte)| *byte == b'\n' && at + 1 < log.len());
    let by_lines = by_lines.map(|(at, _)| at + 1).nth(lines.saturating_sub(1)).unwrap_or(0);
    match by_size.max(by_lines) {
        0 => log,
        cut => log[cut..].to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_that_has_ended_keeps_a_thousand_lines_or_sixteen_kilobytes() {
        let lines: String = (0..1500).map(|number| format!("{number}\n")).collect();
        assert_eq!(kept(lines.clone(), false), lines);
        let ended = kept(lines, true);
        assert_eq!((ended.lines().count(), ended.lines().next()), (1000, Some("500")));
        let long: String = (0..40).map(|number| format!("{number:0>999}\n")).collect();
        let ended = kept(long, true);
        assert_eq!((ended.lines().count(), ended.lines().next_back().unwrap().ends_with("39")), (16, true));
        let without_end = format!("{}last", "x\n".repeat(1000));
        assert_eq!(kept(without_end, true).lines().count(), 1000);
    }

    #[test]
    fn a_running_container_has_the_last_four_megabytes() {
        let log = format!("first\n{}", "line\n".repeat(LOG_BYTES / 5));
        let cut = kept(log, false);
        assert!(
            cut.len() <= LOG_BYTES && cut.len() > LOG_BYTES - 6 && cut.starts_with("line\n"),
            "{}",
            cut.len()
        );
    }

    #[test]
    fn a_line_that_is_too_long_is_cut_between_two_characters() {
        let log = "ä".repeat(STOPPED_LOG_BYTES);
        assert_eq!(kept(format!("x{log}"), true).chars().count(), STOPPED_LOG_BYTES / 2);
        assert_eq!(kept(String::new(), true), "");
    }
}
