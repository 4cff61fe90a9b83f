//! NGroups and the operations on it as response bodies.

use aci_model::ApiVersion;
use aci_model::error::CloudErrorBody;
use aci_model::group::{ContainerGroupProperties, ProvisioningState};
use aci_model::ngroup::{NGROUP_TYPE, NGroup as Body, NGroupProperties, NGroupProvisioningState};
use aci_model::operation::OperationStatus;

use super::{drop_secrets, identity, times};
use crate::ngroups::Operation;
use crate::ngroups::record::NGroup;

/// NGroups, with what a version knows of it.
pub fn ngroup(ngroup: &NGroup, version: ApiVersion) -> Body {
    let spec = ngroup.spec.clone();
    let mut properties = spec.properties;
    properties.provisioning_state = Some(ngroup.state.clone());
    hide_secrets(&mut properties);
    if version < ApiVersion::V2024_11_01Preview {
        (properties.update_profile, properties.placement_profile) = (None, None);
    }
    Body {
        properties: Some(properties),
        identity: identity::shown(&ngroup.id, spec.identity.as_ref()),
        id: Some(ngroup.id.clone()),
        name: Some(ngroup.id.name().to_owned()),
        kind: Some(NGROUP_TYPE.to_owned()),
        location: Some(spec.location),
        tags: spec.tags,
        zones: spec.zones,
    }
}

fn hide_secrets(properties: &mut NGroupProperties) {
    let stubs = properties.container_group_profiles.iter_mut().flatten();
    for own in stubs.filter_map(|stub| stub.container_group_properties.as_mut()) {
        let mut group = ContainerGroupProperties {
            containers: own.containers.take(),
            volumes: own.volumes.take(),
            ..ContainerGroupProperties::default()
        };
        drop_secrets(&mut group);
        (own.containers, own.volumes) = (group.containers, group.volumes);
    }
}

/// An operation: where NGroups is, until it has arrived. `now` is where it is.
pub fn operation(operation: &Operation, now: Option<&NGroup>) -> OperationStatus {
    let (state, error) = match (&operation.outcome, now) {
        (Some((state, error)), _) => (state.clone(), error.clone()),
        (None, Some(ngroup)) if ngroup.is_pool() => (ngroup.pool_state(), None),
        (None, Some(ngroup)) => (ngroup.state.clone(), None),
        (None, None) => (NGroupProvisioningState::Deleting, None),
    };
    OperationStatus {
        id: operation.ngroup.to_string(),
        status: ProvisioningState::from(state.as_str()),
        start_time: times::seven_digits(operation.started_at),
        properties: None,
        error: error.map(|message| CloudErrorBody { message, ..CloudErrorBody::default() }),
    }
}
