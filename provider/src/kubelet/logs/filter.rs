//! The shape of an answer: which lines, with or without their times, how many bytes.

use jiff::Timestamp;

use super::options::LogOptions;

/// Shapes lines that ARM gave with timestamps, across any number of pieces.
#[derive(Clone, Debug)]
pub(super) struct LogFilter {
    since: Option<Timestamp>,
    timestamps: bool,
    /// Bytes that may still be given.
    remaining: Option<usize>,
    /// Whether the last line that had a time was late enough; a line without one goes with it.
    passing: bool,
}

impl LogFilter {
    pub(super) fn new(options: &LogOptions) -> Self {
        Self {
            since: options.since,
            timestamps: options.timestamps,
            remaining: options.limit_bytes,
            passing: options.since.is_none(),
        }
    }

    /// What of some lines is to be shown.
    pub(super) fn pass(&mut self, lines: &str) -> Vec<u8> {
        let mut shown = Vec::new();
        for line in lines.split_inclusive('\n') {
            let (time, text) = split(line);
            if let (Some(time), Some(since)) = (time, self.since) {
                self.passing = time >= since;
            }
            if self.passing {
                self.show(if self.timestamps { line } else { text }, &mut shown);
            }
            if self.is_full() {
                break;
            }
        }
        shown
    }

    /// Whether nothing more will be shown.
    pub(super) fn is_full(&self) -> bool {
        self.remaining == Some(0)
    }

    fn show(&mut self, text: &str, shown: &mut Vec<u8>) {
        let bytes = text.as_bytes();
        let fitting = self.remaining.map_or(bytes.len(), |remaining| remaining.min(bytes.len()));
        shown.extend_from_slice(&bytes[..fitting]);
        self.remaining = self.remaining.map(|remaining| remaining - fitting);
    }
}

/// The last lines of a text.
pub(super) fn tail(content: &str, lines: usize) -> &str {
    let Some(skipped) = lines.checked_sub(1) else { return "" };
    let body = content.strip_suffix('\n').unwrap_or(content);
    match body.rmatch_indices('\n').nth(skipped) {
        Some((end_of_line_before, _)) => &content[end_of_line_before + 1..],
        None => content,
    }
}

/// A line's time and what follows it.
fn split(line: &str) -> (Option<Timestamp>, &str) {
    match line.split_once(' ') {
        Some((time, text)) => match time.parse() {
            Ok(time) => (Some(time), text),
            Err(_) => (None, line),
        },
        // A line that the container left empty is its time alone.
        None => match line.trim_end().parse() {
            Ok(time) => (Some(time), &line[line.trim_end().len()..]),
            Err(_) => (None, line),
        },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LOG: &str = "2026-01-02T03:04:05.100000000Z one\n\
                       2026-01-02T03:04:06.200000000Z two words\n\
                       2026-01-02T03:04:07.300000000Z\n\
                       2026-01-02T03:04:08.400000000Z four\n";

    fn shown(options: &LogOptions) -> String {
        String::from_utf8(LogFilter::new(options).pass(LOG)).unwrap()
    }

    #[test]
    fn times_are_taken_away_unless_asked_for() {
        assert_eq!(shown(&LogOptions::default()), "one\ntwo words\n\nfour\n");
        assert_eq!(shown(&LogOptions { timestamps: true, ..Default::default() }), LOG);
    }

    #[test]
    fn lines_before_since_are_left_out() {
        let since = Some("2026-01-02T03:04:06.2Z".parse().unwrap());
        assert_eq!(shown(&LogOptions { since, ..Default::default() }), "two words\n\nfour\n");
    }

    #[test]
    fn a_line_without_a_time_goes_with_the_line_before() {
        let since = Some("2026-01-02T03:04:06Z".parse().unwrap());
        let mut filter = LogFilter::new(&LogOptions { since, ..Default::default() });
        let log = "lost\n2026-01-02T03:04:05Z old\nold too\n2026-01-02T03:04:06Z new\nnew too\n";
        assert_eq!(filter.pass(log), b"new\nnew too\n");
    }

    #[test]
    fn tail_counts_lines_with_and_without_a_final_line_end() {
        for (text, lines, expected) in [
            ("a\nb\nc\n", 2, "b\nc\n"),
            ("a\nb\nc", 2, "b\nc"),
            ("a\nb\n", 5, "a\nb\n"),
            ("a\n", 0, ""),
            ("", 3, ""),
            ("\n\n", 1, "\n"),
        ] {
            assert_eq!(tail(text, lines), expected, "the last {lines} of {text:?}");
        }
    }

    fn log() -> impl Strategy<Value = String> {
        prop::collection::vec(("[ -~é]{0,12}", 0i64..5), 0..20).prop_map(|lines| {
            let mut at = 1_700_000_000i64;
            lines.into_iter().fold(String::new(), |log, (text, step)| {
                at += step;
                format!("{log}{} {text}\n", Timestamp::from_second(at).unwrap())
            })
        })
    }

    proptest! {
        #[test]
        fn pieces_of_a_log_are_shaped_like_the_whole(
            log in log(), limit in prop::option::of(1usize..200), timestamps: bool, since in prop::option::of(0i64..40),
        ) {
            let options = LogOptions {
                limit_bytes: limit,
                timestamps,
                since: since.map(|s| Timestamp::from_second(1_700_000_000 + s).unwrap()),
                ..LogOptions::default()
            };
            let whole = LogFilter::new(&options).pass(&log);
            let mut filter = LogFilter::new(&options);
            let pieces: Vec<u8> = log.split_inclusive('\n').flat_map(|line| filter.pass(line)).collect();
            prop_assert_eq!(&whole, &pieces);
            prop_assert!(whole.len() <= limit.unwrap_or(usize::MAX));
        }

        #[test]
        fn tail_is_the_end_of_the_log_and_as_long_as_asked(log in log(), lines in 0usize..30) {
            let end = tail(&log, lines);
            prop_assert!(log.ends_with(end));
            prop_assert_eq!(end.lines().count(), lines.min(log.lines().count()));
        }
    }
}
