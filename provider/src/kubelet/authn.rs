//! Who is asking: a client whose certificate was verified, or nobody.

use std::net::SocketAddr;

use axum::extract::Request;
use axum::extract::connect_info::{ConnectInfo, Connected};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::serve::IncomingStream;
use tracing::debug;

use super::listener::TlsListener;

/// The other end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its address.
    pub address: SocketAddr,
    /// Whether it may ask: it holds a certificate that was verified, or anyone may.
    pub admitted: bool,
}

impl Connected<IncomingStream<'_, TlsListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, TlsListener>) -> Self {
        *stream.remote_addr()
    }
}

/// Answers 401 to whoever is not admitted, in the kubelet's one word.
pub(super) async fn require(ConnectInfo(peer): ConnectInfo<Peer>, request: Request, next: Next) -> Response {
    debug!(peer = %peer.address, method = %request.method(), path = request.uri().path(), "kubelet API");
    match peer.admitted {
        true => next.run(request).await,
        false => (StatusCode::UNAUTHORIZED, "Unauthorized").into_response(),
    }
}
