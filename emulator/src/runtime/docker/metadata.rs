//! The instance metadata service at 169.254.169.254, inside a sandbox's network.
//!
//! The address belongs to a network namespace of its own, which a pair of virtual cables joins to the sandbox's: a
//! listener in the sandbox's own would take port 80 from the group's containers. All of it is made by an [`agent`] and
//! vanishes with it. Nothing of the host is touched or reached: questions come and answers go through Docker's exec.

use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt, stream};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, oneshot};

use super::agent::{self, Agent, Arg, BUFFER, Call};
use super::engine::Engine;
use super::netlink::{self, Interface};
use crate::runtime::{METADATA_ADDRESS, MetadataCall, MetadataCalls, RuntimeError, SandboxId};

/// The capabilities that the agent needs: namespaces, interfaces, port 80. They are the sandbox's, in which nothing
/// else runs.
pub(crate) const CAPABILITIES: [&str; 3] = ["SYS_ADMIN", "NET_ADMIN", "NET_BIND_SERVICE"];

/// The interface in the sandbox's network, and its peer in the service's; the number is far from those of others.
const INTERFACE: Interface = Interface { name: "metadata", index: 169_254_169 };
/// The sandbox's end.
const NEAR: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 253);
/// Two addresses, and the two that belong to the network itself.
const PREFIX: u8 = 30;
const PORT: u16 = 80;

/// How long making the service may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a client may be silent: connections are served one after the other.
const CLIENT_SECONDS: u64 = 2;
/// The longest request: the head of a question for a token is some hundred bytes.
const MOST_REQUEST: usize = 16 * 1024;

const AF_INET: u64 = 2;
const AF_NETLINK: u64 = 16;
const SOCK_STREAM: u64 = 1;
const SOCK_RAW: u64 = 3;
const SOL_SOCKET: u64 = 1;
const SO_RCVTIMEO: u64 = 20;
const SO_SNDTIMEO: u64 = 21;
const CLONE_NEWNET: u64 = 0x4000_0000;
const MSG_NOSIGNAL: u64 = 0x4000;
const POLLIN: u64 = 1;

const NO: Arg = Arg::Number(0);

/// The listener in the service's namespace.
struct Listener<S> {
    agent: Agent<S>,
    socket: u64,
}

