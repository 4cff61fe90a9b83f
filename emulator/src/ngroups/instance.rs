//! The container group that a member is.

use aci_model::ResourceId;
use aci_model::group::env::EnvironmentVariable;
use aci_model::group::settings::ContainerGroupProfileReference;
use aci_model::group::{ContainerGroup, ContainerGroupProperties};

use super::pool;
use super::record::{Member, NGroup};
use crate::limits::Limits;
use crate::neighbours::group_profile::Revision;
use crate::neighbours::group_profile::overlay::over;
use crate::validate::{self, Accepted, Violation};

/// Tags that ask for a variable in every container, and its name (DOC: "About NGroups").
const NAME_TAG: (&str, &str) =
    ("metadata.container.environmentVariable.containerGroupName", "ContainerGroupName");
const OWNER_TAG: (&str, &str) = ("metadata.container.environmentVariable.orchestratorId", "OrchestratorId");

/// The container group, as a PUT of it would be accepted.
///
/// # Errors
/// When profile and additions do not go together.
pub fn container_group(
    ngroup: &NGroup,
    member: &Member,
    revision: &Revision,
    limits: &Limits,
) -> Result<ContainerGroup, Violation> {
    let added = member.template.properties.clone().unwrap_or_default();
    let added = ContainerGroupProperties {
        containers: added.containers,
        volumes: added.volumes,
        subnet_ids: added.subnet_ids,
        ..ContainerGroupProperties::default()
    };
    let (id, owner) = (ngroup.member_id(&member.name), ngroup.id.to_string());
    let mut properties = over(&revision.properties.group(), added);
    set_variables(&mut properties, ngroup, &id, &owner);
    if ngroup.is_pool() {
        pool::prepare_config_maps(&mut properties);
    }
    properties.container_group_profile = Some(ContainerGroupProfileReference {
        id: Some(member.template.profile.clone()),
        revision: Some(member.template.revision),
    });
    let group = ContainerGroup {
        properties: Some(properties),
        identity: ngroup.spec.identity.clone(),
        location: Some(ngroup.spec.location.clone()),
        zones: member.zone.clone().map(|zone| vec![zone]).or_else(|| revision.zones.clone()),
        tags: ngroup.spec.tags.clone(),
        ..ContainerGroup::default()
    };
    let version = ngroup.spec.version.max(super::FIRST_WITH_ALL);
    let Accepted(mut group) = validate::validate(&id, group, version, limits)?;
    if let Some(properties) = group.properties.as_mut().filter(|_| !ngroup.is_pool()) {
        properties.orchestrator_id = Some(owner);
    }
    Ok(group)
}

fn set_variables(properties: &mut ContainerGroupProperties, ngroup: &NGroup, id: &ResourceId, owner: &str) {
    let is_asked = |tag: &str| {
        let value = ngroup.spec.tags.as_ref().and_then(|tags| tags.get(tag));
        value.is_some_and(|value| value.eq_ignore_ascii_case("true"))
    };
    let wanted = [(NAME_TAG, id.name()), (OWNER_TAG, owner)];
    for ((_, name), value) in wanted.into_iter().filter(|((tag, _), _)| is_asked(tag)) {
        let containers = properties.containers.iter_mut().flatten();
        for container in containers.filter_map(|container| container.properties.as_mut()) {
            let variables = container.environment_variables.get_or_insert_default();
            variables.retain(|variable| variable.name.as_deref() != Some(name));
            variables.push(EnvironmentVariable {
                name: Some(name.to_owned()),
                value: Some(value.to_owned()),
                ..EnvironmentVariable::default()
            });
        }
    }
}
