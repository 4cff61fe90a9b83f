//! The rule about groups from a standby pool, whose containers run before anybody asks for them.

use aci_model::ResourceId;
use aci_model::group::container::{Container, ContainerProperties};
use aci_model::group::resources::ResourceRequirements;
use aci_model::group::{ContainerGroup, ContainerGroupProperties};

use super::{Violation, is_dns_label, settings};

/// Checks a request that names a standby pool; the region that it names.
///
/// # Errors
/// The first [`Violation`].
pub fn check_reuse<'a>(id: &ResourceId, group: &'a ContainerGroup) -> Result<&'a str, Violation> {
    let location = settings::location(group)?;
    if !is_dns_label(id.name()) {
        return Err(Violation::GroupName { group: id.name().to_owned() });
    }
    let properties = group.properties.clone().unwrap_or_default();
    if reusable(&properties) == properties { Ok(location) } else { Err(Violation::ReuseProperties {}) }
}

/// What a request may say: which profile and which subnet is meant (recorded with both), and config maps.
fn reusable(properties: &ContainerGroupProperties) -> ContainerGroupProperties {
    let config_map_alone = |container: &Container| Container {
        name: container.name.clone(),
        properties: container.properties.as_ref().map(|properties| ContainerProperties {
            config_map: properties.config_map.clone(),
            // An empty object asks for nothing.
            resources: properties.resources.clone().filter(|it| *it == ResourceRequirements::default()),
            ..ContainerProperties::default()
        }),
    };
    let containers = properties.containers.as_ref();
    ContainerGroupProperties {
        containers: containers.map(|containers| containers.iter().map(config_map_alone).collect()),
        subnet_ids: properties.subnet_ids.clone(),
        container_group_profile: properties.container_group_profile.clone(),
        ..ContainerGroupProperties::default()
    }
}
