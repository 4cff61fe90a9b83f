//! `DELETE …/containerGroups/{group}`: 200 with the last body, or 204 (recorded; the specification's 202 was
//! never seen).

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::{GroupCall, count};
use crate::app::App;
use crate::arm::error::ArmError;
use crate::limits::window::Counted;
use crate::view::{self, Detail};

/// Handles the operation.
pub async fn handle(State(app): State<App>, call: GroupCall) -> Result<Response, ArmError> {
    let limits = app.limits.now();
    if limits.enforce.rates && app.groups.get(&call.id).is_some() {
        let place = (call.id.subscription.as_str(), call.location.as_str());
        count(&app, Counted::ContainerGroupDeletion, place, &limits.rates.deletions)?;
    }
    Ok(match app.groups.delete(&call.id).await? {
        Some(group) => Json(view::container_group(&group, call.version, Detail::Full)).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}
