//! Rules about the group as a whole, and what of a request is Azure's alone to write.

use aci_model::ResourceId;
use aci_model::group::identity::{Identity, IdentityType, UserAssignedIdentity};
use aci_model::group::{ContainerGroup, OsType, Priority, RestartPolicy};

use super::{Request, Violation, is_dns_label};
use crate::directory::{IdentityIds, TENANT_ID};
use crate::regions;

/// The location of a request, which must be one of the regions.
pub(super) fn location(group: &ContainerGroup) -> Result<&str, Violation> {
    let location = group.location.as_deref().filter(|location| !location.trim().is_empty());
    let location = location.ok_or(Violation::LocationRequired {})?;
    if !regions::is_known(location) {
        return Err(Violation::LocationNotAvailable {
            location: location.to_owned(),
            regions: regions::names(","),
        });
    }
    Ok(location)
}

pub(super) fn check(request: &Request<'_>) -> Result<(), Violation> {
    let properties = request.properties;
    if !is_dns_label(request.name) {
        return Err(Violation::GroupName { group: request.group() });
    }
    if matches!(properties.os_type, None | Some(OsType::Other(_))) {
        return Err(Violation::OsType {});
    }
    if let Some(RestartPolicy::Other(_)) = properties.restart_policy {
        return Err(Violation::RestartPolicy {});
    }
    if let Some(Priority::Other(_)) = properties.priority {
        return Err(Violation::Priority { group: request.group() });
    }
    Ok(())
}

/// Drops the members that only Azure writes, and fills in the identities, whose ids Azure gives at once.
pub(super) fn without_read_only(id: &ResourceId, mut group: ContainerGroup) -> ContainerGroup {
    (group.id, group.name, group.kind, group.system_data) = (None, None, None, None);
    group.identity = group.identity.and_then(|identity| assigned(id, identity));
    let Some(properties) = group.properties.as_mut() else { return group };
    properties.provisioning_state = None;
    properties.state = None;
    properties.instance_view = None;
    properties.is_created_from_standby_pool = None;
    properties.is_custom_provisioning_timeout = None;
    properties.orchestrator_id = None;
    if let Some(address) = properties.ip_address.as_mut() {
        (address.ip, address.fqdn) = (None, None);
    }
    let containers = properties.containers.iter_mut().flatten();
    containers.filter_map(|container| container.properties.as_mut()).for_each(|it| it.instance_view = None);
    let init = properties.init_containers.iter_mut().flatten();
    init.filter_map(|container| container.properties.as_mut()).for_each(|it| it.instance_view = None);
    group
}

/// The identity with the ids that Azure would fill in; the same identity has the same ids in every answer.
fn assigned(id: &ResourceId, identity: Identity) -> Option<Identity> {
    let kind = identity.kind.unwrap_or(IdentityType::None);
    let system = matches!(kind, IdentityType::SystemAssigned | IdentityType::Both);
    let user = identity.user_assigned_identities.map(|identities| {
        let fill = |key: String| {
            // What is no resource's id has none either.
            let ids = key.parse::<ResourceId>().ok().map(|id| IdentityIds::of(&id));
            let ids = ids.map(|IdentityIds { client_id, principal_id }| UserAssignedIdentity {
                principal_id: Some(principal_id.to_string()),
                client_id: Some(client_id.to_string()),
            });
            (key, Some(ids.unwrap_or_default()))
        };
        identities.into_keys().map(fill).collect()
    });
    (kind != IdentityType::None).then(|| Identity {
        user_assigned_identities: user,
        principal_id: system.then(|| IdentityIds::of(id).principal_id.to_string()),
        tenant_id: Some(TENANT_ID.to_owned()),
        kind: Some(kind),
    })
}
