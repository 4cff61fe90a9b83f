//! What a PUT may not change on a group that exists.

use std::collections::BTreeSet;

use aci_model::group::network::SubnetId;
use aci_model::group::{ContainerGroup, ContainerGroupProperties, RestartPolicy};

use super::{Violation, resources};

/// Checks that a request leaves alone what only a new group can have otherwise.
///
/// # Errors
/// [`Violation::ImmutableChanged`].
pub fn check_update(name: &str, old: &ContainerGroup, new: &ContainerGroup) -> Result<(), Violation> {
    let same_zones = zones(old) == zones(new);
    let same_properties = match (&old.properties, &new.properties) {
        (Some(old), Some(new)) => fixed(old) == fixed(new),
        (None, None) => true,
        _ => false,
    };
    if same_zones && same_properties {
        return Ok(());
    }
    Err(Violation::ImmutableChanged { group: name.to_owned() })
}

fn zones(group: &ContainerGroup) -> BTreeSet<&String> {
    group.zones.iter().flatten().collect()
}

/// What must stay: operating system, restart policy, total memory and CPU, subnets and network profile.
fn fixed(properties: &ContainerGroupProperties) -> impl PartialEq + use<> {
    let subnets = properties.subnet_ids.iter().flatten();
    let subnet = |subnet: &SubnetId| subnet.id.as_ref().map(|id| id.to_ascii_lowercase());
    let profile = properties.network_profile.as_ref().and_then(|it| it.id.as_ref());
    (
        profile.map(|id| id.to_ascii_lowercase()),
        properties.os_type.clone(),
        properties.restart_policy.clone().unwrap_or(RestartPolicy::Always),
        resources::totals(properties.containers.as_deref().unwrap_or_default()),
        subnets.map(subnet).collect::<BTreeSet<_>>(),
    )
}
