//! The terminal of a program as Docker's API carries it: bytes and nothing else.
//!
//! The client library would take output that begins with a byte below 3 for a frame of a stream without terminal,
//! and lose what such a frame's header would be; programs do write such bytes, `tar` foremost. So the one request
//! whose connection becomes the terminal is made here.

use http::Request;
use http::header::{CONNECTION, CONTENT_TYPE, HOST, UPGRADE};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::handshake;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

/// The answer after which the connection is the terminal.
const SWITCHING_PROTOCOLS: u16 = 101;

/// The body of the request: attached, on a terminal.
const BODY: &str = r#"{"Detach":false,"Tty":true}"#;

/// Why there is no terminal.
#[derive(Debug, Error)]
pub(crate) enum HijackError {
    /// Not an address of an engine.
    #[error("{0} is no address of a Docker engine: unix://… and tcp://… are")]
    Address(String),
    /// Docker does not want to.
    #[error("{message}")]
    Refused {
        /// The status.
        status: u16,
        /// Docker's words.
        message: String,
    },
    /// The connection failed.
    #[error("the connection to Docker failed: {0}")]
    Io(#[from] std::io::Error),
    /// The answer made no sense.
    #[error("Docker's answer cannot be understood: {0}")]
    Http(#[from] hyper::Error),
    /// The request could not be made.
    #[error("{0}")]
    Request(#[from] http::Error),
}

#[derive(Deserialize)]
struct Complaint {
    message: String,
}

/// A connection to an engine.
trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Connection for T {}

/// Starts a program that was made ready, and gives its terminal.
pub(crate) async fn start_exec(host: &str, exec: &str) -> Result<TokioIo<Upgraded>, HijackError> {
    let (mut sender, connection) = handshake(TokioIo::new(connect(host).await?)).await?;
    // Ends with the terminal.
    tokio::spawn(async move {
        if let Err(error) = connection.with_upgrades().await {
            tracing::debug!(%error, "The connection of a terminal broke");
        }
    });
    let request = Request::post(format!("/exec/{exec}/start"))
        .header(HOST, "docker")
        .header(CONTENT_TYPE, "application/json")
        .header(CONNECTION, "Upgrade")
        .header(UPGRADE, "tcp")
        .body(Full::new(Bytes::from_static(BODY.as_bytes())))?;
    let answer = sender.send_request(request).await?;
    let status = answer.status().as_u16();
    if status == SWITCHING_PROTOCOLS {
        return Ok(TokioIo::new(hyper::upgrade::on(answer).await?));
    }
    let body = answer.into_body().collect().await?.to_bytes();
    let message = match serde_json::from_slice::<Complaint>(&body) {
        Ok(complaint) => complaint.message,
        Err(_) => format!("Docker answered with {status}"),
    };
    Err(HijackError::Refused { status, message })
}

async fn connect(host: &str) -> Result<Box<dyn Connection>, HijackError> {
    if let Some(path) = host.strip_prefix("unix://") {
        return Ok(Box::new(UnixStream::connect(path).await?));
    }
    let address = ["tcp://", "http://"].iter().find_map(|scheme| host.strip_prefix(scheme));
    let address = address.ok_or_else(|| HijackError::Address(host.to_owned()))?;
    Ok(Box::new(TcpStream::connect(address.trim_end_matches('/')).await?))
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    /// An engine that reads one request, answers so, and then sends back what it is sent.
    async fn engine(answer: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = format!("tcp://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(BODY.as_bytes()) {
                stream.read_buf(&mut request).await.unwrap();
            }
            assert!(request.starts_with(b"POST /exec/e1/start HTTP/1.1\r\n"));
            stream.write_all(answer.as_bytes()).await.unwrap();
            let (mut reader, mut writer) = stream.split();
            tokio::io::copy(&mut reader, &mut writer).await.unwrap();
        });
        host
    }

    #[tokio::test]
    async fn bytes_that_look_like_frames_pass_as_they_are() {
        let host = engine("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n").await;
        let mut terminal = start_exec(&host, "e1").await.unwrap();
        let bytes = [0, 1, 2, 3, 0, 0, 0, 9, 255, b'\n'];
        terminal.write_all(&bytes).await.unwrap();
        let mut heard = [9; 10];
        terminal.read_exact(&mut heard).await.unwrap();
        assert_eq!(heard, bytes);
    }

    #[tokio::test]
    async fn a_refusal_is_told_in_docker_s_words() {
        let body = r#"{"message":"No such exec instance: e1"}"#;
        let answer = format!("HTTP/1.1 404 Not Found\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        let host = engine(answer.leak()).await;
        let refused = start_exec(&host, "e1").await.err().unwrap();
        assert!(matches!(&refused, HijackError::Refused { status: 404, .. }));
        assert_eq!(refused.to_string(), "No such exec instance: e1");
        assert!(matches!(start_exec("npipe://x", "e1").await, Err(HijackError::Address(_))));
    }
}
