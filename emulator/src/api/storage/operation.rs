//! `GET …/locations/{location}/asyncoperations/{operation}`: what the `Location` of a new account leads to.

use axum::Json;
use axum::extract::{Path, State};
use serde_json::Value;

use crate::api::tracked::Shown as _;
use crate::app::App;
use crate::arm::error::ArmError;
use crate::neighbours::storage::AccountProperties;

/// Handles the operation: the account, as soon as it is there (recorded).
pub async fn get(
    State(app): State<App>,
    Path((subscription, _location, id)): Path<(String, String, String)>,
) -> Result<Json<Value>, ArmError> {
    let account = id.parse().ok().and_then(|id| app.neighbours.operations.get(id));
    let account = account.filter(|account| account.subscription.eq_ignore_ascii_case(&subscription));
    let account = account.ok_or_else(|| ArmError::operation_not_found(&id))?;
    let known = app.neighbours.storage_accounts.get(&account.key());
    let known = known.ok_or_else(|| ArmError::resource_not_found(&account))?;
    Ok(Json(AccountProperties::body(&known, &app)))
}
