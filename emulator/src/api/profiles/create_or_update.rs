//! `PUT` and `DELETE …/containerGroupProfiles/{profile}`

use aci_model::group::ContainerGroup;
use aci_model::profile::ContainerGroupProfileProperties;
use aci_model::{ApiVersion, ResourceId};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;

use crate::api::tracked::{ResourceCall, checked_location};
use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::reject::JsonBody;
use crate::limits::Limits;
use crate::neighbours::group_profile::{GroupProfile, Revision, Revisions};
use crate::neighbours::tracked::Tags;
use crate::validate::{self, Accepted, Violation};

/// The body of a PUT.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ProfileBody {
    location: Option<String>,
    tags: Option<Tags>,
    zones: Option<Vec<String>>,
    properties: Option<ContainerGroupProfileProperties>,
}

/// Handles `PUT`: 201 for a new profile, 200 for a known one (recorded), also where nothing changes.
pub async fn handle(
    State(app): State<App>,
    call: ResourceCall,
    body: JsonBody<ProfileBody>,
) -> Result<Response, ArmError> {
    let version = super::version(&call)?;
    // A known profile keeps its own casing, whatever the caller's is.
    let id = call.id_of(app.neighbours.group_profiles.get(&call.id.key()).as_deref());
    let revision = accepted(&id, body.value.clone(), version, &app.limits.now())
        .map_err(|violation| violation.located(|path| body.end_of(path)))?;
    let (location, tags) = (body.value.location, body.value.tags);
    let (profile, created) = app.neighbours.group_profiles.change(&call.id.key(), |known| {
        let properties = match known {
            Some(known) => known.properties.clone().and(revision),
            None => Revisions::first(revision),
        };
        Ok::<_, ArmError>(GroupProfile {
            id: call.id_of(known),
            location: checked_location(location, &call.id, known)?,
            tags,
            etag: app.ids.next(),
            properties,
        })
    })?;
    let status = if created { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(super::shown(&profile, None, version))).into_response())
}

/// What groups could be made from: by the rules of groups, whose words Azure uses here too (ASSUMED: no refusal of a
/// profile is recorded).
fn accepted(
    id: &ResourceId,
    body: ProfileBody,
    version: ApiVersion,
    limits: &Limits,
) -> Result<Revision, Violation> {
    let ProfileBody { location, tags, zones, properties } = body;
    let group = properties.as_ref().map(ContainerGroupProfileProperties::group);
    let group = ContainerGroup { location, tags, zones, properties: group, ..ContainerGroup::default() };
    let Accepted(group) = validate::validate_profile(id, group, version, limits)?;
    let own = properties.unwrap_or_default();
    Ok(Revision { zones: group.zones, properties: own.with_group(group.properties.unwrap_or_default()) })
}

/// Handles `DELETE`: 200 without a body (recorded), 204 for a missing one. Groups that were made from it stay.
pub async fn delete(State(app): State<App>, call: ResourceCall) -> Result<StatusCode, ArmError> {
    let removed = app.neighbours.group_profiles.remove(&call.id.key())?;
    app.neighbours.remove_below(&call.id.key())?;
    Ok(if removed.is_some() { StatusCode::OK } else { StatusCode::NO_CONTENT })
}
