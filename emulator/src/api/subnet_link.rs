//! `DELETE …/subnets/{subnet}/providers/Microsoft.ContainerInstance/serviceAssociationLinks/default`: what clients
//! do before they delete a subnet that container groups were in.

use aci_model::ResourceId;
use axum::extract::{Path, State};
use http::StatusCode;

use super::network::users;
use super::surface::Operation;
use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::resources::groups::GroupPath;
use crate::arm::version::RequestVersion;

/// Handles the operation. A link holds a subnet for as long as a container group is in it; so there is never one
/// to delete, and the answer is 204 or a refusal.
pub async fn handle(
    State(app): State<App>,
    path: GroupPath,
    Path((_, _, network, subnet)): Path<(String, String, String, String)>,
    version: RequestVersion,
) -> Result<StatusCode, ArmError> {
    Operation::DeleteLink.version_anywhere(&version)?;
    path.existing(&app)?;
    let subnet = ResourceId::subnet(&path.subscription, &path.name, &network, &subnet);
    match users::of_subnet(&app, &subnet).first() {
        Some(group) => Err(ArmError::link_in_use(&subnet, &group.id)),
        None => Ok(StatusCode::NO_CONTENT),
    }
}
