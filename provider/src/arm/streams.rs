//! Terminals and logs of containers, over the websockets that ARM gives out.
//!
//! What there is (recorded, and as `az` speaks it): exec answers with a websocket and a password. The password is
//! the first text message; from then on binary messages are what is typed, and what comes back is what a terminal
//! shows, standard error included. Nothing tells a later size, the end of input or an exit code: a closed
//! websocket is the end of the program. Attach gives a websocket with the container's log, and nothing can be
//! typed. Both exist since 2020-11-01.

use std::pin::Pin;
use std::sync::Arc;

use aci_model::Secret;
use aci_model::stream::{ContainerExecRequest, TerminalSize, WebSocketAccess};
use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{Sink, SinkExt as _, StreamExt as _};
use reqwest::{Method, Upgraded, Url, Version, header};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::client::{HttpArm, chain, parse};
use super::envelope::refused;
use super::{ArmError, settings};

/// What is read from a websocket at a time.
const SOCKET_BUFFER: usize = 4 << 10;

/// Bytes as they come.
pub type ByteStream = BoxStream<'static, Result<Bytes, ArmError>>;
/// Bytes as they are typed.
pub type ByteSink = Pin<Box<dyn Sink<Bytes, Error = ArmError> + Send>>;

/// A program on a terminal.
pub struct Terminal {
    /// What it shows; ends with the program.
    pub output: ByteStream,
    /// What is typed.
    pub input: ByteSink,
}

/// The streams of running containers.
#[async_trait]
pub trait ContainerStreams: Send + Sync + 'static {
    /// Runs a program on a terminal beside a container's own.
    ///
    /// Azure documents that a command is one program without arguments; what is recorded is that it takes several
    /// words, and the emulator splits them as a shell does.
    async fn exec(
        &self,
        group: &str,
        container: &str,
        command: &str,
        size: TerminalSize,
    ) -> Result<Terminal, ArmError>;

    /// The log of a container while it grows.
    async fn attach(&self, group: &str, container: &str) -> Result<ByteStream, ArmError>;
}

/// The streams as they are handed around.
pub type SharedStreams = Arc<dyn ContainerStreams>;

type Socket = WebSocketStream<Upgraded>;

#[async_trait]
impl ContainerStreams for HttpArm {
    async fn exec(
        &self,
        group: &str,
        container: &str,
        command: &str,
        size: TerminalSize,
    ) -> Result<Terminal, ArmError> {
        let body = ContainerExecRequest { command: Some(command.to_owned()), terminal_size: Some(size) };
        let url = self.groups(&[group, "containers", container, "exec"]);
        let access: WebSocketAccess = parse(&self.call(Method::POST, &url, Some(&body)).await?)?;
        let mut socket = self.socket(&access.web_socket_uri, None).await?;
        let password = Message::Text(access.password.expose().into());
        socket.send(password).await.map_err(|error| ArmError::Transport(error.to_string()))?;
        let (writer, reader) = socket.split();
        let input = writer
            .sink_map_err(|error| ArmError::Transport(error.to_string()))
            .with(async |bytes: Bytes| Ok::<_, ArmError>(Message::Binary(bytes)));
        Ok(Terminal { output: output(reader), input: Box::pin(input) })
    }

    async fn attach(&self, group: &str, container: &str) -> Result<ByteStream, ArmError> {
        let url = self.groups(&[group, "containers", container, "attach"]);
        let access: WebSocketAccess = parse(&self.call(Method::POST, &url, None::<&()>).await?)?;
        let socket = self.socket(&access.web_socket_uri, Some(&access.password)).await?;
        // The whole socket: a half that is dropped would take the other with it.
        Ok(output(socket))
    }
}

