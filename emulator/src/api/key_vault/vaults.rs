//! `…/vaults/{vault}`

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::api::tracked::{Body, ResourceCall, Shown, checked_location, without_read_only};
use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::reject::JsonBody;
use crate::collection::Collection;
use crate::directory::TENANT_ID;
use crate::neighbours::tracked::Kind as _;
use crate::neighbours::vault::{AccessPolicy, Vault, VaultProperties, is_vault_name};
use crate::regions;

/// What the service writes; a client may send it back.
const READ_ONLY: &[&str] =
    &["vaultUri", "provisioningState", "hsmPoolResourceId", "privateEndpointConnections"];

impl Shown for VaultProperties {
    fn collection(app: &App) -> &Collection<Vault> {
        &app.neighbours.vaults
    }

    /// In the order of the service's published examples.
    fn body(vault: &Vault, _: &App) -> Value {
        let VaultProperties { access_policies, enable_rbac_authorization, others } = &vault.properties;
        let mut properties = Map::new();
        properties.insert("sku".to_owned(), json!({ "family": "A", "name": "standard" }));
        properties.insert("tenantId".to_owned(), json!(TENANT_ID));
        properties.insert("accessPolicies".to_owned(), json!(access_policies));
        properties.extend(others.clone());
        properties
            .insert("enableRbacAuthorization".to_owned(), json!(enable_rbac_authorization == &Some(true)));
        properties.insert("vaultUri".to_owned(), json!(uri(vault.id.name())));
        properties.insert("provisioningState".to_owned(), json!("Succeeded"));
        json!({
            "id": vault.id,
            "name": vault.id.name(),
            "type": Self::TYPE,
            "location": regions::normalise(&vault.location),
            "tags": vault.tags.clone().unwrap_or_default(),
            "properties": properties,
        })
    }
}

/// Where a vault's contents are, in Azure's public cloud.
pub(super) fn uri(name: &str) -> String {
    format!("https://{}.vault.azure.net/", name.to_ascii_lowercase())
}

/// `PUT`: 200 also for a new one (SPEC).
pub async fn put(
    State(app): State<App>,
    call: ResourceCall,
    body: JsonBody<Body<VaultProperties>>,
) -> Result<Json<Value>, ArmError> {
    let Body { location, tags, mut properties, others: _ } = body.value;
    let name = call.id.name();
    if !is_vault_name(name) {
        return Err(ArmError::vault_name(name));
    }
    if app.neighbours.vault_named(name).is_some_and(|vault| vault.id.key() != call.id.key()) {
        return Err(ArmError::vault_taken(name));
    }
    without_read_only(&mut properties.others, READ_ONLY);
    let (vault, _) = app.neighbours.vaults.change(&call.id.key(), |known| {
        let location = checked_location(location, &call.id, known)?;
        let id = call.id_of(known);
        Ok::<_, ArmError>(Vault { id, location, tags, etag: app.ids.next(), properties, authorship: None })
    })?;
    Ok(Json(VaultProperties::body(&vault, &app)))
}

/// The properties of a PATCH.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Patch {
    access_policies: Option<Vec<AccessPolicy>>,
    enable_rbac_authorization: Option<bool>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

/// `PATCH`: what is named changes.
pub async fn patch(
    State(app): State<App>,
    call: ResourceCall,
    body: JsonBody<Body<Patch>>,
) -> Result<Json<Value>, ArmError> {
    let Body { location: _, tags, properties: mut given, others: _ } = body.value;
    without_read_only(&mut given.others, READ_ONLY);
    let (vault, _) = app.neighbours.vaults.change(&call.id.key(), |known| {
        let known = known.ok_or_else(|| ArmError::resource_not_found(&call.id))?;
        let mut vault = Vault { etag: app.ids.next(), ..known.clone() };
        vault.tags = tags.or(vault.tags);
        let properties = &mut vault.properties;
        properties.enable_rbac_authorization =
            given.enable_rbac_authorization.or(properties.enable_rbac_authorization);
        if let Some(policies) = given.access_policies {
            properties.access_policies = policies;
        }
        properties.others.extend(given.others);
        Ok::<_, ArmError>(vault)
    })?;
    Ok(Json(VaultProperties::body(&vault, &app)))
}

/// `DELETE`: its secrets go along; none is kept to be recovered.
pub async fn delete(State(app): State<App>, call: ResourceCall) -> Result<StatusCode, ArmError> {
    let removed = app.neighbours.vaults.remove(&call.id.key())?;
    app.neighbours.remove_below(&call.id.key())?;
    Ok(if removed.is_some() { StatusCode::OK } else { StatusCode::NO_CONTENT })
}
