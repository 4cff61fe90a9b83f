//! A name server for the host names of container groups, so that clients on this machine reach groups by name.
//!
//! It is off unless `--dns` names an address. It knows `*.azurecontainer.io` alone; other names it refuses or, with
//! `--dns-forward`, asks another server about.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hickory_proto::op::Message;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

mod answer;

use crate::groups::Groups;
use answer::Verdict;

/// The largest message over UDP that is read: what EDNS allows in practice without fragments.
const UDP_BYTES: usize = 4096;
/// How many TCP connections and forwarded questions there may be at once; more have to wait.
const AT_ONCE: usize = 64;
/// How long another server may take, and how long a TCP connection may be idle. Resolvers ask again after five
/// seconds (resolv.conf(5)).
const PATIENCE: Duration = Duration::from_secs(4);

/// Where to answer, and whom to ask about other names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DnsOptions {
    /// The address, for UDP and TCP alike; port 0 picks a free one.
    pub listen: SocketAddr,
    /// Another name server.
    pub forward: Option<SocketAddr>,
}

/// A name server that runs.
pub struct DnsServer {
    /// Where it answers.
    pub addr: SocketAddr,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// What the tasks share.
struct Shared {
    groups: Groups,
    forward: Option<SocketAddr>,
    room: Arc<Semaphore>,
}

impl DnsServer {
    /// Begins to answer.
    ///
    /// # Errors
    /// When the address is taken or not ours.
    pub async fn start(options: DnsOptions, groups: Groups) -> io::Result<Self> {
        let DnsOptions { listen, forward } = options;
        let tcp = TcpListener::bind(listen).await?;
        let addr = tcp.local_addr()?;
        let udp = Arc::new(UdpSocket::bind(addr).await?);
        let shared = Arc::new(Shared { groups, forward, room: Arc::new(Semaphore::new(AT_ONCE)) });
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let over_udp = shared.clone().serve_udp(udp, tasks.clone(), stop.clone());
        tasks.spawn(stop.clone().run_until_cancelled_owned(over_udp));
        let over_tcp = shared.serve_tcp(tcp, tasks.clone(), stop.clone());
        tasks.spawn(stop.clone().run_until_cancelled_owned(over_tcp));
        Ok(Self { addr, stop, tasks })
    }

    /// Ends it.
    pub async fn shutdown(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Drop for DnsServer {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Shared {
    async fn serve_udp(self: Arc<Self>, socket: Arc<UdpSocket>, tasks: TaskTracker, stop: CancellationToken) {
        let mut buffer = vec![0; UDP_BYTES];
        loop {
            let (length, from) = match socket.recv_from(&mut buffer).await {
                Ok(received) => received,
                // Linux tells here that an earlier answer did not arrive.
                Err(error) => {
                    tracing::debug!(%error, "A question could not be read");
                    continue;
                }
            };
            let question = buffer[..length].to_vec();
            match self.verdict(&question) {
                Verdict::Answer(answer) => send(&socket, &answer, from).await,
                Verdict::Silence => {}
                Verdict::Forward(refusal) => {
                    let Ok(room) = self.room.clone().acquire_owned().await else { return };
                    let (shared, socket) = (self.clone(), socket.clone());
                    let forward = async move {
                        let answer = shared.forward_udp(&question).await;
                        send(&socket, &answer.unwrap_or(refusal), from).await;
                        drop(room);
                    };
                    tasks.spawn(stop.clone().run_until_cancelled_owned(forward));
                }
            }
        }
    }

    async fn serve_tcp(self: Arc<Self>, listener: TcpListener, tasks: TaskTracker, stop: CancellationToken) {
        loop {
            let Ok(room) = self.room.clone().acquire_owned().await else { return };
            match listener.accept().await {
                Ok((stream, _)) => {
                    let shared = self.clone();
                    let talk = async move {
                        if let Err(error) = shared.talk(stream).await {
                            tracing::debug!(%error, "A connection for name resolution ended");
                        }
                        drop(room);
                    };
                    tasks.spawn(stop.clone().run_until_cancelled_owned(talk));
                }
                Err(error) => tracing::debug!(%error, "A connection for name resolution could not be taken"),
            }
        }
    }

    /// Answers what comes over a connection until it ends or is idle.
    async fn talk(&self, mut stream: TcpStream) -> io::Result<()> {
        loop {
            let question = within(read_framed(&mut stream)).await?;
            match self.verdict(&question) {
                Verdict::Answer(answer) => write_framed(&mut stream, &answer).await?,
                Verdict::Silence => return Ok(()),
                Verdict::Forward(refusal) => {
                    let answer = self.forward_tcp(&question).await.unwrap_or(refusal);
                    write_framed(&mut stream, &answer).await?;
                }
            }
        }
    }

    fn verdict(&self, question: &[u8]) -> Verdict {
        let address = |name: &str| self.groups.named(name).and_then(|group| group.status.ip);
        answer::verdict(Message::from_vec(question), self.forward.is_some(), address)
    }

    /// Another server's answer; `None` where there is none in time.
    async fn forward_udp(&self, question: &[u8]) -> Option<Vec<u8>> {
        let server = self.forward?;
        let asked = within(async {
            let any: SocketAddr =
                if server.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0; 16], 0).into() };
            let socket = UdpSocket::bind(any).await?;
            socket.connect(server).await?;
            socket.send(question).await?;
            let mut answer = vec![0; UDP_BYTES];
            let length = socket.recv(&mut answer).await?;
            answer.truncate(length);
            Ok(answer)
        });
        told(server, asked.await)
    }

    async fn forward_tcp(&self, question: &[u8]) -> Option<Vec<u8>> {
        let server = self.forward?;
        let asked = within(async {
            let mut stream = TcpStream::connect(server).await?;
            write_framed(&mut stream, question).await?;
            read_framed(&mut stream).await
        });
        told(server, asked.await)
    }
}

fn told(server: SocketAddr, answer: io::Result<Vec<u8>>) -> Option<Vec<u8>> {
    answer.inspect_err(|error| tracing::debug!(%server, %error, "The other name server gives no answer")).ok()
}

async fn within<T>(work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    tokio::time::timeout(PATIENCE, work).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

async fn send(socket: &UdpSocket, answer: &[u8], to: SocketAddr) {
    if let Err(error) = socket.send_to(answer, to).await {
        tracing::debug!(%to, %error, "An answer could not be sent");
    }
}

/// A message after its length in two bytes (RFC 1035, 4.2.2).
async fn read_framed(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let mut message = vec![0; stream.read_u16().await?.into()];
    stream.read_exact(&mut message).await?;
    Ok(message)
}

async fn write_framed(stream: &mut (impl AsyncWrite + Unpin), message: &[u8]) -> io::Result<()> {
    let length = u16::try_from(message.len()).map_err(io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes(), message].concat()).await
}
