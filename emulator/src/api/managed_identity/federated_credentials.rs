//! `…/userAssignedIdentities/{identity}/federatedIdentityCredentials/{credential}`

use aci_model::resource::Page;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::identities::shown_id;
use crate::api::tracked::ResourceCall;
use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::reject::JsonBody;
use crate::neighbours::identity::{FederatedCredential, FederatedProperties, IdentityProperties};

/// The body of a PUT.
#[derive(Clone, Debug, Deserialize)]
pub struct CredentialBody {
    #[serde(default)]
    properties: FederatedProperties,
}

fn body(credential: &FederatedCredential) -> Value {
    let FederatedProperties { issuer, subject, audiences } = &credential.properties;
    json!({
        "id": shown_id(&credential.id.to_string()),
        "name": credential.id.name(),
        "type": "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials",
        "properties": { "issuer": issuer, "subject": subject, "audiences": audiences },
    })
}

/// `GET …/federatedIdentityCredentials`
pub async fn list(State(app): State<App>, call: ResourceCall) -> Result<Json<Page<Value>>, ArmError> {
    let identity = call.existing::<IdentityProperties>(&app)?;
    let credentials = app.neighbours.federated_credentials.below(&identity.id.key());
    Ok(Json(Page::whole(credentials.iter().map(|credential| body(credential)).collect())))
}

/// `GET`
pub async fn get(State(app): State<App>, call: ResourceCall) -> Result<Json<Value>, ArmError> {
    call.existing::<IdentityProperties>(&app)?;
    let credential = app.neighbours.federated_credentials.get(&call.id.key());
    let credential = credential.ok_or_else(|| ArmError::network_part_not_found(&call.id.to_string()))?;
    Ok(Json(body(&credential)))
}

/// `PUT`
pub async fn put(
    State(app): State<App>,
    call: ResourceCall,
    request: JsonBody<CredentialBody>,
) -> Result<Response, ArmError> {
    call.existing::<IdentityProperties>(&app)?;
    let properties = request.value.properties;
    if properties.issuer.is_empty() || properties.subject.is_empty() || properties.audiences.is_empty() {
        return Err(ArmError::federated_credential(call.id.name()));
    }
    let (credential, created) = app.neighbours.federated_credentials.change(&call.id.key(), |known| {
        let id = known.map_or_else(|| call.id.clone(), |known| known.id.clone());
        Ok::<_, ArmError>(FederatedCredential { id, properties })
    })?;
    let status = if created { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(body(&credential))).into_response())
}

/// `DELETE`
pub async fn delete(State(app): State<App>, call: ResourceCall) -> Result<StatusCode, ArmError> {
    let removed = app.neighbours.federated_credentials.remove(&call.id.key())?;
    Ok(if removed.is_some() { StatusCode::OK } else { StatusCode::NO_CONTENT })
}
