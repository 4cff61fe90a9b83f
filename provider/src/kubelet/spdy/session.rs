//! Numbered streams over one connection: the server's side.
//!
//! Flow control is left out on purpose: moby/spdystream sends whatever it has and neither sends nor counts
//! WINDOW_UPDATE, so a server that kept to windows would wait for ever after 64 KiB. What slows a client down is
//! the connection itself: a stream that is not read holds up to [`QUEUE`] frames, and then nothing more is read.
//! Each side ends its direction of a stream on its own (FIN), or both at once (RST_STREAM).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncRead, AsyncWrite, ReadHalf, WriteHalf};
use tokio::sync::mpsc;
use tokio_util::codec::{FramedRead, FramedWrite};
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::debug;

use super::super::activity::Activity;
use super::frame::{Frame, FrameDecoder, FrameEncoder, ResetStatus, SynStream};
use super::{Headers, StreamId};
use crate::clock::SharedClock;

/// Frames that wait for the reader of one stream; clients send at most 32 KiB in one.
const QUEUE: usize = 64;
/// Frames that wait to be written.
const OUTGOING: usize = 16;
/// Streams at the same time: a port-forward has two for each connection through it.
const MOST_STREAMS: usize = 2000;
/// How long a client may take to close what it was told is over.
const GOODBYE: Duration = Duration::from_secs(5);

/// The streams of one connection.
pub(in crate::kubelet) struct Session {
    shared: Arc<Shared>,
    incoming: mpsc::Receiver<NewStream>,
    clock: SharedClock,
    /// The connection ends with the session, however it ends.
    _ends: DropGuard,
}

/// A stream that the client would like to have.
pub(in crate::kubelet) struct NewStream {
    id: StreamId,
    headers: Headers,
    input: mpsc::Receiver<Bytes>,
    output: StreamWriter,
}

/// A stream.
pub(in crate::kubelet) struct SpdyStream {
    /// What the client sends; ends with the client's direction, or with everything.
    pub input: mpsc::Receiver<Bytes>,
    /// What is sent to the client.
    pub output: StreamWriter,
}

/// The server's direction of a stream.
pub(in crate::kubelet) struct StreamWriter {
    id: StreamId,
    over: CancellationToken,
    shared: Arc<Shared>,
}

/// What all streams of a connection have in common.
struct Shared {
    streams: Mutex<HashMap<StreamId, Entry>>,
    outgoing: mpsc::Sender<Frame>,
    /// Frames in either direction.
    activity: Activity,
    /// Cancelled to end the connection.
    ending: CancellationToken,
    /// Cancelled when it has ended.
    ended: CancellationToken,
}

/// A stream that at least one side has not finished.
struct Entry {
    input: Option<mpsc::Sender<Bytes>>,
    is_output_open: bool,
    over: CancellationToken,
}

// === impl Session ===

impl Session {
    /// Begins to serve a connection that was upgraded; one on which nothing happens for `idle` is ended.
    pub(in crate::kubelet) fn start<T>(connection: T, clock: SharedClock, idle: Duration) -> Self
    where
        T: AsyncRead + AsyncWrite + Send + 'static,
    {
        let (reader, writer) = tokio::io::split(connection);
        let (outgoing, frames) = mpsc::channel(OUTGOING);
        let (arriving, incoming) = mpsc::channel(1);
        let shared = Arc::new(Shared {
            streams: Mutex::default(),
            outgoing,
            activity: Activity::default(),
            ending: CancellationToken::new(),
            ended: CancellationToken::new(),
        });
        let reading = read(reader, Arc::clone(&shared), arriving);
        let writing = write(writer, frames, Arc::clone(&shared));
        tokio::spawn(connection_of(Arc::clone(&shared), reading, writing, Arc::clone(&clock), idle));
        let ends = shared.ending.clone().drop_guard();
        Self { shared, incoming, clock, _ends: ends }
    }

