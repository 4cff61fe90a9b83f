//! The size of a user's terminal, and how it is told: JSON objects one after the other.

use serde::Deserialize;

/// The longest unfinished object that is kept: one of these is about 30 bytes.
const LONGEST: usize = 1024;

/// A size in characters.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "PascalCase")]
pub(in crate::kubelet) struct Size {
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

/// Reads sizes from pieces of a stream.
#[derive(Clone, Debug, Default)]
pub(in crate::kubelet) struct SizeReader {
    unread: Vec<u8>,
}

impl SizeReader {
    /// The last size that is complete with this piece; `Err` when the stream makes no sense.
    pub(in crate::kubelet) fn push(&mut self, piece: &[u8]) -> Result<Option<Size>, serde_json::Error> {
        self.unread.extend_from_slice(piece);
        let mut sizes = serde_json::Deserializer::from_slice(&self.unread).into_iter::<Size>();
        let (mut newest, mut read) = (None, 0);
        loop {
            match sizes.next() {
                Some(Ok(size)) => {
                    newest = Some(size);
                    read = sizes.byte_offset();
                }
                Some(Err(error)) if error.is_eof() && self.unread.len() - read <= LONGEST => break,
                Some(Err(error)) => return Err(error),
                None => break,
            }
        }
        self.unread.drain(..read);
        Ok(newest)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_newest_size_counts() {
        let mut reader = SizeReader::default();
        let size = |width, height| Some(Size { width, height });
        assert_eq!(reader.push(b"{\"Width\":80,\"Height\":24}\n").unwrap(), size(80, 24));
        assert_eq!(reader.push(b"{\"Width\":1,\"Height\":2}{\"Width\":3,\"Height\":4}").unwrap(), size(3, 4));
    }

    #[test]
    fn nonsense_is_an_error_at_once_and_an_endless_object_soon() {
        assert!(SizeReader::default().push(b"{\"Width\":\"wide\"}").is_err());
        assert!(SizeReader::default().push(b"true").is_err());
        assert!(SizeReader::default().push(&[b" ".repeat(2 * LONGEST), b"{".to_vec()].concat()).is_err());
    }

    proptest! {
        #[test]
        fn sizes_may_come_in_any_pieces(sizes in prop::collection::vec((0u16.., 0u16..), 1..5), cuts in prop::collection::vec(0usize..40, 0..9)) {
            let text: String =
                sizes.iter().map(|(width, height)| format!("{{\"Width\":{width},\"Height\":{height}}}\n")).collect();
            let (mut reader, mut newest, mut rest) = (SizeReader::default(), None, text.as_bytes());
            for cut in cuts.into_iter().chain([usize::MAX]) {
                let (piece, later) = rest.split_at(cut.min(rest.len()));
                newest = reader.push(piece).unwrap().or(newest);
                rest = later;
            }
            let (width, height) = *sizes.last().unwrap();
            prop_assert_eq!(newest, Some(Size { width, height }));
        }

        #[test]
        fn any_bytes_are_sizes_or_an_error(pieces: Vec<Vec<u8>>) {
            let mut reader = SizeReader::default();
            for piece in pieces {
                if reader.push(&piece).is_err() {
                    break;
                }
            }
        }
    }
}
