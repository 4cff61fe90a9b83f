//! The wire form of SPDY/3: frames to bytes and back, without a connection.

use std::io;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use thiserror::Error;
use tokio_util::codec::{Decoder, Encoder};

use super::StreamId;
use super::headers::{HeaderDecoder, HeaderEncoder, Headers};

/// The version on the wire: 3.1 differs from 3 in flow control alone.
const VERSION: u16 = 3;
/// Every frame begins with two words.
const PREFIX: usize = 8;
/// What of the first word says "control".
const CONTROL: u32 = 1 << 31;
/// What of a word is a stream's number.
const ID: u32 = CONTROL - 1;
/// What of the second word is a length; the flags are above.
const LENGTH: u32 = (1 << 24) - 1;
/// The longest control frame that is taken: 8 KiB is what a sender may count on, and nobody needs a tenth of it.
const LONGEST_CONTROL: usize = 64 * 1024;
/// The sender has said everything.
const FLAG_FIN: u8 = 1;
/// The receiver must not answer.
const FLAG_UNIDIRECTIONAL: u8 = 2;

/// A frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::kubelet) enum Frame {
    /// A new stream.
    SynStream(SynStream),
    /// A stream was accepted.
    SynReply { id: StreamId, fin: bool, headers: Headers },
    /// A stream is over, in both directions.
    RstStream { id: StreamId, status: ResetStatus },
    /// Advice that nobody heeds; kept so that it is skipped knowingly.
    Settings { flags: u8, entries: Vec<Setting> },
    /// Asks for the same frame in return.
    Ping { id: u32 },
    /// No further stream will be accepted.
    GoAway { last_good: StreamId, status: u32 },
    /// Further headers of a stream.
    Headers { id: StreamId, fin: bool, headers: Headers },
    /// The receiver has room for more; 0 stands for the whole connection.
    WindowUpdate { id: StreamId, delta: u32 },
    /// Bytes of a stream.
    Data { id: StreamId, fin: bool, data: Bytes },
}

/// A new stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::kubelet) struct SynStream {
    /// Odd where the client begins it.
    pub id: StreamId,
    /// The stream that it belongs to, or 0.
    pub associated: StreamId,
    /// 0 is the most urgent of 8.
    pub priority: u8,
    /// The client has nothing more to say in it.
    pub fin: bool,
    /// The server must say nothing in it.
    pub unidirectional: bool,
    /// What it is for.
    pub headers: Headers,
}

/// Why a stream was reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::kubelet) struct ResetStatus(pub u32);

/// One value of SETTINGS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::kubelet) struct Setting {
    /// What to do with it.
    pub flags: u8,
    /// Which value; 24 bits.
    pub id: u32,
    /// The value.
    pub value: u32,
}

/// Bytes that are no SPDY/3; the connection cannot go on, for the state of the compression is lost.
#[derive(Debug, Error)]
pub(in crate::kubelet) enum FrameError {
    /// Another version.
    #[error("SPDY version {0} is not spoken here, version 3 is")]
    Version(u16),
    /// A type that SPDY/3 does not have.
    #[error("SPDY/3 has no frames of type {0}")]
    Type(u16),
    /// A length that its type cannot have, or a number that must not be 0.
    #[error("a malformed SPDY frame of type {0}")]
    Malformed(u16),
    /// Headers that cannot be read.
    #[error("malformed SPDY headers")]
    Headers,
    /// Longer than anyone needs.
    #[error("a SPDY frame is longer than is accepted")]
    TooLong,
    /// The connection broke.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Frames from bytes, in any pieces.
pub(in crate::kubelet) struct FrameDecoder(HeaderDecoder);

/// Frames to bytes.
pub(in crate::kubelet) struct FrameEncoder(HeaderEncoder);

mod kind {
    pub(super) const SYN_STREAM: u16 = 1;
    pub(super) const SYN_REPLY: u16 = 2;
    pub(super) const RST_STREAM: u16 = 3;
    pub(super) const SETTINGS: u16 = 4;
    pub(super) const PING: u16 = 6;
    pub(super) const GOAWAY: u16 = 7;
    pub(super) const HEADERS: u16 = 8;
    pub(super) const WINDOW_UPDATE: u16 = 9;
}

// === impl ResetStatus ===

impl ResetStatus {
    /// The other side broke the protocol.
    pub(in crate::kubelet) const PROTOCOL_ERROR: Self = Self(1);
    /// The stream is not taken.
    pub(in crate::kubelet) const REFUSED_STREAM: Self = Self(3);
    /// The stream is no longer needed.
    pub(in crate::kubelet) const CANCEL: Self = Self(5);
}

// === impl FrameDecoder ===

impl FrameDecoder {
    pub(in crate::kubelet) fn new() -> Self {
        Self(HeaderDecoder::new())
    }

