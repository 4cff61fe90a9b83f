//! `POST …/storageAccounts/{account}/listKeys` and `…/regenerateKey`: the only places where keys are shown.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::accounts::time;
use crate::api::tracked::ResourceCall;
use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::reject::JsonBody;
use crate::neighbours::storage::{AccountKey, AccountProperties, KEY_NAMES, StorageAccount};

/// The body of `regenerateKey`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct KeyBody {
    key_name: String,
}

/// `POST …/listKeys`
pub async fn list(State(app): State<App>, call: ResourceCall) -> Result<Json<Value>, ArmError> {
    let account = call.existing::<AccountProperties>(&app)?;
    Ok(Json(keys(&account)))
}

/// `POST …/regenerateKey`
pub async fn regenerate(
    State(app): State<App>,
    call: ResourceCall,
    body: JsonBody<KeyBody>,
) -> Result<Json<Value>, ArmError> {
    let name = &body.value.key_name;
    let index = AccountProperties::key_index(name).ok_or_else(|| ArmError::storage_value("keyName", name))?;
    let (account, _) = app.neighbours.storage_accounts.change(&call.id.key(), |known| {
        let known = known.ok_or_else(|| ArmError::resource_not_found(&call.id))?;
        let mut account = StorageAccount { etag: app.ids.next(), ..known.clone() };
        if let Some(key) = account.properties.keys.get_mut(index) {
            *key = AccountKey::new(&app.ids, app.clock.now());
        }
        Ok::<_, ArmError>(account)
    })?;
    Ok(Json(keys(&account)))
}

fn keys(account: &StorageAccount) -> Value {
    let keys = KEY_NAMES.iter().zip(&account.properties.keys).map(|(name, key)| {
        json!({
            "creationTime": time(key.created),
            "keyName": name,
            "value": key.value.expose(),
            "permissions": "FULL",
        })
    });
    json!({ "keys": keys.collect::<Vec<_>>() })
}
