//! `GET …/containerGroupProfiles`, `…/{profile}`, `…/revisions` and `…/revisions/{revision}`

use aci_model::resource::Page;
use axum::Json;
use axum::extract::State;
use serde_json::Value;

use crate::api::tracked::{ListCall, ResourceCall};
use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::version::RequestVersion;
use crate::neighbours::group_profile::Revisions;
use crate::neighbours::tracked::Kind as _;

/// `GET …/containerGroupProfiles` of a subscription or a resource group.
pub async fn profiles(
    State(app): State<App>,
    call: ListCall,
    asked: RequestVersion,
) -> Result<Json<Page<Value>>, ArmError> {
    let version = asked.0.parse().map_err(|_| ArmError::invalid_resource_type(Revisions::TYPE, &asked.0))?;
    let all = app.neighbours.group_profiles.below(&call.scope);
    Ok(Json(Page::whole(all.iter().filter_map(|profile| super::shown(profile, None, version)).collect())))
}

/// The latest revision.
pub async fn latest(State(app): State<App>, call: ResourceCall) -> Result<Json<Value>, ArmError> {
    let profile = call.existing::<Revisions>(&app)?;
    let body = super::shown(&profile, None, super::version(&call)?);
    body.map(Json).ok_or_else(|| ArmError::resource_not_found(&call.id))
}

/// One revision.
pub async fn get(State(app): State<App>, call: ResourceCall) -> Result<Json<Value>, ArmError> {
    let profile = call.existing::<Revisions>(&app)?;
    let number = call.id.name().parse().ok();
    let body = number.and_then(|number| super::shown(&profile, Some(number), super::version(&call).ok()?));
    let missing = || ArmError::profile_revision_not_found(call.id.name(), profile.id.name());
    Ok(Json(body.ok_or_else(missing)?))
}

/// All revisions, oldest first.
pub async fn list(State(app): State<App>, call: ResourceCall) -> Result<Json<Page<Value>>, ArmError> {
    let profile = call.existing::<Revisions>(&app)?;
    let version = super::version(&call)?;
    let shown =
        profile.properties.numbers().filter_map(|number| super::shown(&profile, Some(number), version));
    Ok(Json(Page::whole(shown.collect())))
}
