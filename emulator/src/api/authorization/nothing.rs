//! Lists of what is never there: locks, policy assignments, diagnostic settings. Clients look before they delete or
//! describe a resource, and an empty list is the truth.

use aci_model::resource::Page;
use axum::Json;
use serde_json::Value;

use super::extension::ExtensionCall;
use crate::arm::error::ArmError;

/// Handles the operations.
pub async fn list(_: ExtensionCall) -> Result<Json<Page<Value>>, ArmError> {
    Ok(Json(Page::whole(Vec::new())))
}
