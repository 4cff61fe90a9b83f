//! The token endpoints of Microsoft Entra ID: what a service principal's credential asks.

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::request::Parts;
use serde::Serialize;
use serde_json::{Value, json};

use super::{Claims, LIFETIME_SECONDS};
use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::headers::CallIds;
use crate::arm::origin::Origin;
use crate::arm::{query, reject};
use crate::directory::TENANT_ID;

/// The version of the endpoint, which decides the names and types of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Endpoint {
    /// `/oauth2/token`: a resource, and every number as text.
    V1,
    /// `/oauth2/v2.0/token`: a scope.
    V2,
}

/// Why there is no token: an AADSTS number with Entra's sentence.
struct Refusal {
    status: StatusCode,
    error: &'static str,
    code: u32,
    text: String,
}

/// The body of a refusal (DOC: "Microsoft identity platform and OAuth 2.0 client credentials flow").
#[derive(Serialize)]
struct RefusalBody {
    error: &'static str,
    error_description: String,
    error_codes: [u32; 1],
    timestamp: String,
    trace_id: String,
    correlation_id: String,
}

/// `POST /{tenant}/oauth2/v2.0/token`
pub async fn token_v2(State(app): State<App>, Path(tenant): Path<String>, request: Request) -> Response {
    token(app, Endpoint::V2, tenant, request).await
}

/// `POST /{tenant}/oauth2/token`
pub async fn token_v1(State(app): State<App>, Path(tenant): Path<String>, request: Request) -> Response {
    token(app, Endpoint::V1, tenant, request).await
}

async fn token(app: App, endpoint: Endpoint, tenant: String, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let form = match reject::bytes(Request::from_parts(parts.clone(), body), &app).await {
        Ok(bytes) => query::pairs(&String::from_utf8_lossy(&bytes)).collect::<Vec<_>>(),
        Err(error) => return error.into_response(),
    };
    let field = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    match grant(endpoint, field) {
        Ok((client, audience)) => issue(&app, &parts, endpoint, &tenant, client, &audience),
        Err(refusal) => refuse(&app, &parts, refusal),
    }
}

/// The client and the audience of a form, when the form deserves a token.
fn grant<'a>(
    endpoint: Endpoint,
    field: impl Fn(&str) -> Option<&'a str>,
) -> Result<(&'a str, String), Refusal> {
    let required = |name: &str| {
        field(name).filter(|value| !value.is_empty()).ok_or_else(|| Refusal {
            status: StatusCode::BAD_REQUEST,
            error: "invalid_request",
            code: 900_144,
            text: format!("The request body must contain the following parameter: '{name}'."),
        })
    };
    let grant = required("grant_type")?;
    if grant != "client_credentials" {
        let text = format!("The app requested an unsupported grant type '{grant}'.");
        let (status, error) = (StatusCode::BAD_REQUEST, "unsupported_grant_type");
        return Err(Refusal { status, error, code: 70_003, text });
    }
    let client = required("client_id")?;
    let proof = ["client_secret", "client_assertion"].into_iter().filter_map(&field);
    if proof.filter(|value| !value.is_empty()).count() == 0 {
        return Err(Refusal {
            status: StatusCode::UNAUTHORIZED,
            error: "invalid_client",
            code: 7_000_216,
            text:
                "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' \
                   grant type."
                    .to_owned(),
        });
    }
    let audience = match endpoint {
        Endpoint::V1 => required("resource")?.to_owned(),
        Endpoint::V2 => {
            let scope = required("scope")?;
            scope.strip_suffix("/.default").map(str::to_owned).ok_or_else(|| Refusal {
                status: StatusCode::BAD_REQUEST,
                error: "invalid_scope",
                code: 1_002_012,
                text: format!(
                    "The provided value for scope {scope} is not valid. Client credential flows must have a \
                     scope value with /.default suffixed to the resource identifier (application ID URI)."
                ),
            })?
        }
    };
    Ok((client, audience))
}

