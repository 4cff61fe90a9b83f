//! `GET …/containerGroups/{group}`

use aci_model::group::ContainerGroup;
use axum::Json;
use axum::extract::State;

use super::GroupCall;
use crate::app::App;
use crate::arm::error::ArmError;
use crate::view::{self, Detail};

/// Handles the operation.
pub async fn handle(State(app): State<App>, call: GroupCall) -> Result<Json<ContainerGroup>, ArmError> {
    let group = call.existing(&app)?;
    Ok(Json(view::container_group(&group, call.version, Detail::Full)))
}
