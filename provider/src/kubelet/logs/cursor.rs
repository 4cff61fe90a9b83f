//! What is new in a log that is asked for again and again.
//!
//! ARM answers with a window: the last lines of the latest attempt, cut at 4 MB or at the number of lines
//! asked for. Between two answers the window grows, moves on, or starts afresh because the container did.
//! Lines carry times of nanoseconds, so two windows of one attempt overlap in text that is found nowhere
//! else; where they do not overlap at all, everything is new.

/// How far a log has been read.
#[derive(Clone, Debug, Default)]
pub(super) struct Cursor {
    /// The window as last seen.
    seen: String,
}

/// What a window has beyond what was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News<'a> {
    /// This, perhaps nothing.
    Text(&'a str),
    /// The window has nothing in common with what was seen: a new attempt, or lines in between are missing.
    Apart,
}

impl Cursor {
    /// A cursor behind everything in a window.
    pub(super) fn at(window: String) -> Self {
        Self { seen: window }
    }

    /// What is new in a window; the cursor stays where it is.
    pub(super) fn news<'a>(&self, window: &'a str) -> News<'a> {
        let seen = self.seen.as_str();
        if seen.is_empty() || window.is_empty() {
            return News::Text(window);
        }
        let grown = line_starts(window).find_map(|start| window[start..].strip_prefix(seen));
        let moved = || line_starts(seen).find_map(|start| window.strip_prefix(&seen[start..]));
        grown.or_else(moved).map_or(News::Apart, News::Text)
    }

    /// Moves behind a window.
    pub(super) fn advance(&mut self, window: String) {
        self.seen = window;
    }
}

fn line_starts(text: &str) -> impl Iterator<Item = usize> {
    let later = text.match_indices('\n').map(|(at, _)| at + 1).filter(|start| *start < text.len());
    std::iter::once(0).chain(later)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn news(seen: &str, window: &str) -> Option<String> {
        match Cursor::at(seen.to_owned()).news(window) {
            News::Text(text) => Some(text.to_owned()),
            News::Apart => None,
        }
    }

    #[test]
    fn a_window_that_grew_has_its_end_as_news() {
        assert_eq!(news("1 a\n2 b\n", "1 a\n2 b\n3 c\n").as_deref(), Some("3 c\n"));
        assert_eq!(news("1 a\n", "1 a\n").as_deref(), Some(""));
        assert_eq!(news("", "1 a\n").as_deref(), Some("1 a\n"));
    }

    #[test]
    fn a_window_that_moved_on_has_its_end_as_news() {
        assert_eq!(news("1 a\n2 b\n3 c\n", "2 b\n3 c\n4 d\n").as_deref(), Some("4 d\n"));
    }

    #[test]
    fn a_window_that_begins_earlier_has_its_end_as_news() {
        assert_eq!(news("2 b\n", "1 a\n2 b\n3 c\n").as_deref(), Some("3 c\n"));
    }

    #[test]
    fn the_rest_of_a_line_is_news() {
        assert_eq!(news("1 a\n2 b", "1 a\n2 bc\n3 d\n").as_deref(), Some("c\n3 d\n"));
    }

    #[test]
    fn equal_lines_at_the_same_time_are_counted() {
        assert_eq!(news("1 a\n1 a\n", "1 a\n1 a\n1 a\n").as_deref(), Some("1 a\n"));
    }

    #[test]
    fn the_log_of_a_new_attempt_is_apart() {
        assert_eq!(news("1 a\n2 b\n", "3 a\n4 b\n"), None);
    }

    proptest! {
        #[test]
        fn windows_over_a_growing_log_add_up_to_the_log(
            texts in prop::collection::vec("[a-c]{0,3}", 1..40),
            cuts in prop::collection::vec((1usize..6, 1usize..8), 1..20),
        ) {
            let lines: Vec<String> = texts.iter().enumerate().map(|(i, text)| format!("{i:03} {text}\n")).collect();
            let (mut cursor, mut end, mut read) = (Cursor::default(), 0, String::new());
            for (growth, width) in cuts {
                end = (end + growth).min(lines.len());
                // Each window reaches back to the last line of the one before.
                let start = end.saturating_sub(growth + width);
                let window = lines[start..end].concat();
                let News::Text(text) = cursor.news(&window) else { panic!("windows overlap") };
                read.push_str(text);
                cursor.advance(window);
            }
            let first = lines.concat().find(read.lines().next().unwrap()).unwrap();
            prop_assert_eq!(&read, &lines[..end].concat()[first..]);
        }
    }
}