impl HttpArm {
    /// Opens a websocket; the trust and the proxies are those of all other calls.
    async fn socket(&self, uri: &str, authorization: Option<&Secret>) -> Result<Socket, ArmError> {
        let url = self.socket_url(uri)?;
        let key = generate_key();
        let mut request = self
            .sockets
            .get(url)
            .version(Version::HTTP_11)
            .header(header::CONNECTION, "Upgrade")
            .header(header::UPGRADE, "websocket")
            .header(header::SEC_WEBSOCKET_VERSION, "13")
            .header(header::SEC_WEBSOCKET_KEY, &key);
        if let Some(password) = authorization {
            let mut value = header::HeaderValue::from_str(password.expose())
                .map_err(|_| ArmError::Protocol("a password that no header can hold".to_owned()))?;
            value.set_sensitive(true);
            request = request.header(header::AUTHORIZATION, value);
        }
        let answer = tokio::select! {
            answer = request.send() => answer.map_err(|error| ArmError::Transport(chain(&error)))?,
            () = self.clock.sleep(self.timeout) => {
                return Err(ArmError::Transport("the websocket was not opened in time".to_owned()));
            }
        };
        if answer.status() != reqwest::StatusCode::SWITCHING_PROTOCOLS {
            let (status, headers) = (answer.status(), answer.headers().clone());
            let body = answer.bytes().await.map_err(|error| ArmError::Transport(chain(&error)))?;
            return Err(refused(status, &headers, &body));
        }
        let accept = answer.headers().get(header::SEC_WEBSOCKET_ACCEPT);
        if accept.is_none_or(|accept| accept.as_bytes() != derive_accept_key(key.as_bytes()).as_bytes()) {
            return Err(ArmError::Protocol("the other side does not speak websockets".to_owned()));
        }
        let upgraded = answer.upgrade().await.map_err(|error| ArmError::Transport(chain(&error)))?;
        // Many are open at the same time and say little; the default reads into 128 KiB.
        let config = WebSocketConfig::default().read_buffer_size(SOCKET_BUFFER).write_buffer_size(0);
        Ok(WebSocketStream::from_raw_socket(upgraded, Role::Client, Some(config)).await)
    }

    /// The URL behind a websocket's; one in the clear is taken from an ARM in the clear alone, for what opens a
    /// terminal goes over it.
    fn socket_url(&self, uri: &str) -> Result<Url, ArmError> {
        let mut url = Url::parse(uri)
            .map_err(|error| ArmError::Protocol(format!("webSocketUri is not a URL: {error}")))?;
        let scheme = match url.scheme() {
            "wss" => "https",
            "ws" if self.endpoint_scheme() == "http" || settings::is_loopback(&url) => "http",
            "ws" => return Err(ArmError::Protocol("webSocketUri is not encrypted".to_owned())),
            other => return Err(ArmError::Protocol(format!("webSocketUri has the scheme {other}"))),
        };

        url.set_scheme(scheme).map_err(|()| ArmError::Protocol(format!("webSocketUri is {uri}")))?;
        Ok(url)
    }
}

/// The content of messages until the other side closes; a close that tells of a failure is one.
fn output(messages: impl futures::Stream<Item = Result<Message, Error>> + Send + 'static) -> ByteStream {
    let pieces = messages.map(|message| match message {
        Ok(Message::Binary(bytes)) => Ok(Some(bytes)),
        Ok(Message::Text(text)) => Ok(Some(text.into())),
        Ok(Message::Close(Some(frame))) if !matches!(frame.code, CloseCode::Normal | CloseCode::Status) => {
            Err(ArmError::Transport(format!("the stream was closed: {} {}", frame.code, frame.reason)))
        }
        Ok(Message::Close(_)) | Err(Error::ConnectionClosed | Error::AlreadyClosed) => Ok(None),
        Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => Ok(Some(Bytes::new())),
        Err(error) => Err(ArmError::Transport(error.to_string())),
    });
    let until_closed = pieces.take_while(|piece| std::future::ready(!matches!(piece, Ok(None))));
    let bytes = until_closed.filter_map(|piece| std::future::ready(piece.transpose()));
    bytes.filter(|piece| std::future::ready(!piece.as_ref().is_ok_and(Bytes::is_empty))).boxed()
}
