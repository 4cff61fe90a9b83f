//! A client of SPDY/3.1 that shares no code with the server: what kubectl does, written down once more.

use std::collections::HashMap;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};
use reqwest::{Client, StatusCode, Upgraded};
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};

/// A connection to a kubelet.
pub(super) struct Spdy {
    /// What was agreed on.
    pub(super) protocol: Option<String>,
    reader: ReadHalf<Upgraded>,
    writer: WriteHalf<Upgraded>,
    unread: BytesMut,
    compress: Compress,
    decompress: Decompress,
    newest: u32,
}

/// A frame as far as the tests care.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    Reply(u32),
    Reset(u32, u32),
    GoAway,
    Data { id: u32, fin: bool, data: Bytes },
}

impl Spdy {
    /// Upgrades a request; status and text where it is refused.
    pub(super) async fn open(
        client: &Client,
        url: &str,
        protocols: &[&str],
    ) -> Result<Self, (StatusCode, String)> {
        let mut request = client.post(url).header("Connection", "Upgrade").header("Upgrade", "SPDY/3.1");
        for protocol in protocols {
            request = request.header("X-Stream-Protocol-Version", *protocol);
        }
        let answer = request.send().await.unwrap();
        if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
            return Err((answer.status(), answer.text().await.unwrap()));
        }
        let protocol = answer.headers().get("X-Stream-Protocol-Version");
        let protocol = protocol.map(|value| value.to_str().unwrap().to_owned());
        let (reader, writer) = tokio::io::split(answer.upgrade().await.unwrap());
        let mut compress = Compress::new(Compression::fast(), true);
        compress.set_dictionary(&dictionary()).unwrap();
        let decompress = Decompress::new(true);
        Ok(Self { protocol, reader, writer, unread: BytesMut::new(), compress, decompress, newest: 0 })
    }

    /// Makes a stream and waits until it is accepted.
    pub(super) async fn stream(&mut self, headers: &[(&str, &str)]) -> u32 {
        let id = self.begin(headers).await;
        match self.frame().await {
            Some(Frame::Reply(accepted)) if accepted == id => id,
            other => panic!("stream {id} is not accepted: {other:?}"),
        }
    }

    /// Makes a stream.
    pub(super) async fn begin(&mut self, headers: &[(&str, &str)]) -> u32 {
        let id = if self.newest == 0 { 1 } else { self.newest + 2 };
        self.newest = id;
        let mut block = Vec::new();
        block.put_u32(headers.len() as u32);
        for text in headers.iter().flat_map(|(name, value)| [name.to_lowercase(), (*value).to_owned()]) {
            block.put_u32(text.len() as u32);
            block.put_slice(text.as_bytes());
        }
        let mut compressed = Vec::with_capacity(4096);
        self.compress.compress_vec(&block, &mut compressed, FlushCompress::Sync).unwrap();
        let mut body = Vec::new();
        body.put_u32(id);
        body.put_u32(0);
        body.put_u16(0);
        body.put_slice(&compressed);
        self.control(1, &body).await;
        id
    }

    pub(super) async fn send(&mut self, id: u32, fin: bool, data: &[u8]) {
        let mut frame = Vec::new();
        frame.put_u32(id);
        frame.put_u32(u32::from(fin) << 24 | data.len() as u32);
        frame.put_slice(data);
        self.writer.write_all(&frame).await.unwrap();
    }

    pub(super) async fn reset(&mut self, id: u32) {
        let mut body = Vec::new();
        body.put_u32(id);
        body.put_u32(5);
        self.control(3, &body).await;
    }

    async fn control(&mut self, kind: u16, body: &[u8]) {
        let mut frame = Vec::new();
        frame.put_u16(0x8003);
        frame.put_u16(kind);
        frame.put_u32(body.len() as u32);
        frame.put_slice(body);
        self.writer.write_all(&frame).await.unwrap();
    }

    /// The next frame; `None` at the end.
    pub(super) async fn frame(&mut self) -> Option<Frame> {
        loop {
            let mut prefix = &self.unread[..];
            if prefix.len() >= 8 {
                let (first, second) = (prefix.get_u32(), prefix.get_u32());
                let length = (second & 0xff_ffff) as usize;
                if self.unread.len() >= 8 + length {
                    self.unread.advance(8);
                    let mut body = self.unread.split_to(length).freeze();
                    if first & 0x8000_0000 == 0 {
                        return Some(Frame::Data { id: first, fin: second >> 24 & 1 == 1, data: body });
                    }
                    return Some(match first & 0xffff {
                        2 => {
                            let id = body.get_u32();
                            self.read_headers(&body);
                            Frame::Reply(id)
                        }
                        3 => Frame::Reset(body.get_u32(), body.get_u32()),
                        7 => Frame::GoAway,
                        kind => panic!("a frame of type {kind}"),
                    });
                }
            }
            if self.reader.read_buf(&mut self.unread).await.unwrap_or(0) == 0 {
                return None;
            }
        }
    }

    /// Replies carry no headers, but the compression goes on over all of them.
    fn read_headers(&mut self, compressed: &[u8]) {
        let mut block = Vec::with_capacity(1024);
        let mut rest = compressed;
        let before = self.decompress.total_in();
        if let Err(error) = self.decompress.decompress_vec(rest, &mut block, FlushDecompress::Sync) {
            assert_eq!(error.needs_dictionary(), Some(0xe3c6_a7c2));
            self.decompress.set_dictionary(&dictionary()).unwrap();
            rest.advance((self.decompress.total_in() - before) as usize);
            self.decompress.decompress_vec(rest, &mut block, FlushDecompress::Sync).unwrap();
        }
        assert_eq!(block, [0, 0, 0, 0]);
    }

    /// What comes on each stream until the server says goodbye.
    pub(super) async fn rest(&mut self) -> HashMap<u32, Vec<u8>> {
        let mut data: HashMap<u32, Vec<u8>> = HashMap::new();
        while let Some(frame) = self.frame().await {
            match frame {
                Frame::Data { id, data: bytes, .. } => data.entry(id).or_default().extend_from_slice(&bytes),
                Frame::GoAway => break,
                Frame::Reply(_) | Frame::Reset(..) => {}
            }
        }
        data
    }
}

/// The dictionary, from its words.
fn dictionary() -> Vec<u8> {
    let words = "options head post put delete trace accept accept-charset accept-encoding accept-language \
                 accept-ranges age allow authorization cache-control connection content-base content-encoding \
                 content-language content-length content-location content-md5 content-range content-type date etag \
                 expect expires from host if-match if-modified-since if-none-match if-range if-unmodified-since \
                 last-modified location max-forwards pragma proxy-authenticate proxy-authorization range referer \
                 retry-after server te trailer transfer-encoding upgrade user-agent vary via warning \
                 www-authenticate method get status 200_OK version HTTP/1.1 url public set-cookie keep-alive origin";
    let tail = "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505203 \
                Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 \
                Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service UnavailableJan Feb Mar \
                Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, \
                GMTchunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,\
                text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.";
    let mut dictionary = Vec::new();
    for word in words.split(' ') {
        dictionary.put_u32(word.len() as u32);
        dictionary.put_slice(word.replace('_', " ").as_bytes());
    }
    dictionary.put_slice(tail.as_bytes());
    assert_eq!(dictionary.len(), 1423);
    dictionary
}
