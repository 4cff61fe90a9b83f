//! `/_emulator/snapshots`: states to come back to.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde_json::json;

use crate::app::App;
use crate::arm::error::ArmError;
use crate::snapshots::{Contents, SnapshotError, Summary};

/// What an emulator's snapshots hold.
pub(super) fn contents(app: &App) -> Contents<'_> {
    Contents {
        groups: &app.groups,
        ngroups: &app.ngroups,
        resource_groups: &app.resource_groups,
        neighbours: &app.neighbours,
    }
}

/// `GET /_emulator/snapshots`
pub async fn list(State(app): State<App>) -> Result<Response, ArmError> {
    Ok(Json(json!({ "value": app.snapshots.list()? })).into_response())
}

/// `PUT /_emulator/snapshots/{name}`: takes one.
pub async fn take(State(app): State<App>, Path(name): Path<String>) -> Result<Response, ArmError> {
    let taken = app.snapshots.take(&name, &contents(&app), app.clock.now())?;
    Ok((StatusCode::CREATED, Json(taken)).into_response())
}

/// `POST /_emulator/snapshots/{name}/restore`
pub async fn restore(State(app): State<App>, Path(name): Path<String>) -> Result<Json<Summary>, ArmError> {
    Ok(Json(app.snapshots.restore(&name, &contents(&app)).await?))
}

/// `DELETE /_emulator/snapshots/{name}`
pub async fn remove(State(app): State<App>, Path(name): Path<String>) -> Result<StatusCode, ArmError> {
    match app.snapshots.remove(&name)? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(SnapshotError::NotFound(name).into()),
    }
}

impl From<SnapshotError> for ArmError {
    fn from(error: SnapshotError) -> Self {
        match error {
            SnapshotError::NotFound(name) => Self::snapshot_not_found(&name),
            SnapshotError::Store(error) => error.into(),
            SnapshotError::Group(error) => (*error).into(),
        }
    }
}
