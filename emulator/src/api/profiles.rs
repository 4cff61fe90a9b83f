//! Operations on container group profiles.

use aci_model::ApiVersion;
use axum::Router;
use axum::routing::get;
use serde_json::Value;

pub mod create_or_update;
pub mod revisions;

use super::tracked::{ResourceCall, Shown};
use crate::app::App;
use crate::arm::error::ArmError;
use crate::collection::Collection;
use crate::neighbours::group_profile::{GroupProfile, Revisions};
use crate::neighbours::tracked::Kind as _;
use crate::view;

/// The routes.
pub fn routes() -> Router<App> {
    const SUBSCRIPTION: &str = "/subscriptions/{subscription}/providers/Microsoft.ContainerInstance";
    const SCOPE: &str =
        "/subscriptions/{subscription}/resourceGroups/{resource_group}/providers/Microsoft.ContainerInstance";
    let profile = format!("{SCOPE}/containerGroupProfiles/{{profile}}");
    Router::new()
        .route(&format!("{SUBSCRIPTION}/containerGroupProfiles"), get(revisions::profiles))
        .route(&format!("{SCOPE}/containerGroupProfiles"), get(revisions::profiles))
        .route(
            &profile,
            get(revisions::latest)
                .put(create_or_update::handle)
                .patch(create_or_update::patch)
                .delete(create_or_update::delete),
        )
        .route(&format!("{profile}/revisions"), get(revisions::list))
        .route(&format!("{profile}/revisions/{{revision}}"), get(revisions::get))
}

impl Shown for Revisions {
    fn collection(app: &App) -> &Collection<GroupProfile> {
        &app.neighbours.group_profiles
    }

    /// The latest revision, as all versions show it.
    fn body(profile: &GroupProfile, _: &App) -> Value {
        shown(profile, None, ApiVersion::V2024_05_01Preview).unwrap_or_default()
    }
}

fn shown(profile: &GroupProfile, number: Option<i32>, version: ApiVersion) -> Option<Value> {
    let revision = profile.properties.get(number)?;
    Some(view::profile::container_group_profile(profile, revision, version))
}

/// The version of a call, which the type's list has let through.
fn version(call: &ResourceCall) -> Result<ApiVersion, ArmError> {
    call.version.parse().map_err(|_| ArmError::invalid_resource_type(Revisions::TYPE, &call.version))
}
