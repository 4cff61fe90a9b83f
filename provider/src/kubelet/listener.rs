//! TLS under axum: connections appear once their handshake is done.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::Listener;
use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tracing::debug;

use super::access::{Peer, User};

/// A client that has not finished its handshake by then is not going to.
const HANDSHAKE: Duration = Duration::from_secs(10);

type Connection = (TlsStream<TcpStream>, Peer);

/// Accepts TLS connections; handshakes go on side by side, and each new one takes the newest certificates.
pub(super) struct TlsListener {
    tcp: TcpListener,
    address: SocketAddr,
    config: watch::Receiver<Arc<ServerConfig>>,
    handshakes: FuturesUnordered<BoxFuture<'static, Option<Connection>>>,
}

impl TlsListener {
    pub(super) fn new(
        tcp: TcpListener,
        address: SocketAddr,
        config: watch::Receiver<Arc<ServerConfig>>,
    ) -> Self {
        Self { tcp, address, config, handshakes: FuturesUnordered::new() }
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = Peer;

    async fn accept(&mut self) -> Connection {
        loop {
            tokio::select! {
                (stream, address) = Listener::accept(&mut self.tcp) => {
                    let config = self.config.borrow().clone();
                    self.handshakes.push(Box::pin(handshake(config, stream, address)));
                }
                Some(done) = self.handshakes.next() => {
                    if let Some(connection) = done {
                        return connection;
                    }
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<Peer> {
        Ok(Peer { address: self.address, user: None })
    }
}

async fn handshake(config: Arc<ServerConfig>, stream: TcpStream, address: SocketAddr) -> Option<Connection> {
    match timeout(HANDSHAKE, TlsAcceptor::from(config).accept(stream)).await {
        Ok(Ok(stream)) => {
            let certificate = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
            let user = certificate.and_then(User::of_certificate).map(Arc::new);
            Some((stream, Peer { address, user }))
        }
        Ok(Err(error)) => {
            debug!(peer = %address, %error, "TLS handshake failed");
            None
        }
        Err(_) => {
            debug!(peer = %address, "TLS handshake not finished in time");
            None
        }
    }
}
