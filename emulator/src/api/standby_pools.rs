//! Operations on standby pools, a control-plane neighbour of container groups: Microsoft.StandbyPool.
//!
//! Source: the OpenAPI documents 2023-12-01-preview to 2025-10-01, read in the SDK of PyPI and in the type definitions of
//! Bicep. No traffic of theirs is on record.

use std::sync::Arc;

use aci_model::ResourceId;
use aci_model::resource::Page;
use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::Value;

pub mod body;
pub mod create_or_update;
pub mod delete;
pub mod runtime_views;

use super::tracked::{ListCall, ResourceCall};
use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::operation;
use crate::ngroups::record::NGroup;

/// The routes. Where operations are looked at is ASSUMED by analogy with container groups.
pub fn routes() -> Router<App> {
    const SUBSCRIPTION: &str = "/subscriptions/{subscription}/providers/Microsoft.StandbyPool";
    const SCOPE: &str =
        "/subscriptions/{subscription}/resourceGroups/{resource_group}/providers/Microsoft.StandbyPool";
    let pool = format!("{SCOPE}/standbyContainerGroupPools/{{pool}}");
    Router::new()
        .route(&format!("{SUBSCRIPTION}/standbyContainerGroupPools"), get(list))
        .route(
            &format!("{SUBSCRIPTION}/locations/{{location}}/operations/{{operation}}"),
            get(operation::get),
        )
        .route(&format!("{SCOPE}/standbyContainerGroupPools"), get(list))
        .route(
            &pool,
            get(show).put(create_or_update::put).patch(create_or_update::patch).delete(delete::handle),
        )
        .route(&format!("{pool}/runtimeViews"), get(runtime_views::list))
        .route(&format!("{pool}/runtimeViews/{{view}}"), get(runtime_views::get))
}

/// `GET …/standbyContainerGroupPools/{pool}`
async fn show(State(app): State<App>, call: ResourceCall) -> Result<Json<Value>, ArmError> {
    let pool = existing(&app, &call.id)?;
    Ok(Json(body::shown(&pool)))
}

/// `GET …/standbyContainerGroupPools` of a subscription or a resource group.
async fn list(State(app): State<App>, call: ListCall) -> Json<Page<Value>> {
    let pools = app.ngroups.pools_below(&call.scope);
    Json(Page::whole(pools.iter().map(|pool| body::shown(pool)).collect()))
}

fn existing(app: &App, id: &ResourceId) -> Result<Arc<NGroup>, ArmError> {
    app.ngroups.get(id).ok_or_else(|| ArmError::resource_not_found(id))
}
