//! A group that refers to a container group profile is made from one of its revisions; what the request itself says
//! goes before what the profile says, container by container.

use aci_model::group::{ContainerGroup, versions};
use aci_model::{ApiVersion, ResourceId};

use crate::app::App;
use crate::arm::error::ArmError;
use crate::neighbours::group_profile::Revision;
use crate::neighbours::group_profile::overlay::over;

/// The request with all that its profile says, if it refers to one.
///
/// # Errors
/// When there is no such profile or revision.
pub fn resolve(
    app: &App,
    mut group: ContainerGroup,
    version: ApiVersion,
) -> Result<ContainerGroup, ArmError> {
    if !versions::is_known("properties.containerGroupProfile", version) {
        return Ok(group);
    }
    let Some(properties) = group.properties.as_mut() else { return Ok(group) };
    let Some(reference) = properties.container_group_profile.as_mut() else { return Ok(group) };
    let (id, revision) = find(app, reference.id.as_deref().unwrap_or_default(), reference.revision)?;
    reference.id = Some(id);
    reference.revision = revision.properties.revision;
    group.zones = group.zones.take().or_else(|| revision.zones.clone());
    let own = std::mem::take(properties);
    *properties = over(&revision.properties.group(), own);
    Ok(group)
}

/// A revision of a profile, the latest where none is named, and the profile's id as the caller wrote it.
///
/// # Errors
/// When there is no such profile or revision.
pub fn find(app: &App, id: &str, number: Option<i32>) -> Result<(String, Revision), ArmError> {
    let profile = id.parse::<ResourceId>().ok().and_then(|id| app.neighbours.group_profiles.get(&id.key()));
    let profile = profile.ok_or_else(|| ArmError::profile_not_found(id))?;
    let revision = profile.properties.get(number).cloned();
    let missing = || {
        let number = number.unwrap_or_default().to_string();
        ArmError::profile_revision_not_found(&number, profile.id.name())
    };
    Ok((id.to_owned(), revision.ok_or_else(missing)?))
}
