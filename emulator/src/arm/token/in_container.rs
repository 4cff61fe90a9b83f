//! The instance metadata service as containers of a group see it: tokens of the group's own identities.

use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use bytes::Bytes;
use http::StatusCode;
use http::request::Parts;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use uuid::Uuid;

use super::managed_identity::{LIFETIME_SECONDS, in_words, refuse as refusal};
use super::{Authority, Claims};
use crate::arm::query;
use crate::clock::SharedClock;
use crate::directory::{IdentityIds, TENANT_ID};
use crate::identities::{GroupIdentities, Identities};
use aci_model::Secret;

/// Issues tokens to containers.
pub struct InstanceMetadata {
    /// Who signs them.
    pub authority: Arc<Authority>,
    /// When.
    pub clock: SharedClock,
}

/// One question, and of whom.
#[derive(Clone)]
struct Asked {
    who: Arc<GroupIdentities>,
    authority: Arc<Authority>,
    clock: SharedClock,
}

#[async_trait]
impl Identities for InstanceMetadata {
    async fn answer(&self, who: &GroupIdentities, request: Bytes) -> Bytes {
        let Self { authority, clock } = self;
        let asked = Asked { who: Arc::new(who.clone()), authority: authority.clone(), clock: clock.clone() };
        let routes = Router::new()
            .route("/metadata/identity/oauth2/token", get(imds))
            .route("/msi/token", get(app_service))
            .fallback(not_found)
            .with_state(asked);
        let mut builder = Builder::new(TokioExecutor::new());
        builder.http1().keep_alive(false);
        let (mut client, server) = tokio::io::duplex(64 * 1024);
        let served = builder.serve_connection(TokioIo::new(server), TowerToHyperService::new(routes));
        let asked = async {
            let mut answer = Vec::new();
            client.write_all(&request).await?;
            client.read_to_end(&mut answer).await?;
            Ok::<_, std::io::Error>(answer)
        };
        let (served, answer) = tokio::join!(served, asked);
        if let Err(error) = served {
            tracing::debug!(%error, "A container asked for a token in a way that is not HTTP");
        }
        answer.unwrap_or_default().into()
    }

    fn token(&self, who: &IdentityIds, resource: &str) -> Option<Secret> {
        let claims = claims(who, resource, &self.clock);
        self.authority.issue(&claims).ok().map(Secret::new)
    }
}

/// Tokens of managed identities are issued by the tenant (WELL-KNOWN).
fn claims(who: &IdentityIds, resource: &str, clock: &SharedClock) -> Claims {
    let issuer = format!("https://sts.windows.net/{TENANT_ID}/");
    let claims = Claims::new(&who.client_id.to_string(), resource, issuer, clock.now(), LIFETIME_SECONDS);
    let object_id = who.principal_id.to_string();
    Claims { oid: object_id.clone(), sub: object_id, ..claims }
}

/// Why there is no identity to issue a token for.
#[derive(Debug, PartialEq, Eq)]
enum Unknown {
    /// None of that name.
    NotFound,
    /// Several, and none is named.
    Ambiguous,
}

/// The identity that a query names: by its application id, object id or resource id; without a name the group's own,
/// or the only one (DOC: "How to use managed identities for Azure resources on an Azure VM to acquire an access
/// token").
fn chosen<'a>(who: &'a GroupIdentities, query: Option<&str>) -> Result<&'a IdentityIds, Unknown> {
    let value = |names: &[&str]| names.iter().find_map(|name| query::value(query, name));
    let mut all = who.system.iter().chain(who.user.iter().map(|(_, ids)| ids));
    if let Some(id) = value(&["client_id"]) {
        return all.find(|ids| is_id(ids.client_id, &id)).ok_or(Unknown::NotFound);
    }
    if let Some(id) = value(&["object_id", "principal_id"]) {
        return all.find(|ids| is_id(ids.principal_id, &id)).ok_or(Unknown::NotFound);
    }
    if let Some(id) = value(&["mi_res_id", "msi_res_id"]) {
        return who.by_resource(&id).ok_or(Unknown::NotFound);
    }
    match (&who.system, who.user.as_slice()) {
        (Some(system), _) => Ok(system),
        (None, [(_, only)]) => Ok(only),
        (None, []) => Err(Unknown::NotFound),
        (None, _) => Err(Unknown::Ambiguous),
    }
}

fn is_id(id: Uuid, text: &str) -> bool {
    text.parse() == Ok(id)
}

