//! What the outside sees: groups and operations as wire types, by api-version, without secrets.
//!
//! The rules were read off recorded pairs of requests and answers, azure-cli 2.77 and the SDKs of five
//! languages, 2018 to 2025.

use aci_model::error::CloudErrorBody;
use aci_model::group::{ContainerGroup, ContainerGroupProperties, Sku, versions};
use aci_model::operation::{OperationProperties, OperationStatus};
use aci_model::{ApiVersion, CONTAINER_GROUP_TYPE};
use indexmap::IndexMap;

use crate::group::Group;
use crate::groups::OperationRecord;
use crate::limits::PROVISIONING_TIMEOUT_SECONDS;

mod address;
mod confidential;
pub mod identity;
mod instance;
pub mod ngroup;
pub mod profile;
mod times;

/// How much of a group to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Everything, as in GET.
    Full,
    /// Without instance views, as in every recorded list.
    Listed,
}

/// A group as a response body.
pub fn container_group(group: &Group, version: ApiVersion, detail: Detail) -> ContainerGroup {
    let spec = ContainerGroup::clone(&group.spec);
    let mut properties = spec.properties.unwrap_or_default();
    drop_secrets(&mut properties);
    fill_defaults(&mut properties, version);
    properties.provisioning_state = Some(group.status.provisioning_state.clone());
    // No version before it knows of pools, and `retain` drops it there.
    properties.is_created_from_standby_pool = Some(group.status.drawn_by.is_some());
    properties.ip_address = address::shown(group, properties.ip_address.take(), version);
    if detail == Detail::Full {
        properties.instance_view = Some(instance::group(&group.status));
        instance::containers(&mut properties, group);
    }
    if version == ApiVersion::V2017_08_01Preview {
        properties.state = Some(instance::group(&group.status).state.unwrap_or_default());
    }
    let mut shown = ContainerGroup {
        properties: Some(properties),
        identity: identity::shown(&group.id, spec.identity.as_ref()),
        id: Some(group.id.clone()),
        name: Some(group.id.name().to_owned()),
        kind: Some(CONTAINER_GROUP_TYPE.to_owned()),
        ..spec
    };
    versions::retain(&mut shown, version);
    shown
}

/// An operation as a response body: the group's provisioning state, mirrored, and its containers' events.
pub fn operation(record: &OperationRecord) -> OperationStatus {
    let status = &record.snapshot.status;
    let error = record.error.clone();
    OperationStatus {
        id: record.group.to_string(),
        status: status.provisioning_state.clone(),
        start_time: times::seven_digits(record.started_at),
        // Nothing happened to a group that was ready in a standby pool (recorded).
        properties: (status.drawn_by != Some(record.id))
            .then(|| OperationProperties { events: instance::all_events(status) }),
        error: error.map(|message| CloudErrorBody { message, ..CloudErrorBody::default() }),
    }
}

/// What a response never carries.
fn drop_secrets(properties: &mut ContainerGroupProperties) {
    let containers = properties.containers.iter_mut().flatten();
    let containers = containers.filter_map(|it| it.properties.as_mut()?.environment_variables.as_mut());
    let init = properties.init_containers.iter_mut().flatten();
    let init = init.filter_map(|it| it.properties.as_mut()?.environment_variables.as_mut());
    containers.chain(init).flatten().for_each(|variable| variable.secure_value = None);
    for credential in properties.image_registry_credentials.iter_mut().flatten() {
        credential.password = None;
    }
    for volume in properties.volumes.iter_mut().flatten() {
        if let Some(files) = &mut volume.secret {
            *files = IndexMap::new();
        }
        if let Some(share) = &mut volume.azure_file {
            share.storage_account_key = None;
        }
    }
    if let Some(workspace) = properties.diagnostics.as_mut().and_then(|it| it.log_analytics.as_mut()) {
        workspace.workspace_key = None;
    }
    for extension in properties.extensions.iter_mut().flatten() {
        if let Some(settings) = &mut extension.properties {
            settings.protected_settings = None;
        }
    }
    properties.standby_pool_profile = None;
}

/// What Azure adds when a request left it out; `protocol`, `restartPolicy` and `command` it does not.
fn fill_defaults(properties: &mut ContainerGroupProperties, version: ApiVersion) {
    for container in properties.containers.iter_mut().flatten().filter_map(|it| it.properties.as_mut()) {
        container.ports.get_or_insert_default();
        container.environment_variables.get_or_insert_default();
        if version >= ApiVersion::V2024_05_01Preview {
            container.config_map.get_or_insert_default();
        }
    }
    if version >= ApiVersion::V2019_12_01 {
        properties.sku.get_or_insert(Sku::Standard);
        properties.init_containers.get_or_insert_default();
    }
    confidential::fill(properties);
    if version >= ApiVersion::V2023_02_01Preview {
        let given = properties.provisioning_timeout_in_seconds;
        properties.is_custom_provisioning_timeout = Some(given.is_some());
        properties.provisioning_timeout_in_seconds = given.or(Some(PROVISIONING_TIMEOUT_SECONDS));
    }
    if version >= ApiVersion::V2024_05_01Preview {
        for credential in properties.image_registry_credentials.iter_mut().flatten() {
            credential.is_delegated_identity.get_or_insert_default();
        }
    }
}

#[cfg(test)]
mod tests;
