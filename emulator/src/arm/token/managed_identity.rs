//! Managed identities: the Instance Metadata Service of virtual machines, and App Service's endpoint.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::request::Parts;
use serde_json::{Value, json};

use super::{Claims, entra};
use crate::app::App;
use crate::arm::origin::Origin;
use crate::arm::query;
use crate::directory::TENANT_ID;

/// How long a managed identity's token lives, in seconds: a day (DOC: "expires_in": "86399" in the examples).
pub(super) const LIFETIME_SECONDS: i64 = 86_399;

/// The client that the system-assigned identity goes by.
const SYSTEM_ASSIGNED: &str = "bbbbcccc-1111-dddd-2222-eeee3333ffff";

/// A token for the identity that a query names.
struct Issued {
    claims: Claims,
    resource: String,
    access_token: String,
}

/// `GET /metadata/identity/oauth2/token` (DOC: "How to use managed identities to acquire an access token").
pub async fn imds(State(app): State<App>, parts: Parts) -> Response {
    // The probe of azure-identity asks without the header and expects this refusal.
    if parts.headers.get("metadata").is_none_or(|value| value != "true") {
        return refusal("bad_request_102", "Required metadata header not specified");
    }
    if query::value(parts.uri.query(), "api-version").is_none() {
        return refusal("invalid_request", "Required query variable 'api-version' is missing");
    }
    let Some(resource) = query::value(parts.uri.query(), "resource").filter(|text| !text.is_empty()) else {
        return refusal("invalid_request", "Required audience parameter not specified");
    };
    let Some(Issued { claims, resource, access_token }) = issue(&app, &parts, resource) else {
        return entra::internal(&app, &parts);
    };
    Json(imds_body(&claims, &resource, &access_token)).into_response()
}

/// `GET /msi/token` (DOC: "How to use managed identities for App Service", api-version 2019-08-01).
pub async fn app_service(State(app): State<App>, parts: Parts) -> Response {
    // Any value will do: the header only proves that the caller can set one, which guards against forgery of
    // requests by others.
    if parts.headers.get("x-identity-header").is_none_or(http::HeaderValue::is_empty) {
        let body = json!({ "statusCode": 401, "message": "The header 'X-IDENTITY-HEADER' is missing." });
        return (StatusCode::UNAUTHORIZED, Json(body)).into_response();
    }
    let Some(resource) = query::value(parts.uri.query(), "resource").filter(|text| !text.is_empty()) else {
        let body = json!({ "statusCode": 400, "message": "The query parameter 'resource' is missing." });
        return (StatusCode::BAD_REQUEST, Json(body)).into_response();
    };
    let Some(Issued { claims, resource, access_token }) = issue(&app, &parts, resource) else {
        return entra::internal(&app, &parts);
    };
    Json(app_service_body(&claims, &resource, &access_token)).into_response()
}

/// A token as the Instance Metadata Service writes it.
pub(super) fn imds_body(claims: &Claims, resource: &str, access_token: &str) -> Value {
    json!({
        "access_token": access_token,
        "client_id": claims.appid,
        "expires_in": LIFETIME_SECONDS.to_string(),
        "expires_on": claims.exp.to_string(),
        "ext_expires_in": LIFETIME_SECONDS.to_string(),
        "not_before": claims.nbf.to_string(),
        "resource": resource,
        "token_type": "Bearer",
    })
}

/// A token as App Service writes it.
pub(super) fn app_service_body(claims: &Claims, resource: &str, access_token: &str) -> Value {
    json!({
        "access_token": access_token,
        "client_id": claims.appid,
        "expires_on": claims.exp.to_string(),
        "resource": resource,
        "token_type": "Bearer",
    })
}

fn issue(app: &App, parts: &Parts, resource: String) -> Option<Issued> {
    let named = ["client_id", "object_id", "principal_id", "mi_res_id", "msi_res_id"];
    let identity = named.into_iter().find_map(|name| query::value(parts.uri.query(), name));
    let identity = identity.unwrap_or_else(|| SYSTEM_ASSIGNED.to_owned());
    let issuer = format!("{}/{TENANT_ID}/", Origin::of(parts).0);
    let claims = Claims::new(&identity, &resource, issuer, app.clock.now(), LIFETIME_SECONDS);
    let access_token = app.authority.issue(&claims).ok()?;
    Some(Issued { claims, resource, access_token })
}

pub(super) fn refusal(error: &str, description: &str) -> Response {
    let body = json!({ "error": error, "error_description": description });
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
}
