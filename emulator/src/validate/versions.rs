//! What a version does not know and Azure refuses rather than ignores.

use aci_model::group::ContainerGroup;
use aci_model::{ApiVersion, ResourceId};

use super::Violation;

/// Checks the members whose use in an older version has an answer of its own.
pub(super) fn check(id: &ResourceId, group: &ContainerGroup, version: ApiVersion) -> Result<(), Violation> {
    let Some(properties) = &group.properties else { return Ok(()) };
    let name = || id.name().to_owned();
    if properties.provisioning_timeout_in_seconds.is_some() && version < ApiVersion::V2023_02_01Preview {
        return Err(Violation::ProvisioningTimeoutVersion { group: name() });
    }
    let mut credentials = properties.image_registry_credentials.iter().flatten();
    if credentials.any(|it| it.identity.is_some()) && version < ApiVersion::V2021_07_01 {
        return Err(Violation::RegistryIdentityVersion { group: name() });
    }
    Ok(())
}
