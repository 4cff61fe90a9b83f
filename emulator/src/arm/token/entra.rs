//! The token endpoints of Microsoft Entra ID: what every credential asks in the end.

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use http::request::Parts;
use serde_json::{Value, json};

use super::grant::{self, Endpoint, Form, Granted, Known};
use super::ticket::{Ticket, TicketKind};
use super::{AuthorityError, Claims, LIFETIME_SECONDS, refusal};
use crate::app::App;
use crate::arm::origin::Origin;
use crate::arm::{query, reject};
use crate::directory::TENANT_ID;
use crate::directory::principal::{self, PrincipalKind};

/// `POST /{tenant}/oauth2/v2.0/token`
pub async fn token_v2(State(app): State<App>, Path(tenant): Path<String>, request: Request) -> Response {
    token(app, Endpoint::V2, tenant, request).await
}

/// `POST /{tenant}/oauth2/token`
pub async fn token_v1(State(app): State<App>, Path(tenant): Path<String>, request: Request) -> Response {
    token(app, Endpoint::V1, tenant, request).await
}

async fn token(app: App, endpoint: Endpoint, tenant: String, request: Request) -> Response {
    let (parts, form) = match form(&app, request).await {
        Ok(read) => read,
        Err(answer) => return answer,
    };
    let known = Known { authority: &app.authority, neighbours: &app.neighbours, now: app.clock.now() };
    let granted = match grant::decide(endpoint, &form, known) {
        Ok(granted) => granted,
        Err(refusal) => return refusal.answer(&app, &parts),
    };
    if let Err(error) = principal::remember(&app.neighbours.principals, granted.principal.clone()) {
        // The token is good all the same; only Graph will not know its bearer.
        tracing::warn!(%error, "Failed to remember a principal");
    }
    let issuer = format!("{}/{tenant}/", Origin::of(&parts).0);
    match answer(&app, endpoint, &granted, issuer) {
        Ok(body) => Json(body).into_response(),
        Err(_) => refusal::internal(&app, &parts),
    }
}

/// The head and the form of a request.
pub(super) async fn form(app: &App, request: Request) -> Result<(Parts, Form), Response> {
    let (parts, body) = request.into_parts();
    let bytes = reject::bytes(Request::from_parts(parts.clone(), body), app).await;
    let bytes = bytes.map_err(IntoResponse::into_response)?;
    Ok((parts, Form(query::pairs(&String::from_utf8_lossy(&bytes)).collect())))
}

fn answer(app: &App, endpoint: Endpoint, granted: &Granted, issuer: String) -> Result<Value, AuthorityError> {
    let Granted { client, principal, audience, scope, nonce } = granted;
    let claims =
        Claims::new(client, audience, issuer, app.clock.now(), LIFETIME_SECONDS).on_behalf_of(principal);
    let access_token = app.authority.issue(&claims)?;
    let mut body = match endpoint {
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
    if principal.kind == PrincipalKind::User {
        let ticket = Ticket::new(TicketKind::Refresh, client, &principal.name, scope, app.clock.now());
        body["scope"] = json!(if endpoint == Endpoint::V2 { scope } else { "user_impersonation" });
        body["refresh_token"] = json!(app.authority.issue(&ticket)?);
        body["id_token"] = json!(app.authority.issue(&id_claims(endpoint, &claims, nonce.as_deref()))?);
        let info = json!({ "uid": principal.object_id, "utid": TENANT_ID });
        body["client_info"] = json!(BASE64.encode(info.to_string()));
    }
    Ok(body)
}

/// Who has signed in, for the client itself. Source: "ID token claims reference".
fn id_claims(endpoint: Endpoint, claims: &Claims, nonce: Option<&str>) -> Value {
    let Claims { iss, iat, nbf, exp, appid, oid, sub, tid, upn, name, .. } = claims;
    let mut body = json!({
        "aud": appid, "iss": iss, "iat": iat, "nbf": nbf, "exp": exp,
        "name": name, "oid": oid, "sub": sub, "tid": tid,
    });
    match endpoint {
        Endpoint::V1 => {
            body["upn"] = json!(upn);
            body["unique_name"] = json!(upn);
            body["ver"] = json!("1.0");
        }
        Endpoint::V2 => {
            body["iss"] = json!(format!("{}v2.0", iss));
            body["preferred_username"] = json!(upn);
            body["ver"] = json!("2.0");
        }
    }
    if let Some(nonce) = nonce {
        body["nonce"] = json!(nonce);
    }
    body
}
