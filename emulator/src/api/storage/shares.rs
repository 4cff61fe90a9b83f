//! `…/storageAccounts/{account}/fileServices/default/shares/{share}`

use std::sync::Arc;

use aci_model::ResourceId;
use aci_model::resource::Page;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::{Value, json};

use super::accounts::time;
use crate::api::tracked::ResourceCall;
use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::reject::JsonBody;
use crate::neighbours::storage::{AccountProperties, FileShare, StorageAccount, is_share_name};

const KIND: &str = "Microsoft.Storage/storageAccounts/fileServices/shares";

/// The body of a PUT or PATCH.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ShareBody {
    properties: ShareProperties,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ShareProperties {
    share_quota: Option<u32>,
    metadata: Option<IndexMap<String, String>>,
    access_tier: Option<String>,
    enabled_protocols: Option<String>,
}

/// The account of a call, whose service has the only name that one has.
fn account(app: &App, call: &ResourceCall) -> Result<Arc<StorageAccount>, ArmError> {
    let account = call.existing::<AccountProperties>(app)?;
    match call.id.path.get(1) {
        Some((_, service)) if !service.eq_ignore_ascii_case("default") => {
            Err(ArmError::storage_value("fileServiceName", service))
        }
        _ => Ok(account),
    }
}

fn body(share: &FileShare) -> Value {
    let FileShare { id, quota, metadata, access_tier, protocol, modified, etag } = share;
    let mut properties = json!({
        "accessTier": access_tier,
        "leaseStatus": "unlocked",
        "leaseState": "available",
        "lastModifiedTime": time(*modified),
        "shareQuota": quota,
        "enabledProtocols": protocol,
    });
    if let Some(metadata) = metadata {
        properties["metadata"] = json!(metadata);
    }
    json!({ "id": id, "name": id.name(), "type": KIND, "etag": etag, "properties": properties })
}

/// `GET …/shares`
pub async fn list(State(app): State<App>, call: ResourceCall) -> Result<Json<Page<Value>>, ArmError> {
    let account = account(&app, &call)?;
    let shares = app.neighbours.file_shares.below(&account.id.key());
    Ok(Json(Page::whole(shares.iter().map(|share| body(share)).collect())))
}

/// `GET`
pub async fn get(State(app): State<App>, call: ResourceCall) -> Result<Json<Value>, ArmError> {
    account(&app, &call)?;
    let share = app.neighbours.file_shares.get(&call.id.key()).ok_or_else(ArmError::share_not_found)?;
    Ok(Json(body(&share)))
}

/// `PUT`
pub async fn put(
    State(app): State<App>,
    call: ResourceCall,
    request: JsonBody<ShareBody>,
) -> Result<Response, ArmError> {
    let account = account(&app, &call)?;
    if !is_share_name(call.id.name()) {
        return Err(ArmError::share_name());
    }
    let (share, created) = app.neighbours.file_shares.change(&call.id.key(), |known| {
        let id = FileShare::id(&account.id, call.id.name());
        changed(&app, known.cloned().unwrap_or_else(|| new(id)), request.value.properties)
    })?;
    let status = if created { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(body(&share))).into_response())
}

/// `PATCH`
pub async fn patch(
    State(app): State<App>,
    call: ResourceCall,
    request: JsonBody<ShareBody>,
) -> Result<Json<Value>, ArmError> {
    account(&app, &call)?;
    let (share, _) = app.neighbours.file_shares.change(&call.id.key(), |known| {
        changed(&app, known.ok_or_else(ArmError::share_not_found)?.clone(), request.value.properties)
    })?;
    Ok(Json(body(&share)))
}

fn new(id: ResourceId) -> FileShare {
    FileShare {
        id,
        quota: FileShare::DEFAULT_QUOTA,
        metadata: None,
        access_tier: "TransactionOptimized".to_owned(),
        protocol: "SMB".to_owned(),
        modified: jiff::Timestamp::UNIX_EPOCH,
        etag: String::new(),
    }
}

/// A share with what was asked for; what was not keeps its value.
fn changed(app: &App, share: FileShare, asked: ShareProperties) -> Result<FileShare, ArmError> {
    let ShareProperties { share_quota, metadata, access_tier, enabled_protocols } = asked;
    let quota = share_quota.unwrap_or(share.quota);
    if !(1..=FileShare::LARGEST_QUOTA).contains(&quota) {
        return Err(ArmError::storage_value("shareQuota", &quota.to_string()));
    }
    let modified = app.clock.now();
    Ok(FileShare {
        id: share.id,
        quota,
        metadata: metadata.or(share.metadata),
        access_tier: access_tier.unwrap_or(share.access_tier),
        protocol: enabled_protocols.unwrap_or(share.protocol),
        modified,
        etag: FileShare::new_etag(modified),
    })
}

/// `DELETE`
pub async fn delete(State(app): State<App>, call: ResourceCall) -> Result<StatusCode, ArmError> {
    account(&app, &call)?;
    let removed = app.neighbours.file_shares.remove(&call.id.key())?;
    Ok(if removed.is_some() { StatusCode::OK } else { StatusCode::NO_CONTENT })
}

/// The file service of an account; it has no settings here.
fn service(account: &StorageAccount) -> Value {
    json!({
        "sku": { "name": account.properties.sku, "tier": account.properties.sku.split('_').next() },
        "properties": { "cors": { "corsRules": [] }, "shareDeleteRetentionPolicy": { "enabled": false } },
        "id": format!("{}/fileServices/default", account.id),
        "name": "default",
        "type": "Microsoft.Storage/storageAccounts/fileServices",
    })
}

/// `GET …/fileServices`
pub async fn list_services(
    State(app): State<App>,
    call: ResourceCall,
) -> Result<Json<Page<Value>>, ArmError> {
    let account = call.existing::<AccountProperties>(&app)?;
    Ok(Json(Page::whole(vec![service(&account)])))
}

/// `GET …/fileServices/default`
pub async fn get_service(State(app): State<App>, call: ResourceCall) -> Result<Json<Value>, ArmError> {
    Ok(Json(service(account(&app, &call)?.as_ref())))
}

/// `PUT …/fileServices/default`: accepted, as clients set retention before they make shares; nothing is retained.
pub async fn put_service(
    State(app): State<App>,
    call: ResourceCall,
    _: JsonBody<Value>,
) -> Result<Json<Value>, ArmError> {
    Ok(Json(service(account(&app, &call)?.as_ref())))
}
