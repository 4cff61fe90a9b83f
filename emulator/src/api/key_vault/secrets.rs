//! `…/vaults/{vault}/secrets/{secret}`: values go in and are not shown, as in Azure's management plane.

use aci_model::Secret;
use aci_model::resource::Page;
use axum::Json;
use axum::extract::State;
use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::{Value, json};

use super::vaults::uri;
use crate::api::tracked::ResourceCall;
use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::reject::JsonBody;
use crate::neighbours::vault::{SecretVersion, Vault, VaultProperties, VaultSecret, is_secret_name};
use crate::regions;

const KIND: &str = "Microsoft.KeyVault/vaults/secrets";

/// The body of a PUT or PATCH.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SecretBody {
    tags: Option<IndexMap<String, String>>,
    properties: SecretProperties,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct SecretProperties {
    value: Option<Secret>,
    content_type: Option<String>,
    attributes: Attributes,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Attributes {
    enabled: Option<bool>,
    nbf: Option<i64>,
    exp: Option<i64>,
}

/// A secret without its value.
fn body(secret: &VaultSecret, vault: &Vault) -> Value {
    let Some(latest) = secret.version(None) else { return Value::Null };
    let created = latest.created.as_second();
    let mut attributes = json!({ "enabled": latest.enabled });
    for (name, time) in [("nbf", latest.not_before), ("exp", latest.expires)] {
        if let Some(time) = time {
            attributes[name] = json!(time);
        }
    }
    attributes["created"] = json!(created);
    attributes["updated"] = json!(created);
    let place = format!("{}secrets/{}", uri(vault.id.name()), secret.id.name());
    let mut properties = json!({ "attributes": attributes });
    if let Some(kind) = &latest.content_type {
        properties["contentType"] = json!(kind);
    }
    properties["secretUri"] = json!(place);
    properties["secretUriWithVersion"] = json!(format!("{place}/{}", latest.name));
    json!({
        "id": secret.id,
        "name": secret.id.name(),
        "type": KIND,
        "location": regions::normalise(&vault.location),
        "tags": secret.tags.clone().unwrap_or_default(),
        "properties": properties,
    })
}

/// `GET …/secrets`
pub async fn list(State(app): State<App>, call: ResourceCall) -> Result<Json<Page<Value>>, ArmError> {
    let vault = call.existing::<VaultProperties>(&app)?;
    let secrets = app.neighbours.vault_secrets.below(&vault.id.key());
    Ok(Json(Page::whole(secrets.iter().map(|secret| body(secret, &vault)).collect())))
}

/// `GET`
pub async fn get(State(app): State<App>, call: ResourceCall) -> Result<Json<Value>, ArmError> {
    let vault = call.existing::<VaultProperties>(&app)?;
    let secret = app.neighbours.vault_secrets.get(&call.id.key());
    Ok(Json(body(&*secret.ok_or_else(|| ArmError::resource_not_found(&call.id))?, &vault)))
}

/// `PUT`: another version.
pub async fn put(
    State(app): State<App>,
    call: ResourceCall,
    request: JsonBody<SecretBody>,
) -> Result<Json<Value>, ArmError> {
    let vault = call.existing::<VaultProperties>(&app)?;
    let SecretBody { tags, properties } = request.value;
    let SecretProperties { value, content_type, attributes } = properties;
    if !is_secret_name(call.id.name()) {
        return Err(ArmError::vault_secret_name(call.id.name()));
    }
    let version = SecretVersion {
        name: app.ids.next().simple().to_string(),
        value: value.ok_or_else(|| {
            ArmError::invalid_request_content(
                "Required property 'value' not found in JSON. Path 'properties', line 1, position 0.",
            )
        })?,
        content_type,
        enabled: attributes.enabled.unwrap_or(true),
        not_before: attributes.nbf,
        expires: attributes.exp,
        created: app.clock.now(),
    };
    let (secret, _) = app.neighbours.vault_secrets.change(&call.id.key(), |known| {
        let id = VaultSecret::id(&vault.id, call.id.name());
        let mut secret = known.cloned().unwrap_or(VaultSecret { id, tags: None, versions: Vec::new() });
        secret.tags = tags.or(secret.tags);
        secret.versions.push(version);
        Ok::<_, ArmError>(secret)
    })?;
    Ok(Json(body(&secret, &vault)))
}

/// `PATCH`: the latest version with what is named; a value makes another version.
pub async fn patch(
    State(app): State<App>,
    call: ResourceCall,
    request: JsonBody<SecretBody>,
) -> Result<Json<Value>, ArmError> {
    let vault = call.existing::<VaultProperties>(&app)?;
    let SecretBody { tags, properties } = request.value;
    let SecretProperties { value, content_type, attributes } = properties;
    let (secret, _) = app.neighbours.vault_secrets.change(&call.id.key(), |known| {
        let missing = || ArmError::resource_not_found(&call.id);
        let mut secret = known.ok_or_else(missing)?.clone();
        let mut latest = secret.versions.last().ok_or_else(missing)?.clone();
        secret.tags = tags.or(secret.tags);
        latest.content_type = content_type.or(latest.content_type);
        latest.enabled = attributes.enabled.unwrap_or(latest.enabled);
        latest.not_before = attributes.nbf.or(latest.not_before);
        latest.expires = attributes.exp.or(latest.expires);
        match value {
            Some(value) => {
                let (name, created) = (app.ids.next().simple().to_string(), app.clock.now());
                secret.versions.push(SecretVersion { name, value, created, ..latest });
            }
            None => {
                secret.versions.pop();
                secret.versions.push(latest);
            }
        }
        Ok::<_, ArmError>(secret)
    })?;
    Ok(Json(body(&secret, &vault)))
}
