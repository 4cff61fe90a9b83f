//! What a wrapped command's terminal shows, taken apart: its output, and the marked messages of the script.
//!
//! A message is the control character RS, the token, a letter, a text, and the end of the line. Nothing else can
//! look like one, for nobody else knows the token; a message may come in any pieces.

use bytes::Bytes;

/// RS, which terminals pass through as it is.
const MARK: u8 = 0x1e;
/// The longest text of a message: beyond this it is something else that begins like one.
const LONGEST: usize = 1024 * 1024;
/// How much is kept of what is shown before the script begins: an error of whoever starts it.
const PREFACE: usize = 4096;

/// What happened, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// The script runs, and takes input as it is or as base64.
    Begun { takes_base64: bool },
    /// The script cannot take input.
    NoInput,
    /// The script waits for the length of a piece of input.
    Ready,
    /// The script waits for the piece.
    Go,
    /// The command wrote this.
    Output(Bytes),
    /// The command complained about this.
    Error(Bytes),
    /// The command ended; `None` where the shell did not say how.
    Exit(Option<i32>),
}

/// A terminal's text as far as it has come.
#[derive(Clone, Debug)]
pub(super) struct Transcript {
    mark: Vec<u8>,
    /// Whether output is to be as it was before the terminal changed it.
    is_exact: bool,
    /// What has come and means nothing yet.
    unread: Vec<u8>,
    /// What was shown before the script began.
    preface: Vec<u8>,
    has_begun: bool,
    /// Whether the terminal puts a carriage return before each line feed.
    adds_returns: bool,
}

impl Transcript {
    /// The transcript of a script that was given `token`.
    pub(super) fn new(token: &str, is_exact: bool) -> Self {
        let mark = [&[MARK], token.as_bytes()].concat();
        let (unread, preface) = (Vec::new(), Vec::new());
        Self { mark, is_exact, unread, preface, has_begun: false, adds_returns: false }
    }

    /// What a piece tells.
    pub(super) fn push(&mut self, piece: &[u8]) -> Vec<Event> {
        self.unread.extend_from_slice(piece);
        let unread = std::mem::take(&mut self.unread);
        let (mut events, mut rest) = (Vec::new(), unread.as_slice());
        loop {
            match self.next_message(rest) {
                Found::Message { before, text, after } => {
                    self.show(before, &mut events);
                    events.extend(self.message(text));
                    rest = after;
                }
                Found::Rest { text, held } => {
                    let (text, carriage_return) = self.hold_return(text, held);
                    self.show(text, &mut events);
                    self.unread = [carriage_return, held].concat();
                    return events;
                }
            }
        }
    }

    /// What is left when the terminal is closed: output, or what was shown instead of the script's beginning.
    pub(super) fn finish(mut self) -> (Vec<Event>, String) {
        let mut events = Vec::new();
        let unread = std::mem::take(&mut self.unread);
        self.show(&unread, &mut events);
        (events, String::from_utf8_lossy(&self.preface).trim().to_owned())
    }