fn issue(
    app: &App,
    parts: &Parts,
    endpoint: Endpoint,
    tenant: &str,
    client: &str,
    audience: &str,
) -> Response {
    let issuer = format!("{}/{tenant}/", Origin::of(parts).0);
    let claims = Claims::new(client, audience, issuer, app.clock.now(), LIFETIME_SECONDS);
    let Ok(access_token) = app.authority.issue(&claims) else { return internal(app, parts) };
    let body = match endpoint {
        Endpoint::V1 => json!({
            "token_type": "Bearer",
            "expires_in": LIFETIME_SECONDS.to_string(),
            "ext_expires_in": LIFETIME_SECONDS.to_string(),
            "expires_on": claims.exp.to_string(),
            "not_before": claims.nbf.to_string(),
            "resource": audience,
            "access_token": access_token,
        }),
        Endpoint::V2 => json!({
            "token_type": "Bearer",
            "expires_in": LIFETIME_SECONDS,
            "ext_expires_in": LIFETIME_SECONDS,
            "access_token": access_token,
        }),
    };
    Json(body).into_response()
}

fn refuse(app: &App, parts: &Parts, refusal: Refusal) -> Response {
    let (trace_id, correlation_id) = call_ids(app, parts);
    let timestamp = app.clock.now().strftime("%Y-%m-%d %H:%M:%SZ").to_string();
    let body = RefusalBody {
        error: refusal.error,
        error_description: format!(
            "AADSTS{}: {} Trace ID: {trace_id} Correlation ID: {correlation_id} Timestamp: {timestamp}",
            refusal.code, refusal.text
        ),
        error_codes: [refusal.code],
        timestamp,
        trace_id,
        correlation_id,
    };
    (refusal.status, Json(body)).into_response()
}

/// The answer when the system has no randomness to sign with.
pub(super) fn internal(app: &App, parts: &Parts) -> Response {
    let (_, correlation) = call_ids(app, parts);
    ArmError::internal(app.ids.next(), &correlation).into_response()
}

fn call_ids(app: &App, parts: &Parts) -> (String, String) {
    match parts.extensions.get::<CallIds>() {
        Some(ids) => (ids.request.to_string(), ids.correlation.clone()),
        None => (app.ids.next().to_string(), app.ids.next().to_string()),
    }
}

/// `GET /{tenant}/v2.0/.well-known/openid-configuration`
pub async fn configuration_v2(Path(tenant): Path<String>, origin: Origin) -> Json<Value> {
    Json(configuration(&origin, &tenant, "/v2.0"))
}

/// `GET /{tenant}/.well-known/openid-configuration`
pub async fn configuration_v1(Path(tenant): Path<String>, origin: Origin) -> Json<Value> {
    Json(configuration(&origin, &tenant, ""))
}

fn configuration(Origin(origin): &Origin, tenant: &str, version: &str) -> Value {
    json!({
        "token_endpoint": format!("{origin}/{tenant}/oauth2{version}/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
        "jwks_uri": format!("{origin}/{tenant}/discovery{version}/keys"),
        "response_types_supported": ["token"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "scopes_supported": ["openid"],
        "issuer": format!("{origin}/{}{version}", if tenant == "common" { "{tenantid}" } else { tenant }),
        "authorization_endpoint": format!("{origin}/{tenant}/oauth2{version}/authorize"),
        "tenant_region_scope": "NA",
        "cloud_instance_name": "microsoftonline.com",
        "cloud_graph_host_name": "graph.windows.net",
        "msgraph_host": "graph.microsoft.com",
    })
}

/// `GET /{tenant}/discovery/keys` and `GET /{tenant}/discovery/v2.0/keys`
pub async fn keys(State(app): State<App>) -> Json<Value> {
    Json(app.authority.key_set())
}

/// `GET /common/discovery/instance`: which names this directory goes by. A library asks before it sends a
/// credential anywhere.
pub async fn instance(origin: Origin, parts: Parts) -> Json<Value> {
    let asked = query::value(parts.uri.query(), "authorization_endpoint");
    let tenant =
        asked.as_deref().and_then(|url| url.split("://").nth(1)?.split('/').nth(1)).unwrap_or(TENANT_ID);
    let host = origin.0.split("://").nth(1).unwrap_or("localhost");
    Json(json!({
        "tenant_discovery_endpoint": format!("{}/{tenant}/v2.0/.well-known/openid-configuration", origin.0),
        "api-version": "1.1",
        "metadata": [{ "preferred_network": host, "preferred_cache": host, "aliases": [host] }],
    }))
}
