//! `GET /containerLogs/{namespace}/{pod}/{container}`: what `kubectl logs` shows.
//!
//! ARM gives the last lines of a container's latest attempt, all at once. What kubectl asks beyond that,
//! times, sizes and following, is made of it here: [`options`] reads the question, [`phase`] judges the
//! container, [`filter`] shapes lines, [`cursor`] tells new lines from known ones, [`follow`] asks again.

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use k8s_openapi::api::core::v1::Pod;
use kube::runtime::reflector::ObjectRef;
use thiserror::Error;

use super::KubeletState;
use super::target::has_container;
use crate::arm::ArmError;
use crate::naming;

mod cursor;
mod filter;
mod follow;
mod options;
mod phase;

use cursor::Cursor;
use filter::{LogFilter, tail};
use follow::{FOLLOW_LINES, Follower};
use options::{LogOptions, OptionsError};
use phase::Phase;

/// Why there is no log to show; the texts are the kubelet's where it has one.
#[derive(Debug, Error)]
pub(super) enum LogError {
    #[error(transparent)]
    Options(#[from] OptionsError),
    #[error("pod {0:?} does not exist")]
    NoPod(String),
    #[error("container {container:?} not found in pod {pod:?}")]
    NoContainer { pod: String, container: String },
    #[error(
        "previous terminated container {container:?} in pod {pod:?} not found: Azure Container Instances keeps \
         the log of the latest attempt only"
    )]
    Previous { pod: String, container: String },
    #[error("container {container:?} in pod {pod:?} is waiting to start: {reason}")]
    Waiting { pod: String, container: String, reason: String },
    #[error(transparent)]
    Arm(#[from] ArmError),
}

impl IntoResponse for LogError {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::NoPod(_) | Self::NoContainer { .. } => StatusCode::NOT_FOUND,
            Self::Options(_) | Self::Previous { .. } | Self::Waiting { .. } => StatusCode::BAD_REQUEST,
            Self::Arm(_) => StatusCode::BAD_GATEWAY,
        };
        (status, self.to_string()).into_response()
    }
}

/// Answers with the log, at once or as it grows.
pub(super) async fn container_logs(
    State(state): State<KubeletState>,
    Path((namespace, pod, container)): Path<(String, String, String)>,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, LogError> {
    let options = LogOptions::parse(&query, state.clock.now())?;
    let found = state.pods.get(&ObjectRef::new(&pod).within(&namespace));
    let found = found.ok_or_else(|| LogError::NoPod(pod.clone()))?;
    if !has_container(&found, &container) {
        return Err(LogError::NoContainer { pod, container });
    }
    if options.previous {
        return Err(LogError::Previous { pod, container });
    }
    let uid = found.metadata.uid.as_deref().unwrap_or_default();
    let group = naming::group_name(&namespace, &pod, uid);
    let phase = phase::of(state.arm.get(&group).await?.as_ref(), &container);
    if phase == Phase::Waiting {
        let reason = waiting_reason(&found, &container).unwrap_or("ContainerCreating").to_owned();
        return Err(LogError::Waiting { pod, container, reason });
    }
    let follows = options.follow && phase != Phase::Ended;
    let content = match first_lines(&options, follows) {
        Some(0) => String::new(),
        lines => follow::read(&state.arm, &group, &container, lines).await?,
    };
    let mut filter = LogFilter::new(&options);
    let start = filter.pass(options.tail.map_or(&*content, |lines| tail(&content, lines)));
    let body = match follows {
        false => Body::from(start),
        true => Follower::new(state, group, container, Cursor::at(content), filter).into_body(start),
    };
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], body).into_response())
}

/// How many lines to ask ARM for at first; `None` for all that there are.
///
/// A follower needs some to recognise later ones by, even where none are shown.
fn first_lines(options: &LogOptions, follows: bool) -> Option<u32> {
    let shown = u32::try_from(options.tail?).ok()?;
    Some(if follows { shown.max(FOLLOW_LINES) } else { shown })
}

/// Why a container waits, as its status says, with the kubelet's words for the two common reasons.
fn waiting_reason<'a>(pod: &'a Pod, container: &str) -> Option<&'a str> {
    let status = pod.status.as_ref()?;
    let containers = status.container_statuses.iter().flatten();
    let state = containers
        .chain(status.init_container_statuses.iter().flatten())
        .find(|status| status.name == container)?
        .state
        .as_ref()?;
    match state.waiting.as_ref()?.reason.as_deref()? {
        "ErrImagePull" => Some("image can't be pulled"),
        "ImagePullBackOff" => Some("trying and failing to pull image"),
        reason => Some(reason),
    }
}
