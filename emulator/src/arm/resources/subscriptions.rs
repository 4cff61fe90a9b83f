//! Subscriptions and tenants: any subscription with the shape of an id exists and is enabled.

use std::collections::BTreeSet;

use aci_model::resource::Page;
use axum::Json;
use axum::extract::{FromRequestParts, Path, RawPathParams, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::request::Parts;
use serde_json::{Value, json};

use crate::app::App;
use crate::arm::error::ArmError;
use crate::directory::{DEFAULT_SUBSCRIPTION, TENANT_DOMAIN, TENANT_ID, TENANT_NAME, is_subscription};
use crate::neighbours::subscription::Subscription as Record;
use crate::resource_groups::ResourceGroupState;

/// The subscription in a path, as the caller wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Subscription {
    type Rejection = ArmError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ArmError> {
        let params = RawPathParams::from_request_parts(parts, state).await;
        let params = params.map_err(|_| ArmError::missing_subscription())?;
        let id = params.iter().find(|(name, _)| *name == "subscription").map(|(_, id)| id.to_owned());
        let id = id.ok_or_else(ArmError::missing_subscription)?;
        if is_subscription(&id) { Ok(Self(id)) } else { Err(ArmError::invalid_subscription(&id)) }
    }
}

/// `GET /subscriptions`: those with resource groups, or the default one where there are none, because `az
/// login` fails without a subscription and takes the first.
pub async fn list(State(app): State<App>) -> Json<Page<Value>> {
    let mut ids: BTreeSet<String> = app.resource_groups.subscriptions();
    if ids.is_empty() {
        ids.insert(DEFAULT_SUBSCRIPTION.to_owned());
    }
    Json(Page::whole(ids.iter().map(|id| subscription(&app, id)).collect()))
}

/// `GET /subscriptions/{subscription}`
pub async fn get(State(app): State<App>, Subscription(id): Subscription) -> Json<Value> {
    Json(subscription(&app, &id))
}

/// `GET /tenants`
pub async fn tenants() -> Json<Page<Value>> {
    Json(Page::whole(vec![json!({
        "id": format!("/tenants/{TENANT_ID}"),
        "tenantId": TENANT_ID,
        "countryCode": "US",
        "displayName": TENANT_NAME,
        "defaultDomain": TENANT_DOMAIN,
        "domains": [TENANT_DOMAIN],
        "tenantType": "AAD",
        "tenantCategory": "Home",
    })]))
}

/// `GET /subscriptions/{subscription}/operationresults/{token}`: 202 while the resource group is being deleted; what a
/// comparison found.
pub async fn operation_result(
    State(app): State<App>,
    subscription: Subscription,
    Path((_, token)): Path<(String, String)>,
) -> Result<Response, ArmError> {
    if let Some(result) = token.parse().ok().and_then(|id| app.deployments.result(id)) {
        return Ok(Json(result).into_response());
    }
    let group = super::groups::deletion_of(&token).ok_or_else(|| ArmError::operation_not_found(&token))?;
    let known = app.resource_groups.get(&subscription.0, &group);
    let under_way = known.is_some_and(|group| group.state == ResourceGroupState::Deleting);
    Ok(if under_way { StatusCode::ACCEPTED } else { StatusCode::OK }.into_response())
}

fn subscription(app: &App, id: &str) -> Value {
    let record = app.neighbours.subscriptions.get(&Record::key_of(id));
    let state = record.as_ref().map(|record| record.state).unwrap_or_default();
    let mut body = json!({
        "id": format!("/subscriptions/{id}"),
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionId": id,
        "tenantId": TENANT_ID,
        "displayName": TENANT_NAME,
        "state": state.as_str(),
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "PayAsYouGo_2014-09-01",
            "spendingLimit": "Off",
        },
    });
    if let Some(record) = record.filter(|record| !record.tags.is_empty()) {
        body["tags"] = json!(record.tags);
    }
    body
}
