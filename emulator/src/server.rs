//! One port for HTTP and TLS: a TLS connection begins with the byte 0x16, and no HTTP request does.

use std::net::IpAddr;
use std::sync::Arc;

use axum::{Extension, Router};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use jiff::SignedDuration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Layer as _;

use crate::arm::faults::HangUp;
use crate::arm::origin::Scheme;
use crate::clock::SharedClock;

/// The first byte of a TLS connection: the content type "handshake" (RFC 8446, section 5.1).
const TLS_HANDSHAKE: u8 = 0x16;

/// How long requests under way may take to end when the server stops.
const DRAIN: SignedDuration = SignedDuration::from_secs(10);

/// Whence somebody calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// From this machine, or the difference makes none.
    Near,
    /// From another machine.
    Far,
}

/// What serves connections; cheap to clone.
#[derive(Clone)]
pub struct Server {
    plain: Router,
    encrypted: Router,
    tls: TlsAcceptor,
    is_open: bool,
    stop: CancellationToken,
    connections: TaskTracker,
}

impl Server {
    /// A server of a router; where it is open, callers from other machines count as those from this one.
    pub fn new(router: Router, tls: Arc<rustls::ServerConfig>, is_open: bool) -> Self {
        Self {
            plain: router.clone().layer(Extension(Scheme::Http)),
            encrypted: router.layer(Extension(Scheme::Https)),
            tls: TlsAcceptor::from(tls),
            is_open,
            stop: CancellationToken::new(),
            connections: TaskTracker::new(),
        }
    }

    /// Accepts connections until [`Server::stop`].
    pub async fn run(self, listener: TcpListener) {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = self.stop.cancelled() => return,
            };
            match accepted {
                Ok((stream, peer)) => {
                    let server = self.clone();
                    let peer = self.whence(peer.ip());
                    self.connections.spawn(async move { server.serve(stream, peer).await });
                }
                // Out of file descriptors, most likely: yielding lets connections end and return theirs.
                Err(error) => {
                    tracing::warn!(%error, "Cannot accept a connection");
                    tokio::task::yield_now().await;
                }
            }
        }
    }

    fn whence(&self, address: IpAddr) -> Peer {
        if self.is_open || address.to_canonical().is_loopback() { Peer::Near } else { Peer::Far }
    }

    /// Takes no more connections and waits for the requests under way, at most ten seconds.
    pub async fn stop(&self, clock: &SharedClock) {
        self.stop.cancel();
        self.connections.close();
        let deadline = clock.now().saturating_add(DRAIN).unwrap_or_else(|_| clock.now());
        tokio::select! {
            () = self.connections.wait() => {}
            () = clock.sleep_until(deadline) => {
                tracing::warn!(connections = self.connections.len(), "Gave up waiting for requests to end");
            }
        }
    }

    async fn serve(&self, stream: TcpStream, peer: Peer) {
        let mut first = [0];
        let peeked = tokio::select! {
            peeked = stream.peek(&mut first) => peeked,
            () = self.stop.cancelled() => return,
        };
        match peeked {
            Ok(1) if first[0] == TLS_HANDSHAKE => {
                let handshake = tokio::select! {
                    handshake = self.tls.accept(stream) => handshake,
                    () = self.stop.cancelled() => return,
                };
                match handshake {
                    Ok(stream) => self.speak(stream, peer, self.encrypted.clone()).await,
                    Err(error) => tracing::debug!(%error, "A TLS handshake failed"),
                }
            }
            Ok(1) => self.speak(stream, peer, self.plain.clone()).await,
            // Opened and closed without a word, as port checks do.
            Ok(_) | Err(_) => {}
        }
    }

    async fn speak(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        peer: Peer,
        router: Router,
    ) {
        let builder = Builder::new(TokioExecutor::new());
        let hang_up = CancellationToken::new();
        let called = (Extension(peer), Extension(HangUp(hang_up.clone())));
        let service = TowerToHyperService::new(called.layer(router));
        let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
        let mut connection = std::pin::pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = hang_up.cancelled() => return,
            () = self.stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "A connection broke");
        }
    }
}
