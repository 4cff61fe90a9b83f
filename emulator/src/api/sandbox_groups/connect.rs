//! `POST …/sandboxGroups/{sandbox_group}/connect`, and the endpoint that it leads to.
//!
//! A token says what it is good for and is signed, so none is kept; one is good until its time, for its own sandbox
//! group as long as that is there. How long Azure's are good, and that they are good more than once, is ASSUMED. What
//! Azure's endpoint offers no source tells; this one tells its caller whose it is, and offers nothing else.

use std::sync::Arc;

use aci_model::Secret;
use axum::Json;
use axum::extract::{Path, State};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::api::tracked::ResourceCall;
use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::origin::Origin;
use crate::neighbours::sandbox_group::{SandboxGroup, SandboxProperties, SandboxTicket, SandboxToken};

/// Where the endpoints of all sandbox groups are.
pub const ENDPOINT_PATH: &str = "/sandboxgroups";

/// How long a token is good (ASSUMED: as long as the access tokens of Microsoft Entra).
const LIFETIME: SignedDuration = SignedDuration::from_hours(1);

/// Handles the operation.
pub async fn connect(
    State(app): State<App>,
    call: ResourceCall,
    origin: Origin,
) -> Result<Json<SandboxToken>, ArmError> {
    let group = call.existing::<SandboxProperties>(&app)?;
    let incarnation = group.properties.incarnation;
    let expires = app.clock.now() + LIFETIME;
    let ticket = SandboxTicket { sandbox_group: group.id.clone(), incarnation, expires: expires.as_second() };
    let token = app.authority.issue(&ticket).map_err(|error| {
        tracing::error!(%error, "A token for a sandbox group cannot be signed");
        ArmError::internal(app.ids.next(), "")
    })?;
    Ok(Json(SandboxToken {
        endpoint: format!("{}{ENDPOINT_PATH}/{incarnation}", origin.0),
        access_token: Secret::new(token),
        not_after: whole_seconds(ticket.expires).to_string(),
    }))
}

/// `GET` of the endpoint: whose it is, for who has its token.
pub async fn endpoint(
    State(app): State<App>,
    Path(incarnation): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, ArmError> {
    let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.split_once(' '));
    let token =
        header.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
    let ticket: Option<SandboxTicket> = token.and_then(|token| app.authority.verified(token));
    let now = app.clock.now().as_second();
    let is_good = |ticket: &SandboxTicket| {
        ticket.incarnation.to_string().eq_ignore_ascii_case(&incarnation) && now < ticket.expires
    };
    let ticket = ticket.filter(is_good).ok_or_else(ArmError::sandbox_token_refused)?;
    let group: Option<Arc<SandboxGroup>> = app.neighbours.sandbox_groups.get(&ticket.sandbox_group.key());
    let group = group.filter(|group| group.properties.incarnation == ticket.incarnation);
    let group = group.ok_or_else(|| ArmError::resource_not_found(&ticket.sandbox_group))?;
    Ok(Json(json!({ "sandboxGroup": group.id, "notAfter": whole_seconds(ticket.expires).to_string() })))
}

fn whole_seconds(epoch: i64) -> Timestamp {
    Timestamp::from_second(epoch).unwrap_or(Timestamp::MAX)
}
