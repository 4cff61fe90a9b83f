//! What exec and attach have in common: a request that becomes streams, whatever carries them, and an outcome.
//!
//! kubectl and API servers speak SPDY or websockets; behind [`accept`] nobody needs to know which.

use axum::extract::{FromRequestParts as _, Request, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tracing::debug;

pub(super) mod options;
mod outcome;
mod size;
mod streams;

use super::KubeletState;
use super::channel::{self, Version};
use super::connection::{Connection, Output, UpgradeError, spdy_upgrade, websocket_subprotocol};

use super::query::Query;
use super::target::{Target, UidContainerPath};
use crate::profile::ProfileConstraint;

pub(super) use options::Wanted;
pub(super) use outcome::Outcome;
pub(super) use size::Size;

/// The streams of one exec or attach.
pub(super) struct RemoteStreams {
    /// What the user types; ends where the user ends it, or leaves.
    pub stdin: Option<mpsc::Receiver<Bytes>>,
    /// What the program writes.
    pub stdout: Option<Output>,
    /// What it complains about.
    pub stderr: Option<Output>,
    /// The newest size of the user's terminal, where there is one; closed when there will be no other.
    pub size: Option<watch::Receiver<Option<Size>>>,
    error: Output,
    version: Version,
    connection: Connection,
}

impl RemoteStreams {
    /// Cancelled when the user has left.
    pub(super) fn ended(&self) -> CancellationToken {
        self.connection.ended()
    }

    /// Tells the user how it ended, and ends the connection.
    pub(super) async fn finish(self, outcome: Outcome) {
        let Self { stdin, stdout, stderr, size, mut error, version, connection } = self;
        drop((stdin, size));
        if let Some(text) = outcome.text(version) {
            error.write(text.into()).await;
        }
        for mut output in stdout.into_iter().chain(stderr).chain([error]) {
            output.finish().await;
        }
        connection.close().await;
    }
}

/// What a request wants and of which container, or why it can have neither.
pub(super) fn read(
    query: &Query,
    state: &KubeletState,
    path: UidContainerPath,
) -> Result<(Wanted, Target), (StatusCode, String)> {
    let wanted = Wanted::parse(query).map_err(|error| (StatusCode::BAD_REQUEST, error.to_string()))?;
    let target = Target::container(&state.pods, path);
    Ok((wanted, target.map_err(|error| (StatusCode::NOT_FOUND, error.to_string()))?))
}

/// Answers a request with streams and has them served; requests that cannot be upgraded are told why.
pub(super) async fn accept<F>(
    request: Request,
    wanted: Wanted,
    state: KubeletState,
    serve: impl FnOnce(RemoteStreams) -> F + Send + 'static,
) -> Response
where
    F: Future<Output = ()> + Send + 'static,
{
    let upgraded = if is_websocket(request.headers()) {
        over_websocket(request, wanted, state, serve).await
    } else {
        over_spdy(request, wanted, state, serve)
    };
    upgraded.unwrap_or_else(|error| {
        debug!(%error, "a request for streams was refused");
        error.into_response()
    })
}

/// Whether a client asks for a websocket, as apimachinery's `IsWebSocketRequest` tells.
pub(super) fn is_websocket(headers: &HeaderMap) -> bool {
    let upgrade = headers.get(axum::http::header::UPGRADE);
    upgrade.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

async fn over_websocket<F>(
    request: Request,
    wanted: Wanted,
    state: KubeletState,
    serve: impl FnOnce(RemoteStreams) -> F + Send + 'static,
) -> Result<Response, UpgradeError>
where
    F: Future<Output = ()> + Send + 'static,
{
    let subprotocol = websocket_subprotocol(request.headers(), &channel::REMOTE_COMMAND)?;
    let (mut parts, _) = request.into_parts();
    let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &()).await.map_err(UpgradeError::from)?;
    let tracked = state.sessions.token();
    Ok(upgrade.protocols([subprotocol.name]).on_upgrade(async move |socket| {
        serve(streams::of_websocket(socket, subprotocol, wanted, &state).await).await;
        drop(tracked);
    }))
}

fn over_spdy<F>(
    request: Request,
    wanted: Wanted,
    state: KubeletState,
    serve: impl FnOnce(RemoteStreams) -> F + Send + 'static,
) -> Result<Response, UpgradeError>
where
    F: Future<Output = ()> + Send + 'static,
{
    /// The protocols of exec and attach over SPDY.
    const PROTOCOLS: [(&str, Version); 5] = [
        ("v5.channel.k8s.io", Version::V5),
        ("v4.channel.k8s.io", Version::V4),
        ("v3.channel.k8s.io", Version::V3),
        ("v2.channel.k8s.io", Version::V2),
        ("channel.k8s.io", Version::V1),
    ];
    let sessions = state.sessions.clone();
    let (response, protocol, upgraded) = spdy_upgrade(request, &PROTOCOLS.map(|(name, _)| name))?;
    let version = PROTOCOLS.iter().find(|(name, _)| Some(*name) == protocol);
    let version = version.map_or(Version::V1, |(_, version)| *version);
    sessions.spawn(async move {
        let session = match upgraded.start(&state).await {
            Some(session) => session,
            None => return,
        };
        if let Some(streams) = streams::of_spdy(session, version, wanted, &state).await {
            serve(streams).await;
        }
    });
    Ok(response)
}

/// The refusal of what the node's profile does not let through: the request was understood, and nothing is wrong
/// with it.
pub(super) fn refused(constraint: &ProfileConstraint) -> Response {
    let ProfileConstraint { words, way_out, .. } = constraint;
    refusal(StatusCode::NOT_IMPLEMENTED, format!("{words}; {way_out}"))
}

/// A refusal before anything was upgraded, in plain text as kubelets write it.
pub(super) fn refusal(status: StatusCode, text: impl Into<String>) -> Response {
    (status, text.into()).into_response()
}
