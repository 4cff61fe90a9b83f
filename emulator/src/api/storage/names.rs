//! `POST …/checkNameAvailability`

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::api::tracked::ListCall;
use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::reject::JsonBody;
use crate::neighbours::storage::{StorageAccount, is_account_name};

/// The body.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct NameBody {
    name: String,
}

/// Handles the operation.
pub async fn check(
    State(app): State<App>,
    _: ListCall,
    body: JsonBody<NameBody>,
) -> Result<Json<Value>, ArmError> {
    let name = &body.value.name;
    let refusal = match is_account_name(name) {
        false => Some(("AccountNameInvalid", ArmError::storage_account_name(name))),
        true if owner(&app, name).is_some() => Some(("AlreadyExists", ArmError::storage_account_taken(name))),
        true => None,
    };
    Ok(Json(match refusal {
        Some((reason, error)) => {
            json!({ "nameAvailable": false, "reason": reason, "message": error.message() })
        }
        None => json!({ "nameAvailable": true }),
    }))
}

/// The account with a name, in whatever subscription: names are part of host names.
pub(super) fn owner(app: &App, name: &str) -> Option<std::sync::Arc<StorageAccount>> {
    let accounts = app.neighbours.storage_accounts.all();
    accounts.into_iter().find(|account| account.id.name().eq_ignore_ascii_case(name))
}
