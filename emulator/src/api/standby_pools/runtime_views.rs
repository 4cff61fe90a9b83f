//! `GET …/standbyContainerGroupPools/{pool}/runtimeViews` and `…/runtimeViews/latest`: how many groups are in which state.

use aci_model::ResourceId;
use aci_model::resource::Page;
use axum::Json;
use axum::extract::State;
use serde_json::{Map, Value, json};

use crate::api::tracked::ResourceCall;
use crate::app::App;
use crate::arm::error::ArmError;
use crate::ngroups::pool::Counts;
use crate::ngroups::record::NGroup;

/// The one view that there is (SPEC).
const LATEST: &str = "latest";

/// The first version that tells a pool's health (SPEC).
const FIRST_WITH_STATUS: &str = "2025-03-01";

/// Handles the one view.
pub async fn get(State(app): State<App>, call: ResourceCall) -> Result<Json<Value>, ArmError> {
    let pool = super::existing(&app, &call.parent())?;
    if !call.id.name().eq_ignore_ascii_case(LATEST) {
        return Err(ArmError::resource_not_found(&call.id));
    }
    Ok(Json(shown(&app, &pool, &call.version)))
}

/// Handles the list of the one view.
pub async fn list(State(app): State<App>, call: ResourceCall) -> Result<Json<Page<Value>>, ArmError> {
    let pool = super::existing(&app, &call.id)?;
    Ok(Json(Page::whole(vec![shown(&app, &pool, &call.version)])))
}

/// In the order of the specification's example; states are spelled as `az standby-container-group-pool status` prints
/// them (DOC: "Get standby pools for Azure Container instances details").
fn shown(app: &App, pool: &NGroup, version: &str) -> Value {
    let counts = app.ngroups.pool_counts(pool);
    let summary: Vec<_> = counts.iter().map(|(zone, counts)| summary(zone.as_deref(), *counts)).collect();
    let mut properties = Map::new();
    properties.insert("instanceCountSummary".to_owned(), json!(summary));
    properties.insert("provisioningState".to_owned(), json!(pool.pool_state().as_str()));
    if version >= FIRST_WITH_STATUS {
        let status = match pool.is_degraded() {
            true => json!({ "code": "HealthState/degraded", "message": "The pool is degraded." }),
            false => json!({ "code": "HealthState/healthy", "message": "The pool is healthy." }),
        };
        properties.insert("status".to_owned(), status);
    }
    let mut id: ResourceId = pool.id.clone();
    id.path.push(("runtimeViews".to_owned(), LATEST.to_owned()));
    let kind = "Microsoft.StandbyPool/standbyContainerGroupPools/runtimeViews";
    json!({ "properties": properties, "id": id, "name": LATEST, "type": kind })
}

fn summary(zone: Option<&str>, counts: Counts) -> Value {
    let Counts { creating, running, deleting } = counts;
    let states = [("Creating", creating), ("Running", running), ("Deleting", deleting)];
    let states: Vec<_> =
        states.into_iter().map(|(state, count)| json!({ "state": state, "count": count })).collect();
    let mut summary = Map::new();
    summary
        .extend(zone.and_then(|zone| zone.parse::<i64>().ok()).map(|zone| ("zone".to_owned(), json!(zone))));
    summary.insert("instanceCountsByState".to_owned(), json!(states));
    Value::Object(summary)
}
