//! Two streams make a connection: one for data, one for errors, with the same request id.

use std::collections::HashMap;

use jiff::Timestamp;
use tracing::debug;

use super::super::connection::{CREATION_TIMEOUT, Output, STREAM_TYPE};
use super::super::spdy::session::{NewStream, SpdyStream};
use super::Wanted;
use super::ports::{PORT, port};
use crate::clock::{SharedClock, later, until};

/// The header that ties two streams together.
const REQUEST_ID: &str = "requestID";

/// What a stream of a pair is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Data,
    Error,
}

/// A stream that waits for its other.
struct Half {
    role: Role,
    stream: SpdyStream,
    expires_at: Timestamp,
}

/// The streams that wait for their other.
pub(super) struct Pairs {
    halves: HashMap<String, Half>,
    clock: SharedClock,
}

impl Pairs {
    pub(super) fn new(clock: SharedClock) -> Self {
        Self { halves: HashMap::new(), clock }
    }

    /// Takes a stream; the connection, when it completes one.
    pub(super) async fn add(&mut self, stream: NewStream) -> Option<Wanted> {
        let Some((role, number, id)) = read(&stream) else {
            stream.refuse().await;
            return None;
        };
        if self.halves.get(&id).is_some_and(|half| half.role == role) {
            debug!(id, ?role, "a stream of a forwarded connection came twice");
            stream.refuse().await;
            return None;
        }
        let stream = stream.accept().await;
        let Some(Half { stream: other, .. }) = self.halves.remove(&id) else {
            let expires_at = later(self.clock.now(), CREATION_TIMEOUT);
            self.halves.insert(id, Half { role, stream, expires_at });
            return None;
        };
        let (data, error) = match role {
            Role::Data => (stream, other),
            Role::Error => (other, stream),
        };
        let (output, error) = (Output::Spdy(data.output), Output::Spdy(error.output));
        Some(Wanted { port: number, input: data.input, output, error })
    }

    /// Waits for the first stream whose other does not come in time, tells its client, and forgets it.
    pub(super) async fn expire(&mut self) {
        let first = self.halves.iter().min_by_key(|(_, half)| half.expires_at);
        let Some((id, half)) = first else { return std::future::pending().await };
        let (id, wait) = (id.clone(), until(self.clock.now(), half.expires_at));
        self.clock.sleep(wait).await;
        let Some(Half { role, mut stream, .. }) = self.halves.remove(&id) else { return };
        if role == Role::Error {
            let text = format!("(request={id}) timed out waiting for streams");
            stream.output.write(text.into()).await;
        }
        stream.output.finish().await;
    }
}

/// What a stream's headers say: its role, the port, and the request that it belongs to.
fn read(stream: &NewStream) -> Option<(Role, u16, String)> {
    let headers = stream.headers();
    let role = match headers.get(STREAM_TYPE)?.to_ascii_lowercase().as_str() {
        "data" => Role::Data,
        "error" => Role::Error,
        _ => return None,
    };
    let number = port(headers.get(PORT)?).ok()?;
    let id = headers.get(REQUEST_ID).filter(|id| !id.is_empty()).map(str::to_owned);
    // Clients of before request ids make the error stream first and the data stream next to it.
    let first = match role {
        Role::Error => stream.id(),
        Role::Data => stream.id().saturating_sub(2),
    };
    Some((role, number, id.unwrap_or_else(|| format!("of stream {first}"))))
}
