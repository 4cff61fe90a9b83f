//! `/attach/…`: what a container writes from now on, as `kubectl attach` asks for it.
//!
//! ACI's attach is the container's log: errors and output as one, and nobody can type.

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use futures::StreamExt as _;

use super::KubeletState;
use super::query::Query;
use super::remote::{self, Outcome, RemoteStreams, refusal};
use super::target::{ContainerPath, Target, UidContainerPath};
use crate::arm::streams::ByteStream;
use crate::profile::Act;

/// Why input is refused.
const NO_INPUT: &str = "Azure Container Instances cannot attach standard input to a running container; attach \
                        without -i, or run a command of its own with kubectl exec -i";

/// Serves `/attach/{namespace}/{pod}/{container}`.
pub(super) async fn attach(
    State(state): State<KubeletState>,
    Path(path): Path<ContainerPath>,
    request: Request,
) -> Response {
    serve(state, path.into(), request).await
}

/// Serves `/attach/{namespace}/{pod}/{uid}/{container}`.
pub(super) async fn attach_of_uid(
    State(state): State<KubeletState>,
    Path(path): Path<UidContainerPath>,
    request: Request,
) -> Response {
    serve(state, path, request).await
}

async fn serve(state: KubeletState, path: UidContainerPath, request: Request) -> Response {
    let query = Query::parse(request.uri().query().unwrap_or_default());
    let (wanted, target) = match remote::read(&query, &state, path) {
        Ok(read) => read,
        Err((status, text)) => return refusal(status, text),
    };
    if let Some(constraint) = state.node.profile.refuses(Act::Attach) {
        return remote::refused(constraint);
    }
    if wanted.stdin {
        return refusal(StatusCode::BAD_REQUEST, NO_INPUT);
    }
    let context = state.clone();
    remote::accept(request, wanted, state, |streams| show(context, target, streams)).await
}

async fn show(state: KubeletState, target: Target, mut streams: RemoteStreams) {
    let left = streams.ended();
    let showing = async {
        match state.streams.attach(&target.group, &target.container).await {
            Ok(log) => copy(log, &mut streams).await,
            Err(error) => Some(Outcome::Failure(error.to_string())),
        }
    };
    let outcome = tokio::select! {
        outcome = showing => outcome,
        () = left.cancelled() => None,
        () = state.shutdown.cancelled() => Some(Outcome::shutting_down()),
    };
    if let Some(outcome) = outcome {
        streams.finish(outcome).await;
    }
}

/// Shows a log until it ends; `None` when the user leaves before.
async fn copy(mut log: ByteStream, streams: &mut RemoteStreams) -> Option<Outcome> {
    while let Some(piece) = log.next().await {
        match piece {
            Ok(bytes) => {
                if let Some(stdout) = &mut streams.stdout
                    && !stdout.write(bytes).await
                {
                    return None;
                }
            }
            Err(error) => return Some(Outcome::Failure(error.to_string())),
        }
    }
    Some(Outcome::Success(None))
}
