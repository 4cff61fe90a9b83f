//! Who may ask the kubelet API for what.
//!
//! A client is known by its certificate, which the TLS handshake has verified, or by a bearer token, which the
//! API server knows ([`reviews`]). What it may do the API server decides too, as for any kubelet: everything is a
//! subresource of the node ([`attributes`]). Answers are kept for a while ([`cache`]).

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::connect_info::{ConnectInfo, Connected};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::serve::IncomingStream;
use ring::digest::{SHA256, digest};
use thiserror::Error;
use tracing::{debug, warn};

mod attributes;
mod cache;
mod reviews;
mod user;

use super::listener::TlsListener;
use crate::clock::SharedClock;
use attributes::Attributes;
use cache::Cache;

pub use reviews::{KubeReviews, ReviewError, Reviews};
pub use user::User;

/// How long the API server's answers hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReviewTtls {
    /// Whose a token is, or that it is nobody's (`--authentication-token-webhook-cache-ttl`).
    pub token: Duration,
    /// That something is allowed (`--authorization-webhook-cache-authorized-ttl`).
    pub allowed: Duration,
    /// That something is not (`--authorization-webhook-cache-unauthorized-ttl`).
    pub refused: Duration,
}

impl Default for ReviewTtls {
    /// Those of the kubelet and of the Go provider.
    fn default() -> Self {
        Self {
            token: Duration::from_secs(2 * 60),
            allowed: Duration::from_secs(5 * 60),
            refused: Duration::from_secs(30),
        }
    }
}

/// The other end of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its address.
    pub address: SocketAddr,
    /// Whom its certificate names, where it showed one; the handshake has verified it.
    pub user: Option<Arc<User>>,
}

/// What decides about requests.
pub enum Gate {
    /// Everybody is let in.
    Open,
    /// Holders of a verified certificate are.
    Certificates,
    /// Whom the API server knows is, to what it allows.
    Reviewed(Box<Reviewer>),
}

/// Asks the API server, and remembers its answers.
pub struct Reviewer {
    reviews: Box<dyn Reviews>,
    node: String,
    ttls: ReviewTtls,
    clock: SharedClock,
    tokens: Cache<[u8; 32], Option<Arc<User>>>,
    decisions: Cache<(Arc<User>, Attributes), bool>,
}

/// Why a request is not served; the texts are the kubelet's.
#[derive(Debug, Error)]
enum Refusal {
    #[error("Unauthorized")]
    Unauthorized,
    #[error(
        "Forbidden (user={user}, verb={verb}, resource=nodes, subresource(s)=[{}])\n",
        subresources.join(" ")
    )]
    Forbidden { user: String, verb: &'static str, subresources: Vec<&'static str> },
    #[error("Authorization error (user={user}, verb={verb}, resource=nodes, subresource={subresource})")]
    Unknown { user: String, verb: &'static str, subresource: &'static str },
}

impl Connected<IncomingStream<'_, TlsListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, TlsListener>) -> Self {
        stream.remote_addr().clone()
    }
}

/// Serves a request, or says why not.
pub(super) async fn admit(
    State(gate): State<Arc<Gate>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: Request,
    next: Next,
) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    match gate.judge(&peer, &method, &path, request.headers()).await {
        Ok(user) => {
            let user = user.as_ref().map(|user| user.name.as_str());
            debug!(peer = %peer.address, user, %method, path, "kubelet API");
            next.run(request).await
        }
        Err(refusal) => {
            debug!(peer = %peer.address, %method, path, %refusal, "a request was refused");
            refusal.into_response()
        }
    }
}

impl Gate {
    /// A gate that asks the API server.
    pub fn reviewed(
        reviews: impl Reviews,
        node: impl Into<String>,
        ttls: ReviewTtls,
        clock: SharedClock,
    ) -> Self {
        Self::Reviewed(Box::new(Reviewer {
            reviews: Box::new(reviews),
            node: node.into(),
            ttls,
            clock,
            tokens: Cache::default(),
            decisions: Cache::default(),
        }))
    }

    /// Who is let in, where that is known.
    async fn judge(
        &self,
        peer: &Peer,
        method: &Method,
        path: &str,
        headers: &HeaderMap,
    ) -> Result<Option<Arc<User>>, Refusal> {
        match self {
            Self::Open => Ok(peer.user.clone()),
            Self::Certificates => peer.user.clone().map(Some).ok_or(Refusal::Unauthorized),
            Self::Reviewed(reviewer) => {
                let user = match (&peer.user, bearer(headers)) {
                    (Some(user), _) => Arc::clone(user),
                    (None, Some(token)) => reviewer.owner(token).await.ok_or(Refusal::Unauthorized)?,
                    (None, None) => return Err(Refusal::Unauthorized),
                };
                reviewer.allow(&user, method, path).await?;
                Ok(Some(user))
            }
        }
    }
}

impl Reviewer {
    /// Whose a token is.
    async fn owner(&self, token: &str) -> Option<Arc<User>> {
        let mut key = [0; 32];
        key.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
        if let Some(known) = self.tokens.get(&key, self.clock.now()) {
            return known;
        }
        match self.reviews.owner(token).await {
            Ok(user) => {
                let user = user.map(Arc::new);
                self.tokens.put(key, user.clone(), self.ttls.token, self.clock.now());
                user
            }
            Err(error) => {
                warn!(%error, "a token cannot be reviewed; allow the provider to create tokenreviews");
                None
            }
        }
    }

    /// Whether a user may do what a request does: one of its subresources is enough.
    async fn allow(&self, user: &Arc<User>, method: &Method, path: &str) -> Result<(), Refusal> {
        let (verb, subresources) = (attributes::verb(method), attributes::subresources(path));
        for subresource in &subresources {
            let attributes = Attributes { node: self.node.clone(), verb, subresource };
            match self.decide(user, attributes).await {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                Err(error) => {
                    warn!(%error, "access cannot be reviewed; allow the provider to create subjectaccessreviews");
                    return Err(Refusal::Unknown { user: user.name.clone(), verb, subresource });
                }
            }
        }
        Err(Refusal::Forbidden { user: user.name.clone(), verb, subresources })
    }

    async fn decide(&self, user: &Arc<User>, attributes: Attributes) -> Result<bool, ReviewError> {
        let key = (Arc::clone(user), attributes);
        if let Some(known) = self.decisions.get(&key, self.clock.now()) {
            return Ok(known);
        }
        let is_allowed = self.reviews.allows(user, &key.1).await?;
        let ttl = if is_allowed { self.ttls.allowed } else { self.ttls.refused };
        self.decisions.put(key, is_allowed, ttl, self.clock.now());
        Ok(is_allowed)
    }
}

pub use attributes::Attributes as AccessAttributes;

/// The bearer token of a request.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = match self {
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden { .. } => StatusCode::FORBIDDEN,
            Self::Unknown { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        };
        (status, self.to_string()).into_response()
    }
}
