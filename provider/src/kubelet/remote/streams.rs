//! From an upgraded connection to the streams of an exec or attach.

use axum::extract::ws::WebSocket;
use bytes::Bytes;
use tokio::sync::{mpsc, watch};
use tracing::debug;

use super::super::KubeletState;
use super::super::channel::{Channel, Subprotocol, Version};
use super::super::connection::{
    CREATION_TIMEOUT, Connection, INPUT_QUEUE, Output, STREAM_TYPE, WebSocketConnection,
};
use super::super::spdy::session::{Session, SpdyStream};
use super::size::{Size, SizeReader};
use super::{Outcome, RemoteStreams, Wanted};

/// The channels of a websocket, numbered as file descriptors are.
const STDIN: Channel = 0;
const STDOUT: Channel = 1;
const STDERR: Channel = 2;
const ERROR: Channel = 3;
const RESIZE: Channel = 4;

/// The streams over a websocket.
pub(super) async fn of_websocket(
    socket: WebSocket,
    subprotocol: Subprotocol,
    wanted: Wanted,
    state: &KubeletState,
) -> RemoteStreams {
    let mut inputs = Vec::new();
    let mut input = |channel, is_wanted: bool| {
        is_wanted.then(|| {
            let (sender, receiver) = mpsc::channel(INPUT_QUEUE);
            inputs.push((channel, sender));
            receiver
        })
    };
    let (stdin, resize) = (input(STDIN, wanted.stdin), input(RESIZE, wanted.tty));
    let connection = WebSocketConnection::start(socket, subprotocol, inputs, state.clock.clone());
    let output = |channel, is_wanted: bool| is_wanted.then(|| connection.output(channel));
    let (mut stdout, mut stderr) = (output(STDOUT, wanted.stdout), output(STDERR, wanted.stderr));
    let mut error = connection.output(ERROR);
    // An empty message tells the client that all is set up.
    stdout.as_mut().or(stderr.as_mut()).unwrap_or(&mut error).write(Bytes::new()).await;
    RemoteStreams {
        stdin,
        stdout,
        stderr,
        size: resize.map(sizes),
        error,
        version: subprotocol.version,
        connection: Connection::WebSocket(connection),
    }
}

/// The streams over SPDY, once the client has made all that it wants; `None` when it does not.
pub(super) async fn of_spdy(
    mut session: Session,
    version: Version,
    wanted: Wanted,
    state: &KubeletState,
) -> Option<RemoteStreams> {
    let mut made = Made::default();
    let deadline = state.clock.sleep(CREATION_TIMEOUT);
    let outcome = tokio::select! {
        outcome = make(&mut session, &mut made, version, wanted) => outcome,
        () = deadline => Err("timed out waiting for client to create streams"),
    };
    session.refuse_more();
    let Made { stdin, stdout, stderr, error, resize } = made;
    let connection = Connection::Spdy(session);
    let (Some(error), complaint) = (error, outcome.err()) else {
        debug!("a client made no error stream");
        connection.close().await;
        return None;
    };
    let output = |stream: Option<SpdyStream>| stream.map(|stream| Output::Spdy(stream.output));
    let streams = RemoteStreams {
        stdin: stdin.map(|stream| stream.input),
        stdout: output(stdout),
        stderr: output(stderr),
        size: resize.map(|stream| sizes(stream.input)),
        error: Output::Spdy(error.output),
        version,
        connection,
    };
    match complaint {
        None => Some(streams),
        Some(complaint) => {
            streams.finish(Outcome::Failure(complaint.to_owned())).await;
            None
        }
    }
}

/// The streams that a client has made so far.
#[derive(Default)]
struct Made {
    stdin: Option<SpdyStream>,
    stdout: Option<SpdyStream>,
    stderr: Option<SpdyStream>,
    error: Option<SpdyStream>,
    resize: Option<SpdyStream>,
}

impl Made {
    /// Whether all are there; a terminal's size is told from the third version on.
    fn is_complete(&self, version: Version, wanted: Wanted) -> bool {
        let Wanted { stdin, stdout, stderr, tty } = wanted;
        self.error.is_some()
            && (self.stdin.is_some() || !stdin)
            && (self.stdout.is_some() || !stdout)
            && (self.stderr.is_some() || !stderr)
            && (self.resize.is_some() || !tty || version < Version::V3)
    }
}

async fn make(
    session: &mut Session,
    made: &mut Made,
    version: Version,
    wanted: Wanted,
) -> Result<(), &'static str> {
    while !made.is_complete(version, wanted) {
        let stream = session.next().await.ok_or("the client left")?;
        let kind = stream.headers().get(STREAM_TYPE).map(str::to_ascii_lowercase);
        let slot = match kind.as_deref() {
            Some("stdin") => &mut made.stdin,
            Some("stdout") => &mut made.stdout,
            Some("stderr") => &mut made.stderr,
            Some("error") => &mut made.error,
            Some("resize") => &mut made.resize,
            _ => {
                debug!(?kind, "a client made a stream of an unknown type");
                stream.refuse().await;
                continue;
            }
        };
        match slot {
            None => *slot = Some(stream.accept().await),
            Some(_) => stream.refuse().await,
        }
    }
    Ok(())
}

/// Keeps the newest size that a stream told.
fn sizes(mut stream: mpsc::Receiver<Bytes>) -> watch::Receiver<Option<Size>> {
    let (newest, size) = watch::channel(None);
    tokio::spawn(async move {
        let mut reader = SizeReader::default();
        while let Some(piece) = stream.recv().await {
            match reader.push(&piece) {
                Ok(None) => {}
                Ok(size) => {
                    newest.send_replace(size);
                }
                Err(error) => {
                    debug!(%error, "a terminal's size makes no sense");
                    return;
                }
            }
        }
    });
    size
}
