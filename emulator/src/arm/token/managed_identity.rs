//! Managed identities: the Instance Metadata Service of virtual machines, and App Service's endpoint.

use aci_model::ResourceId;
use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::request::Parts;
use jiff::Timestamp;
use serde_json::json;

use super::{Claims, entra, refusal};
use crate::app::App;
use crate::arm::origin::Origin;
use crate::arm::query;
use crate::directory::principal::{self, DirectoryObject};
use crate::directory::{DEFAULT_SUBSCRIPTION, IdentityIds, TENANT_ID, TENANT_NAME};

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
        return refuse("bad_request_102", "Required metadata header not specified");
    }
    if query::value(parts.uri.query(), "api-version").is_none() {
        return refuse("invalid_request", "Required query variable 'api-version' is missing");
    }
    let Some(resource) = query::value(parts.uri.query(), "resource").filter(|text| !text.is_empty()) else {
        return refuse("invalid_request", "Required audience parameter not specified");
    };
    match issue(&app, parts.uri.query(), &parts, resource) {
        Some(Issued { claims, resource, access_token }) => {
            Json(in_words(&claims, &resource, &access_token)).into_response()
        }
        None => refusal::internal(&app, &parts),
    }
}

/// `GET /msi/token` (DOC: "How to use managed identities for App Service", api-version 2019-08-01, and 2017-09-01
/// with another header and a date in words).
pub async fn app_service(State(app): State<App>, parts: Parts) -> Response {
    let version = query::value(parts.uri.query(), "api-version").unwrap_or_default();
    let is_old = version == "2017-09-01";
    let header = if is_old { "secret" } else { "x-identity-header" };
    // Any value will do: the header only proves that the caller can set one, which guards against forgery of
    // requests by others.
    if parts.headers.get(header).is_none_or(http::HeaderValue::is_empty) {
        let message = format!("The header '{}' is missing.", header.to_ascii_uppercase());
        let body = json!({ "statusCode": 401, "message": message });
        return (StatusCode::UNAUTHORIZED, Json(body)).into_response();
    }
    let Some(resource) = query::value(parts.uri.query(), "resource").filter(|text| !text.is_empty()) else {
        let body = json!({ "statusCode": 400, "message": "The query parameter 'resource' is missing." });
        return (StatusCode::BAD_REQUEST, Json(body)).into_response();
    };
    let Some(Issued { claims, resource, access_token }) = issue(&app, parts.uri.query(), &parts, resource)
    else {
        return refusal::internal(&app, &parts);
    };
    let expires_on = match Timestamp::from_second(claims.exp) {
        Ok(time) if is_old => time.strftime("%m/%d/%Y %H:%M:%S +00:00").to_string(),
        _ => claims.exp.to_string(),
    };
    Json(json!({
        "access_token": access_token,
        "client_id": claims.appid,
        "expires_on": expires_on,
        "resource": resource,
        "token_type": "Bearer",
    }))
    .into_response()
}

/// `POST /msi/token`: the form of Cloud Shell, whose `MSI_ENDPOINT` it can be.
pub async fn cloud_shell(State(app): State<App>, request: Request) -> Response {
    let (parts, form) = match entra::form(&app, request).await {
        Ok(read) => read,
        Err(answer) => return answer,
    };
    if parts.headers.get("metadata").is_none_or(|value| value != "true") {
        return refuse("bad_request_102", "Required metadata header not specified");
    }
    let Some(resource) = form.field("resource") else {
        return refuse("invalid_request", "Required audience parameter not specified");
    };
    match issue(&app, None, &parts, resource.to_owned()) {
        Some(Issued { claims, resource, access_token }) => {
            Json(in_words(&claims, &resource, &access_token)).into_response()
        }
        None => refusal::internal(&app, &parts),
    }
}

/// `GET /metadata/instance`: that this is a machine of Azure, which some libraries ask before they ask for a token.
pub async fn instance(parts: Parts) -> Response {
    if parts.headers.get("metadata").is_none_or(|value| value != "true") {
        let body = json!({ "error": "Bad request. Required metadata header not specified" });
        return (StatusCode::BAD_REQUEST, Json(body)).into_response();
    }
    if query::value(parts.uri.query(), "api-version").is_none() {
        let body = json!({
            "error": "Bad request. api-version was not specified in the request",
            "newest-versions": ["2023-11-15", "2023-07-01", "2021-12-13"],
        });
        return (StatusCode::BAD_REQUEST, Json(body)).into_response();
    }
    Json(json!({
        "compute": {
            "azEnvironment": "AzurePublicCloud",
            "location": "local",
            "name": TENANT_NAME,
            "provider": "Microsoft.ContainerInstance",
            "subscriptionId": DEFAULT_SUBSCRIPTION,
        },
        "network": { "interface": [] },
    }))
    .into_response()
}

/// The answer of the metadata service: every value is a text.
pub(super) fn in_words(claims: &Claims, resource: &str, access_token: &str) -> serde_json::Value {
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

/// A token for the identity that a query names, or for the machine's own.
fn issue(app: &App, query: Option<&str>, parts: &Parts, resource: String) -> Option<Issued> {
    let client = client(app, query).unwrap_or_else(|| SYSTEM_ASSIGNED.to_owned());
    let issuer = format!("{}/{TENANT_ID}/", Origin::of(parts).0);
    let identities = app.neighbours.identities.all();
    let is_it = |id: &ResourceId| IdentityIds::of(id).client_id.to_string().eq_ignore_ascii_case(&client);
    let managed_resource = identities.iter().map(|it| &it.id).find(|id| is_it(id)).map(ToString::to_string);
    let claims = Claims::new(&client, &resource, issuer, app.clock.now(), LIFETIME_SECONDS);
    let claims = Claims { managed_resource, ..claims };
    if let Err(error) = principal::remember(&app.neighbours.principals, DirectoryObject::service(&client)) {
        tracing::warn!(%error, "Failed to remember a principal");
    }
    let access_token = app.authority.issue(&claims).ok()?;
    Some(Issued { claims, resource, access_token })
}

/// The client id of the identity that a query names: by itself, by the resource's id, or by the object id of a known
/// one. Any id names an identity, as any client exists.
fn client(app: &App, query: Option<&str>) -> Option<String> {
    let named = |names: &[&str]| names.iter().find_map(|name| query::value(query, name));
    if let Some(client) = named(&["client_id", "clientid"]) {
        return Some(client);
    }
    if let Some(resource) = named(&["mi_res_id", "msi_res_id"]) {
        let ids = resource.parse().ok().map(|id| IdentityIds::of(&id));
        return Some(ids.map_or(resource, |ids| ids.client_id.to_string()));
    }
    let object = named(&["object_id", "principal_id"])?;
    let identities = app.neighbours.identities.all();
    let mut ids = identities.iter().map(|identity| IdentityIds::of(&identity.id));
    let known = ids.find(|ids| ids.principal_id.to_string().eq_ignore_ascii_case(&object));
    Some(known.map_or(object, |ids| ids.client_id.to_string()))
}

pub(super) fn refuse(error: &str, description: &str) -> Response {
    let body = json!({ "error": error, "error_description": description });
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
}