    fn next_message<'a>(&self, bytes: &'a [u8]) -> Found<'a> {
        let marks = bytes.iter().enumerate().filter(|(_, byte)| **byte == MARK).map(|(at, _)| at);
        for at in marks {
            let (before, from) = bytes.split_at(at);
            let Some(behind) = from.strip_prefix(self.mark.as_slice()) else {
                if self.mark.starts_with(from) {
                    return Found::Rest { text: before, held: from };
                }
                continue;
            };
            match behind.iter().position(|byte| *byte == b'\n') {
                Some(end) => {
                    let (text, after) = behind.split_at(end);
                    return Found::Message { before, text, after: after.get(1..).unwrap_or_default() };
                }
                None if behind.len() <= LONGEST => return Found::Rest { text: before, held: from },
                None => {}
            }
        }
        Found::Rest { text: bytes, held: &[] }
    }

    fn message(&mut self, text: &[u8]) -> Option<Event> {
        let returned = text.strip_suffix(b"\r");
        if text.starts_with(b"b") {
            self.adds_returns = returned.is_some();
        }
        let text = if self.adds_returns { returned.unwrap_or(text) } else { text };
        let (kind, text) = text.split_first()?;
        match kind {
            b'b' => {
                self.has_begun = true;
                Some(Event::Begun { takes_base64: text == b"64" })
            }
            b'n' => Some(Event::NoInput),
            b'r' => Some(Event::Ready),
            b'g' => Some(Event::Go),
            b'e' => Some(Event::Error([text, b"\n"].concat().into())),
            b'p' => Some(Event::Error(Bytes::copy_from_slice(text))),
            b'x' => {
                let code = String::from_utf8_lossy(text);
                Some(Event::Exit(code.trim().parse().ok()))
            }
            _ => None,
        }
    }

    fn show(&mut self, text: &[u8], events: &mut Vec<Event>) {
        if text.is_empty() {
            return;
        }
        if !self.has_begun {
            let room = PREFACE.saturating_sub(self.preface.len());
            self.preface.extend(text.iter().take(room));
            return;
        }
        let text = if self.undoes_returns() { without_returns(text) } else { text.to_vec() };
        events.push(Event::Output(text.into()));
    }

    fn undoes_returns(&self) -> bool {
        self.is_exact && self.adds_returns
    }

    /// A carriage return at the end waits for what follows it, which may be the line feed that it was added to.
    fn hold_return<'a>(&self, text: &'a [u8], held: &[u8]) -> (&'a [u8], &'a [u8]) {
        match text.split_last() {
            Some((b'\r', _)) if self.undoes_returns() && held.is_empty() => text.split_at(text.len() - 1),
            _ => (text, &[]),
        }
    }
}

/// What comes first in some bytes.
enum Found<'a> {
    /// A message, and what is around it.
    Message { before: &'a [u8], text: &'a [u8], after: &'a [u8] },
    /// No message; `held` could become one.
    Rest { text: &'a [u8], held: &'a [u8] },
}

