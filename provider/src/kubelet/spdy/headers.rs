//! The headers of streams: names and values, compressed as one zlib stream a direction.

use bytes::{Buf, BufMut, Bytes};
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use super::dictionary::DICTIONARY;
use super::frame::FrameError;

/// What the headers of one stream may take once decompressed. Those of Kubernetes are under 100 bytes; a few
/// compressed bytes that grow beyond this are an attack.
const LONGEST_BLOCK: usize = 64 * 1024;
/// How much is decompressed or compressed at a time.
const STEP: usize = 1024;
/// Between several values of one name.
const SEPARATOR: char = '\0';

/// The headers of a stream: names in lower case, in the sender's order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::kubelet) struct Headers(Vec<(String, String)>);

/// Reads header blocks in the order in which they came.
pub(super) struct HeaderDecoder(Decompress);

/// Writes header blocks in the order in which they are sent.
pub(super) struct HeaderEncoder(Compress);

// === impl Headers ===

impl Headers {
    /// The first value of a name, compared without regard to case.
    pub(in crate::kubelet) fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        value.split(SEPARATOR).next()
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut block = Vec::new();
        block.put_u32(wire_length(self.0.len()));
        for (name, value) in &self.0 {
            put_text(&mut block, name);
            put_text(&mut block, value);
        }
        block
    }

    fn from_bytes(mut block: Bytes) -> Result<Self, FrameError> {
        let count = block.try_get_u32().map_err(|_| FrameError::Headers)?;
        let mut headers = Vec::new();
        for _ in 0..count {
            headers.push((take_text(&mut block)?, take_text(&mut block)?));
        }
        if block.is_empty() { Ok(Self(headers)) } else { Err(FrameError::Headers) }
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(headers: I) -> Self {
        let lower = |name: N| name.into().to_ascii_lowercase();
        Self(headers.into_iter().map(|(name, value)| (lower(name), value.into())).collect())
    }
}

