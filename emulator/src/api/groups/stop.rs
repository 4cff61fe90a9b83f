//! `POST …/containerGroups/{group}/stop`: 204 without an operation, also for a stopped group (recorded).

use axum::extract::State;
use http::StatusCode;

use super::GroupCall;
use crate::api::surface::Operation;
use crate::app::App;
use crate::arm::error::ArmError;

/// Handles the operation.
pub async fn handle(State(app): State<App>, call: GroupCall) -> Result<StatusCode, ArmError> {
    call.check(Operation::Stop)?;
    call.existing(&app)?;
    app.groups.stop(&call.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
