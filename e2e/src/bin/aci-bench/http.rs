//! HTTP/1.1 reduced to what a load needs, so that the client costs less than what it measures.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::measure::now;

/// Connections that load the server at once: enough to keep one core busy on loopback.
const CONNECTIONS: usize = 8;

/// A connection that is kept open between requests.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// Connects.
    pub(crate) async fn open(address: &str) -> Result<Self> {
        let stream =
            TcpStream::connect(address).await.with_context(|| format!("nothing listens at {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(8192) })
    }

    /// Sends a request as it stands and returns status and body.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Result<(u16, Vec<u8>)> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                let head = std::str::from_utf8(&self.buffer[..end])?.to_ascii_lowercase();
                let status = head.get(9..12).context("no status")?.parse()?;
                let length: usize = head
                    .lines()
                    .find_map(|line| line.strip_prefix("content-length:"))
                    .map_or(Ok(0), |value| value.trim().parse())?;
                let whole = end + 4 + length;
                while self.buffer.len() < whole {
                    self.fill().await?;
                }
                return Ok((status, self.buffer[end + 4..whole].to_vec()));
            }
            self.fill().await?;
        }
    }

    async fn fill(&mut self) -> Result<()> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            bail!("the server closed the connection");
        }
        Ok(())
    }
}

/// Requests answered with success in one second of load on a few connections, all of them the same.
pub(crate) async fn rate(address: &str, request: &[u8], time: Duration) -> Result<f64> {
    let request = request.to_vec();
    load(address, time, move || request.clone()).await
}

/// Requests answered with success in one second of load on a few connections, each made for its turn.
pub(crate) async fn load(
    address: &str,
    time: Duration,
    next: impl Fn() -> Vec<u8> + Clone + Send + 'static,
) -> Result<f64> {
    let end = now() + time;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (address, next) = (address.to_owned(), next.clone());
        tasks.spawn(async move {
            let mut connection = Connection::open(&address).await?;
            let mut count = 0_u32;
            while now() < end {
                let (status, body) = connection.exchange(&next()).await?;
                if !(200..300).contains(&status) {
                    bail!("{status}: {}", String::from_utf8_lossy(&body));
                }
                count += 1;
            }
            Ok(count)
        });
    }
    let mut total = 0;
    while let Some(count) = tasks.join_next().await {
        total += count??;
    }
    Ok(f64::from(total) / time.as_secs_f64())
}

/// Serves the same bytes to every request: the most that this client and this machine can do.
pub(crate) async fn canned_server(body: Vec<u8>) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    let mut answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len()).into_bytes();
    answer.extend(body);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                let _ = stream.set_nodelay(true);
                let mut buffer = Vec::with_capacity(8192);
                while stream.read_buf(&mut buffer).await.is_ok_and(|read| read > 0) {
                    if find(&buffer, b"\r\n\r\n").is_some() {
                        buffer.clear();
                        if stream.write_all(&answer).await.is_err() {
                            return;
                        }
                    }
                }
            });
        }
    });
    Ok(address)
}

/// A request with a bearer token and, perhaps, a JSON body.
pub(crate) fn request(method: &str, path: &str, body: Option<&serde_json::Value>) -> Vec<u8> {
    let body = body.map(ToString::to_string).unwrap_or_default();
    format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer bench.bench.bench\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
