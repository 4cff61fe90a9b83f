//! The beginning of what a command shows that runs without a script: a command that could not be started shows
//! nothing but the runtime's reason.

use bytes::Bytes;

/// How a container runtime begins the reason (runc, through Docker and containerd).
const NOT_STARTED: &[u8] = b"OCI runtime exec failed";

/// What has been shown, while it may be such a reason.
#[derive(Clone, Debug, Default)]
pub(super) struct Opening {
    held: Vec<u8>,
    is_output: bool,
}

impl Opening {
    /// What of a piece is certainly the command's output.
    pub(super) fn push(&mut self, piece: &Bytes) -> Option<Bytes> {
        if self.is_output {
            return Some(piece.clone());
        }
        self.held.extend_from_slice(piece);
        let common = self.held.iter().zip(NOT_STARTED).take_while(|(one, other)| one == other).count();
        if common == self.held.len().min(NOT_STARTED.len()) {
            return None;
        }
        self.is_output = true;
        Some(std::mem::take(&mut self.held).into())
    }

    /// The rest of the output, or why the command was not started.
    pub(super) fn finish(self) -> Result<Bytes, String> {
        if self.held.starts_with(NOT_STARTED) {
            return Err(String::from_utf8_lossy(&self.held).trim().to_owned());
        }
        Ok(self.held.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(pieces: &[&'static str]) -> (String, Result<Bytes, String>) {
        let mut opening = Opening::default();
        let shown = pieces.iter().filter_map(|piece| opening.push(&Bytes::from_static(piece.as_bytes())));
        let text = shown.map(|bytes| String::from_utf8(bytes.to_vec()).unwrap()).collect();
        (text, opening.finish())
    }

    #[test]
    fn the_reason_of_a_runtime_is_no_output() {
        let reason = "OCI runtime exec failed: exec: \"nosuch\": not found";
        assert_eq!(
            shown(&["OCI run", "time exec failed: exec: \"nosuch\": not found\r\n"]),
            (String::new(), Err(reason.to_owned()))
        );
    }

    #[test]
    fn output_is_shown_as_soon_as_it_is_none() {
        assert_eq!(
            shown(&["hello", " OCI runtime exec failed"]),
            ("hello OCI runtime exec failed".to_owned(), Ok(Bytes::new()))
        );
        assert_eq!(shown(&["OCI", "!"]), ("OCI!".to_owned(), Ok(Bytes::new())));
        assert_eq!(shown(&["OCI"]), (String::new(), Ok("OCI".into())));
    }
}
