//! `PUT`, `PATCH` and `DELETE …/sandboxGroups/{sandbox_group}`
//!
//! Azure works on in the background; here all is done when the answer leaves, which the operation says too.

use aci_model::ResourceId;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Deserialize;
use serde_json::Value;

use crate::api::groups::references;
use crate::api::tracked::{ResourceCall, Shown as _, checked_location};
use crate::app::App;
use crate::arm::auth::Caller;
use crate::arm::error::ArmError;
use crate::arm::operation;
use crate::arm::origin::Origin;
use crate::arm::reject::JsonBody;
use crate::authorship::Authorship;
use crate::neighbours::sandbox_group::{
    IdentityBody, IdentityFault, SandboxGroup, SandboxIdentity, SandboxProperties,
};
use crate::neighbours::tracked::Tags;

/// The body of a PUT or PATCH.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SandboxBody {
    location: Option<String>,
    tags: Option<Tags>,
    identity: Option<IdentityBody>,
    properties: Option<PropertiesBody>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PropertiesBody {
    network_profile: Option<NetworkProfile>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct NetworkProfile {
    subnets: Vec<SubnetReference>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct SubnetReference {
    id: Option<String>,
}

/// Handles `PUT`: 201 for a new one, 200 for a known one, both with an operation (SPEC).
pub async fn put(
    State(app): State<App>,
    call: ResourceCall,
    (origin, caller): (Origin, Caller),
    body: JsonBody<SandboxBody>,
) -> Result<Response, ArmError> {
    let name = call.id.name();
    if !is_name(name) {
        return Err(ArmError::sandbox_group_name(name));
    }
    let SandboxBody { location, tags, identity, properties } = body.value.clone();
    let identity = read_identity(&app, &call.id, identity.as_ref())?;
    let profile = properties.unwrap_or_default().network_profile;
    let subnets = profile.map(|profile| checked_subnets(&app, &call.id, profile, &body)).transpose()?;
    let by = caller.stamp(app.clock.now());
    let (group, created) = app.neighbours.sandbox_groups.change(&call.id.key(), |known| {
        let location = checked_location(location, &call.id, known)?;
        let incarnation = known.map_or_else(|| app.ids.next(), |known| known.properties.incarnation);
        let properties = SandboxProperties { incarnation, subnets, identity };
        let authorship = Some(Authorship::after(known.and_then(|known| known.authorship.as_ref()), by));
        let (id, etag) = (call.id_of(known), app.ids.next());
        Ok::<_, ArmError>(SandboxGroup { id, location, tags, etag, properties, authorship })
    })?;
    let status = if created { StatusCode::CREATED } else { StatusCode::OK };
    let headers = begun(&app, &origin, &group);
    Ok((status, headers, Json(SandboxProperties::body(&group, &app))).into_response())
}

/// Handles `PATCH`: tags and identity are replaced where they are given (SPEC).
pub async fn patch(
    State(app): State<App>,
    call: ResourceCall,
    caller: Caller,
    body: JsonBody<SandboxBody>,
) -> Result<Json<Value>, ArmError> {
    let SandboxBody { location: _, tags, identity, properties: _ } = body.value;
    let read = read_identity(&app, &call.id, identity.as_ref())?;
    let (group, _) = app.neighbours.sandbox_groups.change(&call.id.key(), |known| {
        let known = known.ok_or_else(|| ArmError::resource_not_found(&call.id))?;
        let authorship = known.written(caller.stamp(app.clock.now()));
        let mut group = SandboxGroup { etag: app.ids.next(), authorship, ..known.clone() };
        group.tags = tags.or(group.tags);
        if identity.is_some() {
            group.properties.identity = read;
        }
        Ok::<_, ArmError>(group)
    })?;
    Ok(Json(SandboxProperties::body(&group, &app)))
}

/// Handles `DELETE`: 202 with an operation, 204 where there is none (SPEC). Its tokens are good for nothing any more.
pub async fn delete(
    State(app): State<App>,
    call: ResourceCall,
    origin: Origin,
) -> Result<Response, ArmError> {
    let removed = app.neighbours.sandbox_groups.remove(&call.id.key())?;
    app.neighbours.remove_below(&call.id.key())?;
    Ok(match removed {
        Some(group) => (StatusCode::ACCEPTED, begun(&app, &origin, &group)).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

/// The headers of an operation (SPEC: `Azure-AsyncOperation` and `Retry-After`; its seconds are OURS, as it is finished
/// when a client looks).
fn begun(app: &App, origin: &Origin, group: &SandboxGroup) -> HeaderMap {
    let id = app.ids.next();
    app.neighbours.operations.add(id, group.id.clone());
    let mut headers = operation::headers(origin, &group.id, &group.location, id);
    headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
    headers
}

fn read_identity(
    app: &App,
    group: &ResourceId,
    body: Option<&IdentityBody>,
) -> Result<Option<SandboxIdentity>, ArmError> {
    let Some(body) = body else { return Ok(None) };
    let read = body.read().map_err(|fault| {
        let text = match fault {
            IdentityFault::Kind => {
                "its identity 'type' must be one of 'None,SystemAssigned,UserAssigned,SystemAssigned,UserAssigned'"
            }
            IdentityFault::Missing => {
                "its 'userAssignedIdentities' must name an identity if and only if the type contains 'UserAssigned'"
            }
        };
        ArmError::invalid_sandbox_group(group.name(), text)
    })?;
    let named = read.iter().flat_map(|identity| &identity.user);
    match named.into_iter().find(|id| references::is_missing_identity(app, id)) {
        Some(missing) => Err(ArmError::identity_not_found(group, missing)),
        None => Ok(read),
    }
}

/// The subnets of a request, each of which exists as far as is known here.
fn checked_subnets<T>(
    app: &App,
    group: &ResourceId,
    profile: NetworkProfile,
    body: &JsonBody<T>,
) -> Result<Vec<String>, ArmError> {
    let subnets = profile.subnets.into_iter().enumerate().map(|(index, subnet)| {
        let path = format!("properties.networkProfile.subnets[{index}]");
        let missing = || {
            let (line, position) = body.end_of(&path);
            ArmError::invalid_request_content(&format!(
                "Required property 'id' not found in JSON. Path '{path}', line {line}, position {position}."
            ))
        };
        let text = subnet.id.ok_or_else(missing)?;
        let id = text.parse::<ResourceId>().ok().filter(is_subnet);
        let invalid =
            || ArmError::invalid_sandbox_group(group.name(), &format!("'{text}' is no subnet's id"));
        let id = id.ok_or_else(invalid)?;
        match references::is_missing_subnet(app, &id) {
            true => Err(ArmError::sandbox_subnet_not_found(&id, group.name())),
            false => Ok(text),
        }
    });
    subnets.collect()
}

fn is_subnet(id: &ResourceId) -> bool {
    let kinds: Vec<_> = id.path.iter().map(|(kind, _)| kind.to_ascii_lowercase()).collect();
    id.namespace.eq_ignore_ascii_case("Microsoft.Network") && kinds == ["virtualnetworks", "subnets"]
}

/// `^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?$`, at most 63 (published type definitions).
fn is_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    let ends = [bytes.first(), bytes.last()];
    (1..=63).contains(&bytes.len())
        && ends.into_iter().flatten().all(u8::is_ascii_alphanumeric)
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_letters_digits_and_hyphens_between_them() {
        for good in ["a", "A-1", &"x".repeat(63)] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "-a", "a-", "a_b", "a.b", &"x".repeat(64)] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
