//! The emulator's own endpoints: how it is, whom to trust, and a fresh start.

pub mod clock;
pub mod faults;
pub mod limits;
pub mod snapshots;

use aci_model::ApiVersion;
use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{StatusCode, Uri};
use serde::Serialize;

use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::query;
use crate::groups::GroupError;
use crate::runtime::{ImageConfig, RuntimeError};
use crate::server::Peer;

/// The health report.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Health {
    version: &'static str,
    runtime: RuntimeHealth,
    api_versions: Vec<&'static str>,
    container_groups: usize,
    resource_groups: usize,
}

/// The engine's part of it.
#[derive(Serialize)]
struct RuntimeHealth {
    name: &'static str,
    reachable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// `GET /_emulator/health`: 200 also where the engine does not answer, as the emulator itself does.
pub async fn health(State(app): State<App>) -> Response {
    let ping = app.runtime.ping().await;
    let runtime = RuntimeHealth {
        name: app.runtime.name(),
        reachable: ping.is_ok(),
        error: ping.err().map(|error| error.to_string()),
    };
    Json(Health {
        version: env!("CARGO_PKG_VERSION"),
        runtime,
        api_versions: ApiVersion::ALL.iter().map(|version| version.as_str()).collect(),
        container_groups: app.groups.count(),
        resource_groups: app.resource_groups.count(),
    })
    .into_response()
}

/// `GET /_emulator/ca.pem`
pub async fn ca_pem(State(app): State<App>) -> Response {
    ([(CONTENT_TYPE, "application/x-pem-file")], app.ca_pem.to_string()).into_response()
}

/// What an image says of the process that it starts.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Image {
    name: String,
    entrypoint: Vec<String>,
    cmd: Vec<String>,
    working_dir: String,
}

/// `GET /_emulator/images?name={image}`: an image of the engine; 404 where it has none of the name. No registry is asked.
pub async fn image(State(app): State<App>, uri: Uri) -> Result<Response, ArmError> {
    let name = query::value(uri.query(), "name").unwrap_or_default();
    let found = match app.runtime.image_config(&name).await {
        // No image has such a name.
        Err(RuntimeError::Image { .. }) => None,
        other => other.map_err(GroupError::from)?,
    };
    Ok(match found {
        Some(ImageConfig { entrypoint, cmd, working_dir }) => {
            Json(Image { name, entrypoint, cmd, working_dir }).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    })
}

/// `POST /_emulator/reset`: removes every container group, resource group and other resource; 204 when the engine holds
/// nothing of them any more.
pub async fn reset(State(app): State<App>) -> Result<StatusCode, ArmError> {
    app.deployments.clear()?;
    snapshots::contents(&app).clear().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A caller on the emulator's own machine, or in its process, or anybody where the policy is that open.
pub struct Local;

impl<S: Send + Sync> FromRequestParts<S> for Local {
    type Rejection = ArmError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ArmError> {
        match parts.extensions.get::<Peer>() {
            Some(Peer::Far) => Err(ArmError::not_from_here()),
            Some(Peer::Near) | None => Ok(Self),
        }
    }
}
