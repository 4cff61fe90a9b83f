//! What a container group refers to: identities, subnets and network profiles that are resources themselves.
//!
//! What lies where this emulator keeps nothing (a resource group or a virtual network that was never made here) is
//! somebody else's and is believed: a subnet can stand for a Docker network without being a resource (OURS).

use aci_model::ResourceId;
use aci_model::group::ContainerGroup;

use crate::app::App;
use crate::arm::error::ArmError;

/// What is known of what a request refers to; what is not known is not checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct References {
    /// The subnet of the first of `subnetIds`.
    pub subnet: Option<SubnetState>,
    /// Whether there is the network profile.
    pub network_profile_exists: Option<bool>,
    /// Those of the user-assigned identities that do not exist, as the request wrote them.
    pub missing_identities: Vec<String>,
}

/// What is known of a subnet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubnetState {
    /// There is none of this id.
    Missing(ResourceId),
    /// It is not delegated to container groups; the link that it cannot have.
    NotDelegated(ResourceId, String),
    /// Groups can join it.
    Ready,
}

/// Looks up what a request refers to.
pub fn look_up(app: &App, spec: &ContainerGroup) -> References {
    let properties = spec.properties.as_ref();
    let subnet = properties.and_then(|it| it.subnet_ids.as_ref()?.first()?.id.as_deref()?.parse().ok());
    let profile = properties.and_then(|it| it.network_profile.as_ref()?.id.as_deref()?.parse().ok());
    let identities = spec.identity.as_ref().and_then(|it| it.user_assigned_identities.as_ref());
    References {
        subnet: subnet.and_then(|id| subnet_state(app, &id)),
        network_profile_exists: profile
            .filter(|id| is_kept_here(app, id))
            .map(|id: ResourceId| app.neighbours.profiles.get(&id.key()).is_some()),
        missing_identities: identities
            .into_iter()
            .flat_map(|identities| identities.keys().filter(|id| is_missing_identity(app, id)).cloned())
            .collect(),
    }
}

/// Whether a user-assigned identity would be kept here and is not.
pub fn is_missing_identity(app: &App, id: &str) -> bool {
    let id = id.parse::<ResourceId>().ok().filter(|id| is_kept_here(app, id));
    id.is_some_and(|id| app.neighbours.identities.get(&id.key()).is_none())
}

/// Whether a subnet's network is kept here without it.
pub fn is_missing_subnet(app: &App, id: &ResourceId) -> bool {
    matches!(subnet_state(app, id), Some(SubnetState::Missing(_)))
}

/// Whether a resource's resource group is one of ours.
fn is_kept_here(app: &App, id: &ResourceId) -> bool {
    app.resource_groups.get(&id.subscription, &id.resource_group).is_some()
}

fn subnet_state(app: &App, id: &ResourceId) -> Option<SubnetState> {
    let mut network = id.clone();
    network.path.truncate(1);
    let network = app.neighbours.networks.get(&network.key())?;
    Some(match network.properties.subnet(id.name()) {
        None => SubnetState::Missing(id.clone()),
        Some(subnet) if subnet.takes_container_groups() => SubnetState::Ready,
        Some(subnet) => SubnetState::NotDelegated(id.clone(), subnet.link_id(&network.id)),
    })
}

/// Checks a request.
///
/// # Errors
/// `FailedIdentityOperation`, `SubnetNotFound`, `SubnetMissingRequiredDelegation`, `NetworkProfileNotFound`.
pub fn check(app: &App, group: &ResourceId, spec: &ContainerGroup) -> Result<(), ArmError> {
    let References { subnet, network_profile_exists, missing_identities } = look_up(app, spec);
    if let Some(identity) = missing_identities.first() {
        return Err(ArmError::identity_not_found(group, identity));
    }
    match subnet {
        Some(SubnetState::Missing(id)) => {
            return Err(ArmError::subnet_not_found(&id, group.name()));
        }
        Some(SubnetState::NotDelegated(id, link)) => return Err(ArmError::subnet_not_delegated(&id, &link)),
        Some(SubnetState::Ready) | None => {}
    }
    if network_profile_exists == Some(false) {
        let properties = spec.properties.as_ref();
        let profile = properties.and_then(|it| it.network_profile.as_ref()?.id.as_deref());
        return Err(ArmError::network_profile_not_found(profile.unwrap_or_default(), group.name()));
    }
    Ok(())
}
