//! `GET …/ngroups/{ngroup}/skus`

use aci_model::ngroup::NGROUP_TYPE;
use aci_model::resource::Page;
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::api::tracked::ResourceCall;
use crate::app::App;
use crate::arm::error::ArmError;

/// The one SKU that there is (SPEC: "NGroups offer a single sku"); its name is ASSUMED.
const SKU: &str = "Standard";

/// Handles the operation.
pub async fn handle(State(app): State<App>, call: ResourceCall) -> Result<Json<Page<Value>>, ArmError> {
    let ngroup = super::existing(&app, &call.id)?;
    let capacity = ngroup.desired().to_string();
    Ok(Json(Page::whole(vec![json!({ "resourceType": NGROUP_TYPE, "sku": SKU, "skuCapacity": capacity })])))
}
