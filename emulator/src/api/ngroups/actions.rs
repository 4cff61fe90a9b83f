//! `DELETE …/ngroups/{ngroup}`, `POST …/start`, `…/stop` and `…/restart`

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use uuid::Uuid;

use crate::api::tracked::ResourceCall;
use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::operation;
use crate::arm::origin::Origin;
use crate::ngroups::record::NGroup;

/// Deletes NGroups and its members: 202 with an operation, 204 where there is none (SPEC).
pub async fn delete(
    State(app): State<App>,
    call: ResourceCall,
    origin: Origin,
) -> Result<Response, ArmError> {
    Ok(match app.ngroups.delete(&call.id).await? {
        Some((ngroup, id)) => accepted(&origin, &ngroup, id),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

/// Starts all members: 202 with an operation (SPEC).
pub async fn start(State(app): State<App>, call: ResourceCall, origin: Origin) -> Result<Response, ArmError> {
    let ngroup = super::existing(&app, &call.id)?;
    let begun = app.ngroups.start(&call.id).await?;
    let id = begun.ok_or_else(|| ArmError::resource_not_found(&call.id))?;
    Ok(accepted(&origin, &ngroup, id))
}

/// Restarts all members: 202 with an operation (SPEC).
pub async fn restart(
    State(app): State<App>,
    call: ResourceCall,
    origin: Origin,
) -> Result<Response, ArmError> {
    let ngroup = super::existing(&app, &call.id)?;
    let begun = app.ngroups.restart(&call.id).await?;
    let id = begun.ok_or_else(|| ArmError::resource_not_found(&call.id))?;
    Ok(accepted(&origin, &ngroup, id))
}

/// Stops all members: 204 (SPEC).
pub async fn stop(State(app): State<App>, call: ResourceCall) -> Result<StatusCode, ArmError> {
    if app.ngroups.stop(&call.id).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(ArmError::resource_not_found(&call.id))
}

fn accepted(origin: &Origin, ngroup: &NGroup, id: Uuid) -> Response {
    (StatusCode::ACCEPTED, operation::headers(origin, &ngroup.id, &ngroup.spec.location, id)).into_response()
}