    /// The next stream that the client wants; `None` when the connection has ended.
    pub(in crate::kubelet) async fn next(&mut self) -> Option<NewStream> {
        self.incoming.recv().await
    }

    /// From now on refuses what streams the client still wants.
    pub(in crate::kubelet) fn refuse_more(&mut self) {
        self.incoming.close();
    }

    /// Cancelled when the connection has ended.
    pub(in crate::kubelet) fn ended(&self) -> CancellationToken {
        self.shared.ended.clone()
    }

    /// Tells the client that all is over, waits a little for it to hang up, and ends the connection.
    pub(in crate::kubelet) async fn close(self) {
        for (id, status) in self.shared.unfinished() {
            self.shared.send(Frame::RstStream { id, status }).await;
        }
        self.shared.send(Frame::GoAway { last_good: 0, status: 0 }).await;
        tokio::select! {
            () = self.shared.ended.cancelled() => {}
            () = self.clock.sleep(GOODBYE) => {}
        }
    }
}

// === impl NewStream ===

impl NewStream {
    /// What the stream is for.
    pub(in crate::kubelet) fn headers(&self) -> &Headers {
        &self.headers
    }

    /// Its number.
    pub(in crate::kubelet) fn id(&self) -> StreamId {
        self.id
    }

    /// Takes the stream.
    pub(in crate::kubelet) async fn accept(self) -> SpdyStream {
        let Self { id, input, output, .. } = self;
        output.shared.send(Frame::SynReply { id, fin: false, headers: Headers::default() }).await;
        SpdyStream { input, output }
    }

    /// Does not take it.
    pub(in crate::kubelet) async fn refuse(self) {
        self.output.shared.reset(self.id, ResetStatus::REFUSED_STREAM).await;
    }
}

// === impl StreamWriter ===

impl StreamWriter {
    /// Sends some bytes; whether there is still someone to send them to.
    pub(in crate::kubelet) async fn write(&mut self, data: Bytes) -> bool {
        if self.over.is_cancelled() {
            return false;
        }
        self.shared.send(Frame::Data { id: self.id, fin: false, data }).await
    }

    /// Cancelled when the client has reset the stream, or left.
    pub(in crate::kubelet) fn over(&self) -> CancellationToken {
        self.over.clone()
    }

    /// Ends this direction.
    pub(in crate::kubelet) async fn finish(&mut self) {
        if self.shared.finish_output(self.id) {
            self.shared.send(Frame::Data { id: self.id, fin: true, data: Bytes::new() }).await;
        }
    }
}

// === impl Shared ===

impl Shared {
    fn streams(&self) -> MutexGuard<'_, HashMap<StreamId, Entry>> {
        // A panic elsewhere leaves the map whole: every change to it is a single call.
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a frame; whether the connection still takes any.
    async fn send(&self, frame: Frame) -> bool {
        tokio::select! {
            () = self.ended.cancelled() => false,
            sent = self.outgoing.send(frame) => sent.is_ok(),
        }
    }

    async fn reset(&self, id: StreamId, status: ResetStatus) {
        self.forget(id);
        self.send(Frame::RstStream { id, status }).await;
    }

    /// Streams in which the client could still say something, and how to stop it.
    fn unfinished(&self) -> Vec<(StreamId, ResetStatus)> {
        let streams = self.streams();
        let open = streams.iter().filter(|(_, entry)| entry.input.is_some());
        open.map(|(id, _)| (*id, ResetStatus::CANCEL)).collect()
    }

    fn forget(&self, id: StreamId) {
        if let Some(entry) = self.streams().remove(&id) {
            entry.over.cancel();
        }
    }

    /// Ends the server's direction; whether it was open.
    fn finish_output(&self, id: StreamId) -> bool {
        let mut streams = self.streams();
        let Some(entry) = streams.get_mut(&id) else { return false };
        let was_open = std::mem::replace(&mut entry.is_output_open, false);
        if entry.input.is_none() {
            streams.remove(&id);
        }
        was_open
    }

