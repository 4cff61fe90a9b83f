//! `/portForward/…`: connections to a pod's ports, as `kubectl port-forward` asks for them.
//!
//! ACI has nothing for it, but a container group has an address: the provider connects to it. It reaches groups
//! where it runs in their virtual network, or beside the emulator; elsewhere the client is told what is in the way.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::extract::{FromRequestParts as _, Path, Request, State, WebSocketUpgrade};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use bytes::{Bytes, BytesMut};
use thiserror::Error;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;
use tracing::debug;

mod pairs;
mod ports;

use super::KubeletState;
use super::channel;
use super::connection::{
    Connection, INPUT_QUEUE, Output, UpgradeError, WebSocketConnection, spdy_upgrade, websocket_subprotocol,
};
use super::query::Query;
use super::remote::{is_websocket, refusal, refused};
use super::spdy::session::Session;
use super::target::{PodPath, Target};
use crate::profile::Act;
use pairs::Pairs;

/// The one protocol of port forwarding over SPDY.
const PROTOCOL: &str = "portforward.k8s.io";
/// How long a pod's port may take to accept a connection: a filtered one never does.
const DIAL_TIMEOUT: Duration = Duration::from_secs(10);
/// How much is read from a pod at once; kubectl reads as much.
const PIECE: usize = 32 * 1024;

/// A connection that a client wants.
struct Wanted {
    port: u16,
    input: mpsc::Receiver<Bytes>,
    output: Output,
    error: Output,
}

/// Why a pod's port cannot be reached.
#[derive(Debug, Error)]
enum ForwardError {
    #[error("the pod has no address yet")]
    NoAddress,
    #[error("dial tcp {0}: {1}")]
    Refused(SocketAddr, io::Error),
    #[error(
        "dial tcp {0}: {1}; the virtual node reaches pods where it runs in the virtual network of their container \
         groups"
    )]
    Unreachable(SocketAddr, io::Error),
}

/// Serves `/portForward/{namespace}/{pod}` and the same with a UID behind it.
pub(super) async fn port_forward(
    State(state): State<KubeletState>,
    Path(path): Path<PodPath>,
    request: Request,
) -> Response {
    let target = match Target::pod(&state.pods, path) {
        Ok(target) => target,
        Err(error) => return refusal(StatusCode::NOT_FOUND, error.to_string()),
    };
    if let Some(constraint) = state.node.profile.refuses(Act::PortForward) {
        return refused(constraint);
    }
    let upgraded = match is_websocket(request.headers()) {
        true => over_websocket(request, target, state).await,
        false => over_spdy(request, target, state).map_err(UpgradeError::into_response),
    };
    upgraded.unwrap_or_else(|refusal| refusal)
}

fn over_spdy(request: Request, target: Target, state: KubeletState) -> Result<Response, UpgradeError> {
    let (response, _, upgraded) = spdy_upgrade(request, &[PROTOCOL])?;
    let sessions = state.sessions.clone();
    sessions.spawn(async move {
        if let Some(session) = upgraded.start(&state).await {
            serve_session(session, target, state).await;
        }
    });
    Ok(response)
}

/// Serves the connections of a session until the client leaves.
async fn serve_session(mut session: Session, target: Target, state: KubeletState) {
    let mut pairs = Pairs::new(state.clock.clone());
    loop {
        let stream = tokio::select! {
            stream = session.next() => stream,
            () = pairs.expire() => continue,
            () = state.shutdown.cancelled() => None,
        };
        let Some(stream) = stream else { break };
        if let Some(wanted) = pairs.add(stream).await {
            state.sessions.spawn(forward(wanted, target.clone(), state.clone()));
        }
    }
    session.close().await;
}

