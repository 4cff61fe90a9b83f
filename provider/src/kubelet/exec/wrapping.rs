//! What is really run in a container, so that pipes and exit codes come out of a terminal.
//!
//! ACI always gives a terminal: it turns line ends and control characters into something else, echoes what is
//! typed, shows errors and output as one, and ends without an exit code. So a command is run by a small script
//! that `/bin/sh` gets as an argument, and what the script has to say is marked with a token that nobody can guess.
//!
//! Without a terminal (`kubectl exec`, `kubectl cp`) the script switches the terminal to raw, gives the command
//! pipes instead, and passes on:
//! - standard output as it is;
//! - standard error line by line, as messages; zero bytes in it are lost, and a line is held until it is complete;
//! - standard input in pieces whose length is told first, since a raw terminal has no end of input. Each piece is
//!   asked for, for shells and `head` may read on beyond the piece that they need. They come as base64 where the
//!   image can read that: whoever carries the terminal may take some control characters for himself, as Docker does
//!   with ^P ^Q, by which users detach.
//!
//! With a terminal (`kubectl exec -t`) the command has it for itself, and the script only tells the exit code.
//!
//! Needed in the container: `/bin/sh` with `printf`, and for pipes `stty` and `head` or `dd` where there is input.
//! Without `stty` output still comes through, for what a terminal does to line ends can be undone; without a
//! shell the command runs as Azure runs it, and its exit code is not known.
//!
//! Azure documents that exec takes one program without arguments. Where that holds, the script does not start,
//! and commands of one word run as without a shell.

use aci_model::stream::TerminalSize;
use thiserror::Error;

/// Runs a command on pipes. Its arguments: the token, 1 where there is input or 0, and the command.
const PIPED: &str = include_str!("piped.sh");
/// Runs a command on the terminal. Its arguments: the token, the terminal's rows and columns, and the command. The
/// size is set once more, for engines tell it to a program that runs already (Docker's before API 1.42).
const TERMINAL: &str = include_str!("terminal.sh");

/// A command that cannot be put on one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the command holds a zero byte, which no program can be given")]
pub(super) struct ZeroByte;

/// The line that runs a command on pipes.
pub(super) fn piped(token: &str, has_input: bool, command: &[String]) -> Result<String, ZeroByte> {
    let input = if has_input { "1" } else { "0" };
    line(["/bin/sh", "-c", PIPED, "sh", token, input].into_iter().chain(words(command)))
}

/// The line that runs a command on the terminal.
pub(super) fn on_terminal(token: &str, size: TerminalSize, command: &[String]) -> Result<String, ZeroByte> {
    let [rows, columns] = [size.rows, size.cols].map(|number| number.unwrap_or_default().to_string());
    line(["/bin/sh", "-c", TERMINAL, "sh", token, &rows, &columns].into_iter().chain(words(command)))
}

/// The line that runs a command and nothing else.
pub(super) fn plain(command: &[String]) -> Result<String, ZeroByte> {
    line(words(command))
}

fn words(command: &[String]) -> impl Iterator<Item = &str> {
    command.iter().map(String::as_str)
}

/// Words quoted as a shell, or the emulator, takes them apart again.
fn line<'a>(words: impl Iterator<Item = &'a str>) -> Result<String, ZeroByte> {
    shlex::try_join(words).map_err(|_| ZeroByte)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_zero_byte_is_refused() {
        assert_eq!(plain(&["a\0b".to_owned()]), Err(ZeroByte));
    }

    #[test]
    fn a_simple_command_stays_as_it_is() {
        assert_eq!(plain(&["ls".to_owned(), "-l".to_owned()]).unwrap(), "ls -l");
    }

    proptest! {
        #[test]
        fn every_argument_arrives_as_it_was_given(command in prop::collection::vec("[^\\x00]{0,20}", 1..5)) {
            prop_assert_eq!(shlex::split(&plain(&command).unwrap()).unwrap(), command.clone());
            let piped = shlex::split(&piped("t", true, &command).unwrap()).unwrap();
            prop_assert_eq!(&piped[..6], ["/bin/sh", "-c", PIPED, "sh", "t", "1"]);
            prop_assert_eq!(&piped[6..], command.as_slice());
            let size = TerminalSize { rows: Some(24), cols: Some(80) };
            let shown = shlex::split(&on_terminal("t", size, &command).unwrap()).unwrap();
            prop_assert_eq!(&shown[..7], ["/bin/sh", "-c", TERMINAL, "sh", "t", "24", "80"]);
            prop_assert_eq!(&shown[7..], command.as_slice());
        }
    }
}
