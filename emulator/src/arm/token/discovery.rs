//! What a library asks before it sends a credential anywhere: which endpoints a tenant has, which names this directory
//! goes by, which keys it signs with, and how a user signs in.

use axum::Json;
use axum::extract::{Path, State};
use http::request::Parts;
use serde_json::{Value, json};

use crate::app::App;
use crate::arm::origin::Origin;
use crate::arm::query;
use crate::directory::{TENANT_ID, TENANT_NAME};

/// Names of a tenant that stand for whichever the user is in.
const ANY_TENANT: &[&str] = &["common", "organizations", "consumers"];

/// `GET /{tenant}/v2.0/.well-known/openid-configuration`
pub async fn configuration_v2(Path(tenant): Path<String>, origin: Origin) -> Json<Value> {
    Json(configuration(&origin, &tenant, "/v2.0"))
}

/// `GET /{tenant}/.well-known/openid-configuration`
pub async fn configuration_v1(Path(tenant): Path<String>, origin: Origin) -> Json<Value> {
    Json(configuration(&origin, &tenant, ""))
}

fn configuration(Origin(origin): &Origin, tenant: &str, version: &str) -> Value {
    let any = ANY_TENANT.iter().any(|it| it.eq_ignore_ascii_case(tenant));
    let issuer = if any { "{tenantid}" } else { tenant };
    let oauth = format!("{origin}/{tenant}/oauth2{version}");
    json!({
        "token_endpoint": format!("{oauth}/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
        "jwks_uri": format!("{origin}/{tenant}/discovery{version}/keys"),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "response_types_supported": ["code"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": format!("{origin}/{issuer}{}", if version.is_empty() { "/" } else { version }),
        "request_uri_parameter_supported": false,
        "userinfo_endpoint": format!("{origin}/v1.0/me"),
        "authorization_endpoint": format!("{oauth}/authorize"),
        "device_authorization_endpoint": format!("{oauth}/devicecode"),
        "http_logout_supported": false,
        "claims_supported": [
            "sub", "iss", "aud", "exp", "iat", "nonce", "preferred_username", "name", "tid", "ver",
        ],
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

/// `GET /common/discovery/instance`: which names this directory goes by.
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

/// `GET /common/userrealm/{user}`: that a user's password is checked here, and not by another directory.
pub async fn user_realm(Path(user): Path<String>) -> Json<Value> {
    let domain = user.split('@').nth(1).unwrap_or_default();
    Json(json!({
        "ver": "1.0",
        "account_type": "Managed",
        "domain_name": domain,
        "cloud_instance_name": "microsoftonline.com",
        "cloud_audience_urn": "urn:federation:MicrosoftOnline",
        "federation_brand_name": TENANT_NAME,
    }))
}
