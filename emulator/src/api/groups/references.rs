//! What a container group refers to: identities, subnets and network profiles that are resources themselves.
//!
//! What lies where this emulator keeps nothing (a resource group or a virtual network that was never made here) is
//! somebody else's and is believed: a subnet can stand for a Docker network without being a resource (OURS).

use aci_model::ResourceId;
use aci_model::group::ContainerGroup;

use crate::app::App;
use crate::arm::error::ArmError;

/// Checks a request.
///
/// # Errors
/// `FailedIdentityOperation`, `SubnetNotFound`, `SubnetMissingRequiredDelegation`, `NetworkProfileNotFound`.
pub(super) fn check(app: &App, group: &ResourceId, spec: &ContainerGroup) -> Result<(), ArmError> {
    let identities = spec.identity.as_ref().and_then(|it| it.user_assigned_identities.as_ref());
    for text in identities.into_iter().flat_map(|identities| identities.keys()) {
        let id = text.parse::<ResourceId>().ok().filter(|id| is_kept_here(app, id));
        if id.is_some_and(|id| app.neighbours.identities.get(&id.key()).is_none()) {
            return Err(ArmError::identity_not_found(group, text));
        }
    }
    let Some(properties) = &spec.properties else { return Ok(()) };
    for subnet in properties.subnet_ids.iter().flatten() {
        if let Some(id) = subnet.id.as_deref().and_then(|id| id.parse().ok()) {
            check_subnet(app, group, &id)?;
        }
    }
    let profile = properties.network_profile.as_ref().and_then(|profile| profile.id.as_deref());
    let kept = profile.and_then(|id| id.parse().ok()).filter(|id| is_kept_here(app, id));
    match (profile, kept) {
        (Some(text), Some(id)) if app.neighbours.profiles.get(&id.key()).is_none() => {
            Err(ArmError::network_profile_not_found(text, group.name()))
        }
        _ => Ok(()),
    }
}

/// Whether a resource's resource group is one of ours.
fn is_kept_here(app: &App, id: &ResourceId) -> bool {
    app.resource_groups.get(&id.subscription, &id.resource_group).is_some()
}

fn check_subnet(app: &App, group: &ResourceId, id: &ResourceId) -> Result<(), ArmError> {
    let mut network = id.clone();
    network.path.truncate(1);
    let Some(network) = app.neighbours.networks.get(&network.key()) else { return Ok(()) };
    let subnet = network.properties.subnet(id.name());
    let subnet = subnet.ok_or_else(|| ArmError::subnet_not_found(id, group.name()))?;
    if subnet.takes_container_groups() {
        return Ok(());
    }
    Err(ArmError::subnet_not_delegated(id, &subnet.link_id(&network.id)))
}
