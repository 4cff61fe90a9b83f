//! Operations on container groups, and what their requests have in common.

use std::sync::Arc;

use aci_model::{ApiVersion, ResourceId};
use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;

pub mod create_or_update;
pub mod delete;
pub mod from_profile;
pub mod from_standby_pool;
pub mod get;
pub mod list;
pub mod outbound;
pub mod references;
pub mod restart;
pub mod start;
pub mod stop;
pub mod update;

use super::surface::Operation;
use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::resources::groups::GroupPath;
use crate::arm::version::RequestVersion;
use crate::group::Group;
use crate::limits::Rate;
use crate::limits::window::Counted;
use crate::regions;

/// A call about one container group, in a resource group that exists, with a version that groups have.
#[derive(Clone, Debug)]
pub struct GroupCall {
    /// The group, in the casing of its first PUT where there was one, otherwise in the caller's.
    pub id: ResourceId,
    /// The version.
    pub version: ApiVersion,
    /// The group's location, or its resource group's where there is no such group.
    pub location: String,
}

impl GroupCall {
    /// The group itself.
    ///
    /// # Errors
    /// `ResourceNotFound`.
    pub fn existing(&self, app: &App) -> Result<Arc<Group>, ArmError> {
        app.groups.get(&self.id).ok_or_else(|| ArmError::resource_not_found(&self.id))
    }

    /// Refuses an operation that groups got after their first version.
    ///
    /// # Errors
    /// `NoRegisteredProviderFound`.
    pub fn check(&self, operation: Operation) -> Result<(), ArmError> {
        if operation.is_in(self.version) {
            return Ok(());
        }
        Err(ArmError::no_registered_provider(&self.location, self.version.as_str(), operation))
    }
}

impl FromRequestParts<App> for GroupCall {
    type Rejection = ArmError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ArmError> {
        let path = GroupPath::from_request_parts(parts, app).await?;
        let resource_group = path.existing(app)?;
        let name = path_param(parts, app, "group").await?;
        let id = ResourceId::container_group(&path.subscription, &path.name, &name);
        let known = app.groups.get(&id);
        let location = known.as_ref().and_then(|group| group.spec.location.clone());
        let location = location.unwrap_or_else(|| resource_group.location.clone());
        let version = Operation::Get.version_in(&location, &RequestVersion::of(parts)?)?;
        Ok(Self { id: known.map_or(id, |group| group.id.clone()), version, location })
    }
}

/// The container in a path.
#[derive(Clone, Debug)]
pub struct ContainerName(pub String);

impl FromRequestParts<App> for ContainerName {
    type Rejection = ArmError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ArmError> {
        path_param(parts, app, "container").await.map(Self)
    }
}

async fn path_param(parts: &mut Parts, app: &App, name: &str) -> Result<String, ArmError> {
    let params = RawPathParams::from_request_parts(parts, app).await;
    let params = params.map_err(|_| ArmError::missing_subscription())?;
    let value = params.iter().find(|(param, _)| *param == name).map(|(_, value)| value.to_owned());
    Ok(value.unwrap_or_default())
}

/// The location of a group, as its caller wrote it.
fn location(group: &Group) -> &str {
    group.spec.location.as_deref().unwrap_or_default()
}

/// Counts a creation or a deletion where rates are enforced.
///
/// # Errors
/// `TooManyRequests`.
fn count(
    app: &App,
    what: Counted,
    (subscription, location): (&str, &str),
    rates: &[Rate],
) -> Result<(), ArmError> {
    let region = regions::normalise(location);
    let counted = app.windows.count(what, (subscription, &region), rates, app.clock.now());
    counted.map_err(|used_up| ArmError::rate_used_up(what, &used_up))
}
