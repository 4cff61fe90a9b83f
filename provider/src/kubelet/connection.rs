//! Connections that carry several streams: SPDY and websockets under one roof.

use axum::extract::Request;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use std::time::Duration;
use thiserror::Error;
use tokio_util::sync::CancellationToken;
use tracing::debug;

mod websocket;

use super::KubeletState;
use super::channel::{Subprotocol, UNNAMED};
use super::spdy;
use super::spdy::session::{Session, StreamWriter};

pub(super) use websocket::{ChannelWriter, WebSocketConnection};

/// How long a connection may be idle (the kubelet's `streamingConnectionIdleTimeout`).
pub(super) const IDLE_TIMEOUT: Duration = Duration::from_secs(4 * 60 * 60);
/// How long a client may take to make its streams (the kubelet's `DefaultStreamCreationTimeout`).
pub(super) const CREATION_TIMEOUT: Duration = Duration::from_secs(30);
/// Messages that wait for the reader of one channel.
pub(super) const INPUT_QUEUE: usize = 64;

/// The header that says what a stream is for.
pub(super) const STREAM_TYPE: &str = "streamType";
/// Which protocols the client speaks over SPDY, and which one was chosen.
const PROTOCOL: HeaderName = HeaderName::from_static("x-stream-protocol-version");
/// Which ones would have been accepted.
const ACCEPTED: HeaderName = HeaderName::from_static("x-accepted-stream-protocol-versions");

/// A connection with streams.
pub(super) enum Connection {
    /// SPDY.
    Spdy(Session),
    /// A websocket with channels.
    WebSocket(WebSocketConnection),
}

/// Where bytes for the client go.
pub(super) enum Output {
    /// A stream of SPDY.
    Spdy(StreamWriter),
    /// A channel of a websocket.
    Channel(ChannelWriter),
}

/// Why a request cannot be upgraded; the texts are the kubelet's.
#[derive(Debug, Error)]
pub(super) enum UpgradeError {
    /// Nothing says what to.
    #[error(
        "unable to upgrade: missing upgrade headers in request: exec, attach and port-forward take \"{}\" or a websocket",
        spdy::UPGRADE
    )]
    NotAsked,
    /// A protocol that is not spoken.
    #[error(
        "unable to upgrade: unable to negotiate protocol: client supports {client:?}, server accepts {server:?}"
    )]
    Protocol {
        /// What the client speaks.
        client: Vec<String>,
        /// What the server speaks.
        server: Vec<&'static str>,
    },
    /// Not a websocket after all.
    #[error("{0}")]
    WebSocket(#[from] WebSocketUpgradeRejection),
}

/// A connection that is about to be SPDY.
pub(super) struct SpdyUpgrade(OnUpgrade);

// === impl Connection ===

impl Connection {
    /// Cancelled when the client has left, or the connection was closed.
    pub(super) fn ended(&self) -> CancellationToken {
        match self {
            Self::Spdy(session) => session.ended(),
            Self::WebSocket(connection) => connection.ended(),
        }
    }

    /// Says goodbye and ends.
    pub(super) async fn close(self) {
        match self {
            Self::Spdy(session) => session.close().await,
            Self::WebSocket(connection) => connection.close().await,
        }
    }
}

// === impl Output ===

impl Output {
    /// Sends some bytes; whether there is still someone to send them to.
    pub(super) async fn write(&mut self, bytes: Bytes) -> bool {
        match self {
            Self::Spdy(stream) => stream.write(bytes).await,
            Self::Channel(channel) => channel.write(bytes).await,
        }
    }

    /// Cancelled when there is nobody to send to any more.
    pub(super) fn gone(&self) -> CancellationToken {
        match self {
            Self::Spdy(stream) => stream.over(),
            Self::Channel(channel) => channel.ended(),
        }
    }

    /// Ends the stream; a websocket's channels end with it.
    pub(super) async fn finish(&mut self) {
        match self {
            Self::Spdy(stream) => stream.finish().await,
            Self::Channel(_) => {}
        }
    }
}

// === impl SpdyUpgrade ===

impl SpdyUpgrade {
    /// The session, once the client has read the answer.
    pub(super) async fn start(self, state: &KubeletState) -> Option<Session> {
        match self.0.await {
            Ok(upgraded) => Some(Session::start(TokioIo::new(upgraded), state.clock.clone(), IDLE_TIMEOUT)),
            Err(error) => {
                debug!(%error, "a client left before its connection was upgraded");
                None
            }
        }
    }
}

impl IntoResponse for UpgradeError {
    fn into_response(self) -> Response {
        let text = self.to_string();
        match self {
            Self::NotAsked => (StatusCode::BAD_REQUEST, text).into_response(),
            Self::Protocol { server, .. } => {
                let mut response = (StatusCode::FORBIDDEN, text).into_response();
                for name in server {
                    response.headers_mut().append(ACCEPTED, HeaderValue::from_static(name));
                }
                response
            }
            Self::WebSocket(rejection) => rejection.into_response(),
        }
    }
}

/// Answers a request for SPDY: the answer, the protocol that was agreed on, and the connection to come.
///
/// A client that names no protocol speaks the oldest, which is nameless here.
pub(super) fn spdy_upgrade(
    mut request: Request,
    protocols: &[&'static str],
) -> Result<(Response, Option<&'static str>, SpdyUpgrade), UpgradeError> {
    let asks = |name: HeaderName, word: &str| {
        let mut values = request.headers().get_all(name).iter().filter_map(|value| value.to_str().ok());
        values.any(|value| value.to_ascii_lowercase().contains(&word.to_ascii_lowercase()))
    };
    if !asks(header::CONNECTION, "upgrade") || !asks(header::UPGRADE, spdy::UPGRADE) {
        return Err(UpgradeError::NotAsked);
    }
    let protocol = negotiate(listed(request.headers(), &PROTOCOL), protocols, |protocol| protocol)?;
    let mut response = StatusCode::SWITCHING_PROTOCOLS.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static(spdy::UPGRADE));
    if let Some(protocol) = protocol {
        headers.insert(PROTOCOL, HeaderValue::from_static(protocol));
    }
    Ok((response, protocol, SpdyUpgrade(hyper::upgrade::on(&mut request))))
}

/// The first of the client's websocket subprotocols that is spoken here.
pub(super) fn websocket_subprotocol(
    headers: &HeaderMap,
    spoken: &[Subprotocol],
) -> Result<Subprotocol, UpgradeError> {
    let asked = listed(headers, &header::SEC_WEBSOCKET_PROTOCOL);
    Ok(negotiate(asked, spoken, |subprotocol| subprotocol.name)?.unwrap_or(UNNAMED))
}

/// The first that the client names and the server has; `None` when the client names none.
fn negotiate<T: Copy>(
    client: Vec<String>,
    server: &[T],
    name: impl Fn(T) -> &'static str,
) -> Result<Option<T>, UpgradeError> {
    if client.is_empty() {
        return Ok(None);
    }
    let found = client.iter().find_map(|asked| server.iter().copied().find(|has| name(*has) == asked));
    match found {
        Some(found) => Ok(Some(found)),
        None => {
            let server = server.iter().map(|has| name(*has)).collect();
            Err(UpgradeError::Protocol { client, server })
        }
    }
}

/// The values of a header that may hold several, on one line or on many.
fn listed(headers: &HeaderMap, name: &HeaderName) -> Vec<String> {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    let words = values.flat_map(|value| value.split(',')).map(str::trim).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}
