//! `GET …/containerGroups/{group}/outboundNetworkDependenciesEndpoints`

use axum::Json;
use axum::extract::State;

use super::GroupCall;
use crate::api::surface::Operation;
use crate::app::App;
use crate::arm::error::ArmError;

/// Handles the operation: the service declares a list of endpoints and has none to name (recorded: always `[]`).
pub async fn handle(State(app): State<App>, call: GroupCall) -> Result<Json<Vec<String>>, ArmError> {
    call.check(Operation::OutboundNetworkDependencies)?;
    call.existing(&app)?;
    Ok(Json(Vec::new()))
}