    /// Ends the client's direction.
    fn finish_input(&self, id: StreamId) {
        let mut streams = self.streams();
        let Some(entry) = streams.get_mut(&id) else { return };
        entry.input = None;
        if !entry.is_output_open {
            streams.remove(&id);
        }
    }
}

async fn connection_of(
    shared: Arc<Shared>,
    reading: impl Future<Output = ()>,
    writing: impl Future<Output = ()>,
    clock: SharedClock,
    idle: Duration,
) {
    tokio::select! {
        () = reading => {}
        () = writing => {}
        () = shared.ending.cancelled() => {}
        () = shared.activity.ceased(&clock, idle) => debug!("a SPDY connection was idle for too long"),
    }
    shared.ended.cancel();
    for (_, entry) in shared.streams().drain() {
        entry.over.cancel();
    }
}

async fn write<T: AsyncWrite>(writer: WriteHalf<T>, mut frames: mpsc::Receiver<Frame>, shared: Arc<Shared>) {
    let mut sink = FramedWrite::new(writer, FrameEncoder::new());
    while let Some(frame) = frames.recv().await {
        shared.activity.note();
        let written = match frames.is_empty() {
            true => sink.send(frame).await,
            false => sink.feed(frame).await,
        };
        if let Err(error) = written {
            debug!(%error, "a SPDY connection broke");
            return;
        }
    }
}

async fn read<T: AsyncRead>(reader: ReadHalf<T>, shared: Arc<Shared>, arriving: mpsc::Sender<NewStream>) {
    let mut frames = FramedRead::new(reader, FrameDecoder::new());
    let mut newest = 0;
    while let Some(frame) = frames.next().await {
        shared.activity.note();
        match frame {
            Ok(Frame::SynStream(syn)) => begin(&shared, &arriving, syn, &mut newest).await,
            Ok(Frame::Data { id, fin, data }) => deliver(&shared, id, fin, data).await,
            Ok(Frame::Headers { id, fin: true, .. }) => shared.finish_input(id),
            Ok(Frame::RstStream { id, .. }) => shared.forget(id),
            // Pings with even numbers would be answers to ours.
            Ok(Frame::Ping { id }) if id % 2 == 1 => {
                shared.send(Frame::Ping { id }).await;
            }
            Ok(_) => {}
            Err(error) => {
                debug!(%error, "a SPDY connection broke");
                return;
            }
        }
    }
}

/// Offers a new stream to the session.
async fn begin(
    shared: &Arc<Shared>,
    arriving: &mpsc::Sender<NewStream>,
    syn: SynStream,
    newest: &mut StreamId,
) {
    let SynStream { id, fin, unidirectional, headers, .. } = syn;
    if id % 2 == 0 || id <= *newest {
        shared.send(Frame::RstStream { id, status: ResetStatus::PROTOCOL_ERROR }).await;
        return;
    }
    *newest = id;
    if shared.streams().len() >= MOST_STREAMS {
        shared.send(Frame::RstStream { id, status: ResetStatus::REFUSED_STREAM }).await;
        return;
    }
    let (sender, input) = mpsc::channel(QUEUE);
    let over = CancellationToken::new();
    let output = StreamWriter { id, over: over.clone(), shared: Arc::clone(shared) };
    let entry = Entry { input: (!fin).then_some(sender), is_output_open: !unidirectional, over };
    shared.streams().insert(id, entry);
    let stream = NewStream { id, headers, input, output };
    if let Err(unwanted) = arriving.send(stream).await {
        unwanted.0.refuse().await;
    }
}

/// Hands data to whoever reads the stream; what nobody reads is dropped.
async fn deliver(shared: &Shared, id: StreamId, fin: bool, data: Bytes) {
    let input = shared.streams().get(&id).and_then(|entry| entry.input.clone());
    if let (Some(input), false) = (input, data.is_empty()) {
        // An error says that nobody reads any more.
        let _unread = input.send(data).await;
    }
    if fin {
        shared.finish_input(id);
    }
}

#[cfg(test)]
mod tests;
