//! Where the caller found us, for the URLs in our answers: its own scheme and host, so that a client that
//! reached us through a port mapping or a redirected host name finds us again.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::header::HOST;
use http::request::Parts;

/// Whether a connection is encrypted; the server tells by an extension on each request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Plain HTTP, also where nobody told.
    Http,
    /// TLS.
    Https,
}

/// Scheme and host of a request: `https://localhost:4580`. `X-Forwarded-*` is not believed: anybody can send
/// it, and the URL would lead the caller's token elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(pub String);

impl Origin {
    /// The origin of a request.
    pub fn of(parts: &Parts) -> Self {
        let scheme = match parts.extensions.get::<Scheme>() {
            Some(Scheme::Https) => "https",
            Some(Scheme::Http) | None => "http",
        };
        let header = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
        // HTTP/2 has the authority in the URI and no Host header.
        let host = header.or_else(|| parts.uri.authority().map(http::uri::Authority::as_str));
        Self(format!("{scheme}://{}", host.unwrap_or("localhost")))
    }

    /// The same place for websockets: `wss://localhost:4580`.
    pub fn websocket(&self) -> String {
        self.0.replacen("http", "ws", 1)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Origin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts))
    }
}
