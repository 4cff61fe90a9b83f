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

use super::managed_identity::{LIFETIME_SECONDS, app_service_body, imds_body, refusal};
use super::{Authority, Claims};
use crate::arm::query;
use crate::clock::SharedClock;
use crate::directory::TENANT_ID;
use crate::identities::{GroupIdentities, Identities};
use crate::surroundings::IdentityIds;
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
    let claims = Claims::new(&who.client_id, resource, issuer, clock.now(), LIFETIME_SECONDS);
    Claims { oid: who.principal_id.clone(), sub: who.principal_id.clone(), ..claims }
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
        return all.find(|ids| ids.client_id.eq_ignore_ascii_case(&id)).ok_or(Unknown::NotFound);
    }
    if let Some(id) = value(&["object_id", "principal_id"]) {
        return all.find(|ids| ids.principal_id.eq_ignore_ascii_case(&id)).ok_or(Unknown::NotFound);
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
        Ok(who) => asked.issued(who, &resource, imds_body),
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
        let claims = claims(who, resource, &self.clock);
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

    fn ids(name: &str) -> IdentityIds {
        IdentityIds { client_id: format!("{name}-client"), principal_id: format!("{name}-object") }
    }

    fn who(system: bool, user: &[&str]) -> GroupIdentities {
        GroupIdentities {
            system: system.then(|| ids("own")),
            user: user.iter().map(|name| (format!("/x/{name}"), ids(name))).collect(),
            header: Secret::new("h"),
        }
    }

    #[test]
    fn an_identity_is_named_by_any_of_its_ids_or_is_the_only_one() {
        let both = who(true, &["a", "b"]);
        let named = |query: &str| chosen(&both, Some(query)).map(|ids| ids.client_id.as_str());
        assert_eq!(named("resource=x"), Ok("own-client"));
        assert_eq!(named("client_id=A-CLIENT"), Ok("a-client"));
        assert_eq!(named("object_id=b-object"), Ok("b-client"));
        assert_eq!(named("mi_res_id=%2FX%2Fb"), Ok("b-client"));
        for stranger in ["client_id=c", "principal_id=a-client", "msi_res_id=/x/c"] {
            assert_eq!(named(stranger), Err(Unknown::NotFound), "{stranger}");
        }
        assert_eq!(chosen(&who(false, &["a"]), None), Ok(&ids("a")));
        assert_eq!(chosen(&who(false, &["a", "b"]), None), Err(Unknown::Ambiguous));
    }
}