/// `GET /metadata/identity/oauth2/token`
async fn imds(State(asked): State<Asked>, parts: Parts) -> Response {
    if parts.headers.get("metadata").is_none_or(|value| !value.as_bytes().eq_ignore_ascii_case(b"true")) {
        return refusal("bad_request_102", "Required metadata header not specified");
    }
    if query::value(parts.uri.query(), "api-version").is_none() {
        return refusal("invalid_request", "Required query variable 'api-version' is missing");
    }
    let Some(resource) = query::value(parts.uri.query(), "resource").filter(|text| !text.is_empty()) else {
        return refusal("invalid_request", "Required audience parameter not specified");
    };
    match chosen(&asked.who, parts.uri.query()) {
        Ok(who) => asked.issued(who, &resource, in_words),
        Err(Unknown::NotFound) => refusal("identity_not_found", "Identity not found"),
        Err(Unknown::Ambiguous) => refusal(
            "invalid_request",
            "Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in \
             the token request",
        ),
    }
}

/// `GET /msi/token`, by the variables `IDENTITY_ENDPOINT` and `IDENTITY_HEADER` (DOC: "How to use managed identities
/// for App Service", api-version 2019-08-01).
async fn app_service(State(asked): State<Asked>, parts: Parts) -> Response {
    let refuse = |status: StatusCode, message: &str| {
        (status, Json(json!({ "statusCode": status.as_u16(), "message": message }))).into_response()
    };
    let header = parts.headers.get("x-identity-header").map(http::HeaderValue::as_bytes);
    if header != Some(asked.who.header.expose().as_bytes()) {
        return refuse(StatusCode::UNAUTHORIZED, "The header 'X-IDENTITY-HEADER' is missing or wrong.");
    }
    let Some(resource) = query::value(parts.uri.query(), "resource").filter(|text| !text.is_empty()) else {
        return refuse(StatusCode::BAD_REQUEST, "The query parameter 'resource' is missing.");
    };
    match chosen(&asked.who, parts.uri.query()) {
        Ok(who) => asked.issued(who, &resource, app_service_body),
        Err(_) => refuse(
            StatusCode::BAD_REQUEST,
            "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.",
        ),
    }
}

/// A token as App Service writes it.
fn app_service_body(claims: &Claims, resource: &str, access_token: &str) -> serde_json::Value {
    json!({
        "access_token": access_token,
        "client_id": claims.appid,
        "expires_on": claims.exp.to_string(),
        "resource": resource,
        "token_type": "Bearer",
    })
}

async fn not_found() -> Response {
    (StatusCode::NOT_FOUND, Json(json!({ "error": "Not found" }))).into_response()
}

impl Asked {
    fn issued(
        &self,
        who: &IdentityIds,
        resource: &str,
        body: impl Fn(&Claims, &str, &str) -> serde_json::Value,
    ) -> Response {
        let managed_resource = self.who.resource_of(who).map(str::to_owned);
        let claims = Claims { managed_resource, ..claims(who, resource, &self.clock) };
        match self.authority.issue(&claims) {
            Ok(token) => Json(body(&claims, resource, &token)).into_response(),
            Err(error) => {
                tracing::error!(%error, "A token for a container cannot be signed");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ids that tell whose they are.
    fn ids(of: u128) -> IdentityIds {
        IdentityIds { client_id: Uuid::from_u128(of), principal_id: Uuid::from_u128(100 + of) }
    }

    fn who(system: bool, user: &[u128]) -> GroupIdentities {
        GroupIdentities {
            group: "/g".to_owned(),
            system: system.then(|| ids(0)),
            user: user.iter().map(|of| (format!("/x/{of}"), ids(*of))).collect(),
            header: Secret::new("h"),
        }
    }

    #[test]
    fn an_identity_is_named_by_any_of_its_ids_or_is_the_only_one() {
        let both = who(true, &[1, 2]);
        let named = |query: &str| chosen(&both, Some(query)).copied();
        assert_eq!(named("resource=x"), Ok(ids(0)));
        assert_eq!(named(&format!("client_id={}", ids(1).client_id)), Ok(ids(1)));
        assert_eq!(named(&format!("object_id={}", ids(2).principal_id)), Ok(ids(2)));
        assert_eq!(named("mi_res_id=%2FX%2F2"), Ok(ids(2)));
        let other = format!("principal_id={}", ids(1).client_id);
        for stranger in ["client_id=c", other.as_str(), "msi_res_id=/x/3"] {
            assert_eq!(named(stranger), Err(Unknown::NotFound), "{stranger}");
        }
        assert_eq!(chosen(&who(false, &[1]), None), Ok(&ids(1)));
        assert_eq!(chosen(&who(false, &[1, 2]), None), Err(Unknown::Ambiguous));
    }
}