impl Engine {
    /// Makes the service of a sandbox; it listens when this returns.
    pub(crate) async fn metadata(&self, sandbox: &SandboxId) -> Result<MetadataCalls, RuntimeError> {
        let container = self.names.sandbox(sandbox);
        let stream = self.run_in_sandbox(&container, agent::PROGRAM).await?;
        let listening = tokio::time::timeout(PATIENCE, Listener::make(stream, self.machine)).await;
        let listener = listening
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
            .map_err(|error| RuntimeError::Refused(format!("no metadata service in {container}: {error}")))?;
        let (sender, calls) = mpsc::channel(1);
        tokio::spawn(async move {
            let closed = sender.clone();
            tokio::select! {
                ended = listener.serve(sender) => {
                    if let Err(error) = ended {
                        tracing::debug!(%error, "A metadata service ended");
                    }
                }
                () = closed.closed() => {}
            }
        });
        Ok(stream::unfold(calls, |mut calls| async { calls.recv().await.map(|call| (call, calls)) }).boxed())
    }
}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Listener<S> {
    async fn make(stream: S, machine: super::elf::Machine) -> io::Result<Self> {
        let mut agent = Agent::new(stream, machine).await?;
        let sockets = [Arg::Number(AF_NETLINK), Arg::Number(SOCK_RAW), NO];
        let (near, _) = agent.call(Call::Socket, sockets, &[], 0).await?;
        agent.call(Call::Unshare, [Arg::Number(CLONE_NEWNET)], &[], 0).await?;
        let (far, _) = agent.call(Call::Socket, sockets, &[], 0).await?;
        let (process, _) = agent.call(Call::GetProcessId, [], &[], 0).await?;
        let process = u32::try_from(process).map_err(io::Error::other)?;
        for message in [
            netlink::make_pair(INTERFACE, process),
            netlink::set_address(INTERFACE, NEAR, PREFIX),
            netlink::set_up(INTERFACE),
        ] {
            tell_kernel(&mut agent, near, &message).await?;
        }
        for message in [netlink::set_address(INTERFACE, METADATA_ADDRESS, PREFIX), netlink::set_up(INTERFACE)]
        {
            tell_kernel(&mut agent, far, &message).await?;
        }
        let kind = [Arg::Number(AF_INET), Arg::Number(SOCK_STREAM), NO];
        let (socket, _) = agent.call(Call::Socket, kind, &[], 0).await?;
        let mut address = [0; 16];
        address[..2].copy_from_slice(&2_u16.to_le_bytes());
        address[2..4].copy_from_slice(&PORT.to_be_bytes());
        address[4..8].copy_from_slice(&METADATA_ADDRESS.octets());
        let length = Arg::Number(address.len() as u64);
        agent.call(Call::Bind, [Arg::Number(socket), Arg::Buffer, length], &address, 0).await?;
        agent.call(Call::Listen, [Arg::Number(socket), Arg::Number(64)], &[], 0).await?;
        Ok(Self { agent, socket })
    }

    /// Serves one connection after the other until the agent ends.
    async fn serve(mut self, calls: mpsc::Sender<MetadataCall>) -> io::Result<()> {
        loop {
            let connection = self.accept().await?;
            if let Some(request) = self.read(connection).await? {
                let (sender, answer) = oneshot::channel();
                if calls.send(MetadataCall { request, answer: sender }).await.is_err() {
                    return Ok(());
                }
                if let Ok(answer) = answer.await {
                    self.write(connection, &answer).await?;
                }
            }
            self.agent.call(Call::Close, [Arg::Number(connection)], &[], 0).await?;
        }
    }

    /// Waits for a connection, and for the end of standard input, without which the agent would outlive us.
    async fn accept(&mut self) -> io::Result<u64> {
        let entries = [poll_entry(0), poll_entry(self.socket)].concat();
        let poll = [Arg::Buffer, Arg::Number(2), NO, NO, NO];
        self.agent.call(Call::Poll, poll, &entries, 0).await?;
        let (connection, _) =
            self.agent.call(Call::Accept, [Arg::Number(self.socket), NO, NO, NO], &[], 0).await?;
        let patience = [CLIENT_SECONDS.to_le_bytes(), [0; 8]].concat();
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            let (level, option) = (Arg::Number(SOL_SOCKET), Arg::Number(option));
            let args =
                [Arg::Number(connection), level, option, Arg::Buffer, Arg::Number(patience.len() as u64)];
            self.agent.call(Call::SetSocketOption, args, &patience, 0).await?;
        }
        Ok(connection)
    }

    /// The head of a request; `None` when it does not come whole.
    async fn read(&mut self, connection: u64) -> io::Result<Option<Bytes>> {
        const AT_ONCE: usize = 4096;
        let mut request = Vec::new();
        while request.len() < MOST_REQUEST {
            let args = [Arg::Number(connection), Arg::Buffer, Arg::Number(AT_ONCE as u64), NO, NO, NO];
            let (count, bytes) = match self.agent.call(Call::ReceiveFrom, args, &[], AT_ONCE).await {
                Ok(received) => received,
                // The client's fault, not the agent's.
                Err(error) if error.raw_os_error().is_some() => return Ok(None),
                Err(error) => return Err(error),
            };
            match usize::try_from(count).ok().and_then(|count| bytes.get(..count)) {
                None | Some([]) => return Ok(None),
                Some(bytes) => request.extend_from_slice(bytes),
            }
            if request.windows(4).any(|window| window == b"\r\n\r\n") {
                return Ok(Some(request.into()));
            }
        }
        Ok(None)
    }

    async fn write(&mut self, connection: u64, mut answer: &[u8]) -> io::Result<()> {
        while !answer.is_empty() {
            let piece = &answer[..answer.len().min(BUFFER)];
            let (length, flags) = (Arg::Number(piece.len() as u64), Arg::Number(MSG_NOSIGNAL));
            let args = [Arg::Number(connection), Arg::Buffer, length, flags, NO, NO];
            match self.agent.call(Call::SendTo, args, piece, 0).await {
                Ok((sent, _)) => {
                    let sent = usize::try_from(sent).map_err(io::Error::other)?.min(answer.len());
                    answer = &answer[sent..];
                }
                Err(error) if error.raw_os_error().is_some() => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// `struct pollfd`
fn poll_entry(file: u64) -> [u8; 8] {
    let [one, two, three, four, ..] = file.to_le_bytes();
    let [low, high, ..] = POLLIN.to_le_bytes();
    [one, two, three, four, low, high, 0, 0]
}

async fn tell_kernel<S>(agent: &mut Agent<S>, socket: u64, message: &[u8]) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let length = Arg::Number(message.len() as u64);
    agent.call(Call::SendTo, [Arg::Number(socket), Arg::Buffer, length, NO, NO, NO], message, 0).await?;
    let room = Arg::Number(BUFFER as u64);
    let receive = [Arg::Number(socket), Arg::Buffer, room, NO, NO, NO];
    let (_, answer) = agent.call(Call::ReceiveFrom, receive, &[], netlink::ANSWER).await?;
    match netlink::error(&answer) {
        Some(0) => Ok(()),
        Some(errno) => Err(io::Error::from_raw_os_error(errno)),
        None => Err(io::ErrorKind::InvalidData.into()),
    }
}