/// Takes away the one carriage return before each line feed that a terminal has added.
fn without_returns(text: &[u8]) -> Vec<u8> {
    let next = text.iter().skip(1).map(Some).chain([None]);
    let pairs = text.iter().zip(next);
    pairs.filter(|pair| *pair != (&b'\r', Some(&b'\n'))).map(|(byte, _)| *byte).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BEGUN: Event = Event::Begun { takes_base64: false };
    const TOKEN: &str = "0123456789abcdef";

    fn message(text: &str) -> Vec<u8> {
        format!("\x1e{TOKEN}{text}\n").into_bytes()
    }

    /// The events of a text in pieces of the given sizes, neighbouring outputs as one.
    fn events(text: &[u8], sizes: &[usize], is_exact: bool) -> Vec<Event> {
        let mut transcript = Transcript::new(TOKEN, is_exact);
        let (mut events, mut rest) = (Vec::new(), text);
        for size in sizes.iter().copied().chain([usize::MAX]) {
            let (piece, later) = rest.split_at(size.min(rest.len()));
            events.extend(transcript.push(piece));
            rest = later;
        }
        events.extend(transcript.finish().0);
        join(events)
    }

    fn join(events: Vec<Event>) -> Vec<Event> {
        events.into_iter().fold(Vec::new(), |mut joined, event| {
            match (joined.last_mut(), event) {
                (Some(Event::Output(before)), Event::Output(more)) => {
                    *before = [&before[..], &more[..]].concat().into();
                }
                (_, event) => joined.push(event),
            }
            joined
        })
    }

    #[test]
    fn messages_are_taken_out_of_the_output() {
        let text = [
            b"noise".to_vec(),
            message("b"),
            b"one".to_vec(),
            message("eoops"),
            b"two".to_vec(),
            message("x3"),
        ];
        let output = |text: &'static str| Event::Output(text.into());
        assert_eq!(
            events(&text.concat(), &[], true),
            [BEGUN, output("one"), Event::Error("oops\n".into()), output("two"), Event::Exit(Some(3))]
        );
    }

    #[test]
    fn what_was_shown_before_the_script_began_is_kept_apart() {
        let mut transcript = Transcript::new(TOKEN, true);
        assert_eq!(transcript.push(b"OCI runtime exec failed: no such file\r\n"), []);
        assert_eq!(transcript.finish(), (vec![], "OCI runtime exec failed: no such file".to_owned()));
    }

    #[test]
    fn carriage_returns_that_the_terminal_added_are_taken_away_and_others_are_not() {
        let cooked = format!("\x1e{TOKEN}b\r\na\r\nb\r\r\n\rc\x1e{TOKEN}eoops\r\r\n\x1e{TOKEN}x0\r\n");
        let expected = |output: &'static str| {
            [BEGUN, Event::Output(output.into()), Event::Error("oops\r\n".into()), Event::Exit(Some(0))]
        };
        assert_eq!(events(cooked.as_bytes(), &[], true), expected("a\nb\r\n\rc"));
        assert_eq!(events(cooked.as_bytes(), &[], false), expected("a\r\nb\r\r\n\rc"));
    }

    #[test]
    fn output_that_looks_like_a_message_of_somebody_else_is_output() {
        let text = [message("b"), b"\x1efedcba9876543210x0\n\x1e".to_vec()].concat();
        let output = Event::Output("\x1efedcba9876543210x0\n\x1e".into());
        assert_eq!(events(&text, &[], true), [BEGUN, output]);
    }

    #[test]
    fn a_script_says_how_it_takes_input() {
        assert_eq!(events(&message("b64"), &[], true), [Event::Begun { takes_base64: true }]);
    }

    #[test]
    fn typing_is_shown_at_once() {
        let mut transcript = Transcript::new(TOKEN, false);
        transcript.push(&message("b"));
        for key in ["l", "s", "\r\n", "\r", "0"] {
            assert_eq!(transcript.push(key.as_bytes()), [Event::Output(key.into())]);
        }
    }

    fn part() -> impl Strategy<Value = (Vec<u8>, Option<Event>)> {
        let output = prop::collection::vec(any::<u8>(), 1..40).prop_map(|bytes| (bytes, None));
        let lines = "[ab\r]{0,5}"
            .prop_map(|line| (message(&format!("e{line}")), Some(Event::Error(format!("{line}\n").into()))));
        prop_oneof![
            4 => output,
            1 => lines,
            1 => Just((message("r"), Some(Event::Ready))),
            1 => (0i32..256).prop_map(|code| (message(&format!("x{code}")), Some(Event::Exit(Some(code))))),
        ]
    }

    proptest! {
        #[test]
        fn messages_are_found_however_the_text_is_split(
            parts in prop::collection::vec(part(), 0..12), sizes in prop::collection::vec(0usize..20, 0..60),
        ) {
            let mut text = message("b");
            let mut expected = vec![BEGUN];
            for (bytes, event) in parts {
                text.extend_from_slice(&bytes);
                expected.push(event.unwrap_or(Event::Output(bytes.into())));
            }
            prop_assert_eq!(events(&text, &sizes, true), join(expected));
        }

        #[test]
        fn what_a_terminal_does_to_line_ends_is_undone(
            output: Vec<u8>, sizes in prop::collection::vec(0usize..20, 0..60),
        ) {
            let cooked: Vec<u8> = output.iter().flat_map(|byte| match byte {
                b'\n' => vec![b'\r', b'\n'],
                byte => vec![*byte],
            }).collect();
            let text = [format!("\x1e{TOKEN}b\r\n").into_bytes(), cooked].concat();
            let shown = events(&text, &sizes, true);
            let output = (!output.is_empty()).then(|| Event::Output(output.into()));
            prop_assert_eq!(shown, [BEGUN].into_iter().chain(output).collect::<Vec<_>>());
        }

        #[test]
        fn any_text_is_understood(text: Vec<u8>, sizes in prop::collection::vec(0usize..20, 0..20)) {
            let _events = events(&text, &sizes, true);
        }
    }
}