/// Lengths of what is in memory and shorter than a frame fit.
fn wire_length(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn put_text(block: &mut Vec<u8>, text: &str) {
    block.put_u32(wire_length(text.len()));
    block.extend_from_slice(text.as_bytes());
}

fn take_text(block: &mut Bytes) -> Result<String, FrameError> {
    let length = block.try_get_u32().map_err(|_| FrameError::Headers)?;
    let length = usize::try_from(length).ok().filter(|length| *length <= block.len());
    let text = block.split_to(length.ok_or(FrameError::Headers)?);
    String::from_utf8(text.into()).map_err(|_| FrameError::Headers)
}

// === impl HeaderDecoder ===

impl HeaderDecoder {
    pub(super) fn new() -> Self {
        Self(Decompress::new(true))
    }

    pub(super) fn decode(&mut self, mut compressed: &[u8]) -> Result<Headers, FrameError> {
        let mut block = Vec::new();
        loop {
            let mut step = [0; STEP];
            let (read, written) = (self.0.total_in(), self.0.total_out());
            let outcome = self.0.decompress(compressed, &mut step, FlushDecompress::Sync);
            compressed = advance(compressed, self.0.total_in() - read);
            match outcome {
                Ok(Status::Ok | Status::BufError) => {}
                // The stream of a direction ends with its connection.
                Ok(Status::StreamEnd) => return Err(FrameError::Headers),
                Err(error) if error.needs_dictionary().is_some() => {
                    self.0.set_dictionary(DICTIONARY).map_err(|_| FrameError::Headers)?;
                    continue;
                }
                Err(_) => return Err(FrameError::Headers),
            }
            let written = step.get(..as_usize(self.0.total_out() - written)).unwrap_or_default();
            block.extend_from_slice(written);
            if block.len() > LONGEST_BLOCK {
                return Err(FrameError::TooLong);
            }
            if compressed.is_empty() && written.len() < STEP {
                return Headers::from_bytes(block.into());
            }
            if written.is_empty() && self.0.total_in() == read {
                return Err(FrameError::Headers);
            }
        }
    }
}

// === impl HeaderEncoder ===

impl HeaderEncoder {
    pub(super) fn new() -> Self {
        let mut compress = Compress::new(Compression::best(), true);
        // Refused only by a stream that has begun already.
        let _adler = compress.set_dictionary(DICTIONARY);
        Self(compress)
    }

    pub(super) fn encode(&mut self, headers: &Headers) -> Result<Vec<u8>, FrameError> {
        let block = headers.to_bytes();
        let (mut rest, mut compressed) = (block.as_slice(), Vec::new());
        loop {
            let mut step = [0; STEP];
            let (read, written) = (self.0.total_in(), self.0.total_out());
            self.0.compress(rest, &mut step, FlushCompress::Sync).map_err(|_| FrameError::Headers)?;
            rest = advance(rest, self.0.total_in() - read);
            let written = as_usize(self.0.total_out() - written);
            compressed.extend_from_slice(step.get(..written).unwrap_or_default());
            // A step that is not full has flushed everything.
            if rest.is_empty() && written < STEP {
                return Ok(compressed);
            }
        }
    }
}

fn advance(bytes: &[u8], by: u64) -> &[u8] {
    bytes.get(as_usize(by)..).unwrap_or_default()
}

/// Counts of bytes that lie in memory.
fn as_usize(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn headers() -> impl Strategy<Value = Headers> {
        prop::collection::vec(("[a-z-]{0,12}", "\\PC{0,40}"), 0..6).prop_map(Headers::from_iter)
    }

    #[test]
    fn names_are_compared_without_regard_to_case_and_the_first_value_counts() {
        let headers = Headers::from_iter([("streamType", "error"), ("port", "80\x0081")]);
        assert_eq!(headers.get("streamtype"), Some("error"));
        assert_eq!(headers.get("Port"), Some("80"));
        assert_eq!(headers.get("requestID"), None);
    }

    /// What `compress/zlib` of Go makes of the headers of an error stream, the way moby/spdystream calls it, begins
    /// with this; what follows depends on the compressor.
    #[test]
    fn the_first_block_names_the_dictionary() {
        let block = HeaderEncoder::new().encode(&Headers::from_iter([("streamtype", "error")])).unwrap();
        assert_eq!(block[1] & 0x20, 0x20, "FDICT");
        assert_eq!(block[2..6], [0xe3, 0xc6, 0xa7, 0xc2]);
    }

    /// Python's zlib with this dictionary, level 9 and a sync flush wrote these two blocks, one after the other.
    #[test]
    fn blocks_of_another_implementation_are_read() {
        #[rustfmt::skip]
        let first = [0x78, 0xf9, 0xe3, 0xc6, 0xa7, 0xc2, 0x02, 0x25, 0x3a, 0x70, 0x3a, 0x2b, 0x29, 0x4a, 0x4d, 0xcc, 0x85, 0x16, 0x25, 0xac, 0xa9, 0xa0, 0x80, 0x86, 0x14, 0xcb, 0x45, 0xe0, 0x1c, 0x60, 0x61, 0x60, 0x61, 0x00, 0xa4, 0x39, 0x8b, 0x20, 0xd1, 0x98, 0x09, 0x4a, 0xde, 0x8c, 0x06, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff];
        #[rustfmt::skip]
        let second = [0xc2, 0xaa, 0x19, 0x54, 0x0e, 0x25, 0x12, 0xd6, 0x0b, 0x00, 0x00, 0x00, 0xff, 0xff];
        let mut decoder = HeaderDecoder::new();
        let error = Headers::from_iter([("streamtype", "error"), ("port", "8080"), ("requestid", "0")]);
        let data = Headers::from_iter([("streamtype", "data"), ("port", "8080"), ("requestid", "0")]);
        assert_eq!(decoder.decode(&first).unwrap(), error);
        assert_eq!(decoder.decode(&second).unwrap(), data);
    }

    #[test]
    fn a_block_that_grows_without_end_is_refused() {
        let huge = Headers::from_iter([("x", "a".repeat(10 * LONGEST_BLOCK))]);
        let block = HeaderEncoder::new().encode(&huge).unwrap();
        assert!(block.len() < LONGEST_BLOCK / 8);
        assert!(matches!(HeaderDecoder::new().decode(&block), Err(FrameError::TooLong)));
    }

    proptest! {
        #[test]
        fn blocks_are_read_as_they_were_written(blocks in prop::collection::vec(headers(), 1..5)) {
            let (mut encoder, mut decoder) = (HeaderEncoder::new(), HeaderDecoder::new());
            for headers in blocks {
                let compressed = encoder.encode(&headers).unwrap();
                prop_assert_eq!(decoder.decode(&compressed).unwrap(), headers);
            }
        }

        #[test]
        fn arbitrary_bytes_are_headers_or_an_error(compressed: Vec<u8>, block: Vec<u8>) {
            let _either = HeaderDecoder::new().decode(&compressed);
            let _either = Headers::from_bytes(block.into());
        }
    }
}
