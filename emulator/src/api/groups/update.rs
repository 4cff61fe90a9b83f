//! `PATCH …/containerGroups/{group}`: tags, which replace the ones before (recorded).

use aci_model::group::ContainerGroup;
use axum::Json;
use axum::extract::State;
use indexmap::IndexMap;
use serde::Deserialize;

use super::GroupCall;
use crate::api::surface::Operation;
use crate::app::App;
use crate::arm::auth::Caller;
use crate::arm::error::ArmError;
use crate::arm::reject::JsonBody;
use crate::view::{self, Detail};

/// The body: of ARM's `Resource` only the tags can change.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Patch {
    tags: Option<IndexMap<String, String>>,
}

/// Handles the operation.
pub async fn handle(
    State(app): State<App>,
    call: GroupCall,
    caller: Caller,
    body: JsonBody<Patch>,
) -> Result<Json<ContainerGroup>, ArmError> {
    call.check(Operation::Update)?;
    let known = call.existing(&app)?;
    let group = match body.value.tags {
        Some(tags) => app.groups.set_tags(&call.id, tags, Some(caller.stamp(app.clock.now()))).await?,
        None => known,
    };
    Ok(Json(view::container_group(&group, call.version, Detail::Full)))
}
