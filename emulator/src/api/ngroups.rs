//! Operations on NGroups.

use std::sync::Arc;

use aci_model::ngroup::NGroup as Body;
use aci_model::resource::Page;
use aci_model::{ApiVersion, ResourceId};
use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};

pub mod actions;
pub mod create_or_update;
pub mod request;
pub mod skus;

use super::tracked::{ListCall, ResourceCall};
use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::version::RequestVersion;
use crate::ngroups::record::NGroup;
use crate::view;

/// The routes.
pub fn routes() -> Router<App> {
    const SUBSCRIPTION: &str = "/subscriptions/{subscription}/providers/Microsoft.ContainerInstance";
    const SCOPE: &str =
        "/subscriptions/{subscription}/resourceGroups/{resource_group}/providers/Microsoft.ContainerInstance";
    let ngroup = format!("{SCOPE}/ngroups/{{ngroup}}");
    Router::new()
        .route(&format!("{SUBSCRIPTION}/ngroups"), get(list))
        .route(&format!("{SCOPE}/ngroups"), get(list))
        .route(
            &ngroup,
            get(show).put(create_or_update::put).patch(create_or_update::patch).delete(actions::delete),
        )
        .route(&format!("{ngroup}/start"), post(actions::start))
        .route(&format!("{ngroup}/stop"), post(actions::stop))
        .route(&format!("{ngroup}/restart"), post(actions::restart))
        .route(&format!("{ngroup}/skus"), get(skus::handle))
}

/// `GET …/ngroups/{ngroup}`
async fn show(State(app): State<App>, call: ResourceCall) -> Result<Json<Body>, ArmError> {
    let ngroup = existing(&app, &call.id)?;
    Ok(Json(view::ngroup::ngroup(&ngroup, version(&call)?)))
}

/// `GET …/ngroups` of a subscription or a resource group.
async fn list(
    State(app): State<App>,
    call: ListCall,
    asked: RequestVersion,
) -> Result<Json<Page<Body>>, ArmError> {
    let version = asked.0.parse().map_err(|_| ArmError::invalid_resource_type("ngroups", &asked.0))?;
    let all = app.ngroups.below(&call.scope);
    Ok(Json(Page::whole(all.iter().map(|ngroup| view::ngroup::ngroup(ngroup, version)).collect())))
}

fn existing(app: &App, id: &ResourceId) -> Result<Arc<NGroup>, ArmError> {
    app.ngroups.get(id).ok_or_else(|| ArmError::resource_not_found(id))
}

/// The version of a call, which the type's list has let through.
fn version(call: &ResourceCall) -> Result<ApiVersion, ArmError> {
    call.version.parse().map_err(|_| ArmError::invalid_resource_type("ngroups", &call.version))
}