async fn over_websocket(request: Request, target: Target, state: KubeletState) -> Result<Response, Response> {
    let ports = ports::parse(&Query::parse(request.uri().query().unwrap_or_default()))
        .map_err(|error| refusal(StatusCode::BAD_REQUEST, error.to_string()))?;
    let subprotocol = websocket_subprotocol(request.headers(), &channel::PORT_FORWARD)
        .map_err(UpgradeError::into_response)?;
    let (mut parts, _) = request.into_parts();
    let upgrade =
        WebSocketUpgrade::from_request_parts(&mut parts, &()).await.map_err(|error| error.into_response())?;
    let tracked = state.sessions.token();
    Ok(upgrade.protocols([subprotocol.name]).on_upgrade(async move |socket| {
        let channels: Vec<_> = ports.iter().map(|_| mpsc::channel(INPUT_QUEUE)).collect();
        let (senders, inputs): (Vec<_>, Vec<_>) = channels.into_iter().unzip();
        // Data and errors of the n-th port are on the channels 2n and 2n + 1.
        let numbered =
            senders.into_iter().zip((0..=254).step_by(2)).map(|(sender, channel)| (channel, sender));
        let connection =
            WebSocketConnection::start(socket, subprotocol, numbered.collect(), state.clock.clone());
        let mut forwards = tokio::task::JoinSet::new();
        for ((port, input), channel) in ports.into_iter().zip(inputs).zip((0..=254).step_by(2)) {
            let (mut output, mut error) = (connection.output(channel), connection.output(channel + 1));
            for stream in [&mut output, &mut error] {
                stream.write(Bytes::copy_from_slice(&port.to_le_bytes())).await;
            }
            forwards.spawn(forward(Wanted { port, input, output, error }, target.clone(), state.clone()));
        }
        let connection = Connection::WebSocket(connection);
        let left = connection.ended();
        tokio::select! {
            () = async { while forwards.join_next().await.is_some() {} } => {}
            () = left.cancelled() => {}
            () = state.shutdown.cancelled() => {}
        }
        connection.close().await;
        drop(tracked);
    }))
}

/// Carries one connection until both sides have ended it, or tells why there is none.
async fn forward(wanted: Wanted, target: Target, state: KubeletState) {
    let Wanted { port, input, mut output, mut error } = wanted;
    let name = target.pod.metadata.name.as_deref().unwrap_or_default();
    let uid = target.pod.metadata.uid.as_deref().unwrap_or_default();
    let carried = match dial(&target, port, &state).await {
        Ok(connection) => {
            debug!(pod = name, port, "a connection is forwarded");
            tokio::select! {
                () = carry(connection, input, &mut output) => Ok(()),
                () = state.shutdown.cancelled() => Ok(()),
            }
        }
        Err(cause) => Err(cause),
    };
    if let Err(cause) = carried {
        let text = format!("error forwarding port {port} to pod {name}, uid {uid}: {cause}");
        debug!("{text}");
        error.write(text.into()).await;
    }
    output.finish().await;
    error.finish().await;
}

async fn dial(target: &Target, port: u16, state: &KubeletState) -> Result<TcpStream, ForwardError> {
    // The pod as it is now: its address may have come since the client connected.
    let now = state.pods.get(&kube::runtime::reflector::ObjectRef::from_obj(&*target.pod));
    let status = now.as_deref().unwrap_or(&target.pod).status.as_ref();
    let address: Option<IpAddr> = status.and_then(|status| status.pod_ip.as_ref()?.parse().ok());
    let address = SocketAddr::new(address.ok_or(ForwardError::NoAddress)?, port);
    let dialled = tokio::select! {
        dialled = TcpStream::connect(address) => dialled,
        () = state.clock.sleep(DIAL_TIMEOUT) => Err(io::ErrorKind::TimedOut.into()),
    };
    dialled.map_err(|error| match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            ForwardError::Unreachable(address, error)
        }
        _ => ForwardError::Refused(address, error),
    })
}

/// Carries bytes both ways. Each side may end its direction first; when the pod has ended its own, kubectl takes
/// nothing more.
async fn carry(connection: TcpStream, input: mpsc::Receiver<Bytes>, output: &mut Output) {
    let (reader, writer) = connection.into_split();
    let sending = tokio_util::task::AbortOnDropHandle::new(tokio::spawn(send(input, writer)));
    let gone = output.gone();
    tokio::select! {
        () = receive(reader, output) => {}
        () = gone.cancelled() => {}
    }
    drop(sending);
}

async fn send(mut input: mpsc::Receiver<Bytes>, mut writer: OwnedWriteHalf) {
    while let Some(bytes) = input.recv().await {
        if writer.write_all(&bytes).await.is_err() {
            return;
        }
    }
    // The other direction tells when the pod is gone.
    let _gone = writer.shutdown().await;
}

async fn receive(mut reader: OwnedReadHalf, output: &mut Output) {
    let mut buffer = BytesMut::new();
    loop {
        buffer.reserve(PIECE);
        match reader.read_buf(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {
                if !output.write(buffer.split().freeze()).await {
                    return;
                }
            }
        }
    }
}