    fn control(&mut self, kind: u16, flags: u8, mut body: Bytes) -> Result<Frame, FrameError> {
        let malformed = |_| FrameError::Malformed(kind);
        let mut word = || body.try_get_u32().map_err(malformed);
        let fin = flags & FLAG_FIN != 0;
        let frame = match kind {
            kind::SYN_STREAM => {
                let (id, associated) = (word()? & ID, word()? & ID);
                let priority = body.try_get_u16().map_err(malformed)?;
                let priority = (priority >> 13).to_le_bytes()[0];
                let headers = self.0.decode(&body)?;
                let unidirectional = flags & FLAG_UNIDIRECTIONAL != 0;
                return Ok(Frame::SynStream(SynStream {
                    id,
                    associated,
                    priority,
                    fin,
                    unidirectional,
                    headers,
                }));
            }
            kind::SYN_REPLY => {
                let id = word()? & ID;
                return Ok(Frame::SynReply { id, fin, headers: self.0.decode(&body)? });
            }
            kind::HEADERS => {
                let id = word()? & ID;
                return Ok(Frame::Headers { id, fin, headers: self.0.decode(&body)? });
            }
            kind::RST_STREAM => Frame::RstStream { id: word()? & ID, status: ResetStatus(word()?) },
            kind::PING => Frame::Ping { id: word()? },
            kind::GOAWAY => Frame::GoAway { last_good: word()? & ID, status: word()? },
            kind::WINDOW_UPDATE => Frame::WindowUpdate { id: word()? & ID, delta: word()? & ID },
            kind::SETTINGS => {
                let mut entries = Vec::new();
                for _ in 0..word()? {
                    let (which, value) = (word()?, word()?);
                    entries.push(Setting { flags: which.to_be_bytes()[0], id: which & LENGTH, value });
                }
                Frame::Settings { flags, entries }
            }
            other => return Err(FrameError::Type(other)),
        };
        if body.is_empty() { Ok(frame) } else { Err(FrameError::Malformed(kind)) }
    }
}

impl Decoder for FrameDecoder {
    type Item = Frame;
    type Error = FrameError;

    fn decode(&mut self, bytes: &mut BytesMut) -> Result<Option<Frame>, FrameError> {
        let mut prefix = bytes.as_ref();
        let (Ok(first), Ok(second)) = (prefix.try_get_u32(), prefix.try_get_u32()) else { return Ok(None) };
        let length = usize::try_from(second & LENGTH).map_err(|_| FrameError::TooLong)?;
        let flags = second.to_be_bytes()[0];
        let kind = (first & 0xffff) as u16;
        if first & CONTROL != 0 {
            let version = (first >> 16) as u16 & 0x7fff;
            if version != VERSION {
                return Err(FrameError::Version(version));
            }
            if length > LONGEST_CONTROL {
                return Err(FrameError::TooLong);
            }
        }
        if bytes.len() < PREFIX + length {
            return Ok(None);
        }
        bytes.advance(PREFIX);
        let body = bytes.split_to(length).freeze();
        if first & CONTROL != 0 {
            return self.control(kind, flags, body).map(Some);
        }
        Ok(Some(Frame::Data { id: first, fin: flags & FLAG_FIN != 0, data: body }))
    }
}

// === impl FrameEncoder ===

impl FrameEncoder {
    pub(in crate::kubelet) fn new() -> Self {
        Self(HeaderEncoder::new())
    }
}

impl Encoder<Frame> for FrameEncoder {
    type Error = FrameError;

    fn encode(&mut self, frame: Frame, bytes: &mut BytesMut) -> Result<(), FrameError> {
        let fin_flag = |fin| if fin { FLAG_FIN } else { 0 };
        let mut body = Vec::new();
        let (kind, flags) = match frame {
            Frame::Data { id, fin, data } => {
                let length = u32::try_from(data.len()).ok().filter(|length| *length <= LENGTH);
                bytes.put_u32(id & ID);
                bytes.put_u32(u32::from(fin_flag(fin)) << 24 | length.ok_or(FrameError::TooLong)?);
                bytes.extend_from_slice(&data);
                return Ok(());
            }
            Frame::SynStream(syn) => {
                body.put_u32(syn.id & ID);
                body.put_u32(syn.associated & ID);
                body.put_u16(u16::from(syn.priority & 7) << 13);
                body.extend(self.0.encode(&syn.headers)?);
                let unidirectional = if syn.unidirectional { FLAG_UNIDIRECTIONAL } else { 0 };
                (kind::SYN_STREAM, fin_flag(syn.fin) | unidirectional)
            }
            Frame::SynReply { id, fin, headers } => {
                body.put_u32(id & ID);
                body.extend(self.0.encode(&headers)?);
                (kind::SYN_REPLY, fin_flag(fin))
            }
            Frame::Headers { id, fin, headers } => {
                body.put_u32(id & ID);
                body.extend(self.0.encode(&headers)?);
                (kind::HEADERS, fin_flag(fin))
            }
            Frame::RstStream { id, status } => {
                body.put_u32(id & ID);
                body.put_u32(status.0);
                (kind::RST_STREAM, 0)
            }
            Frame::Settings { flags, entries } => {
                body.put_u32(u32::try_from(entries.len()).map_err(|_| FrameError::TooLong)?);
                for Setting { flags, id, value } in entries {
                    body.put_u32(u32::from(flags) << 24 | id & LENGTH);
                    body.put_u32(value);
                }
                (kind::SETTINGS, flags)
            }
            Frame::Ping { id } => {
                body.put_u32(id);
                (kind::PING, 0)
            }
            Frame::GoAway { last_good, status } => {
                body.put_u32(last_good & ID);
                body.put_u32(status);
                (kind::GOAWAY, 0)
            }
            Frame::WindowUpdate { id, delta } => {
                body.put_u32(id & ID);
                body.put_u32(delta & ID);
                (kind::WINDOW_UPDATE, 0)
            }
        };
        if body.len() > LONGEST_CONTROL {
            return Err(FrameError::TooLong);
        }
        let length = u32::try_from(body.len()).map_err(|_| FrameError::TooLong)?;
        bytes.put_u32(CONTROL | u32::from(VERSION) << 16 | u32::from(kind));
        bytes.put_u32(u32::from(flags) << 24 | length);
        bytes.extend_from_slice(&body);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
