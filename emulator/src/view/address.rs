//! The address of a group: what of it is shown when, and its host name.

use aci_model::ApiVersion;
use aci_model::group::network::{IpAddress, IpAddressType};
use uuid::Uuid;

use crate::directory::TENANT_ID;
use crate::group::Group;
use crate::regions;

/// The domain of all public groups' host names.
const DOMAIN: &str = "azurecontainer.io";

/// The scope of a label that anybody may take once it is free; the default.
const UNSECURE: &str = "Unsecure";

/// The address as shown. Of a group in a subnet nothing is shown until it has one, and then also when the
/// request asked for none (recorded).
pub(super) fn shown(group: &Group, asked: Option<IpAddress>, version: ApiVersion) -> Option<IpAddress> {
    let ip = group.status.ip.map(|ip| ip.to_string());
    let properties = group.spec.properties.as_ref()?;
    if properties.subnet_ids.iter().flatten().next().is_some() || properties.network_profile.is_some() {
        let ports = match asked.and_then(|address| address.ports) {
            Some(ports) => ports,
            None => {
                let containers = properties.containers.iter().flatten();
                let ports = containers.filter_map(|container| container.properties.as_ref()?.ports.clone());
                ports.flatten().collect()
            }
        };
        let private =
            IpAddress { ports: Some(ports), kind: Some(IpAddressType::Private), ..IpAddress::default() };
        return ip.map(|ip| IpAddress { ip: Some(ip), ..private });
    }
    let mut address = IpAddress { ip, ..asked? };
    match address.dns_name_label.clone() {
        Some(label) => {
            let scope = address.auto_generated_domain_name_label_scope.take();
            let scope = scope.unwrap_or_else(|| UNSECURE.to_owned());
            let region = regions::normalise(group.spec.location.as_deref().unwrap_or_default());
            address.fqdn = Some(match reuse_hash(group, &label, &scope) {
                Some(hash) => format!("{label}.{hash}.{region}.{DOMAIN}"),
                None => format!("{label}.{region}.{DOMAIN}"),
            });
            let shown = version >= ApiVersion::V2021_10_01;
            address.auto_generated_domain_name_label_scope = shown.then_some(scope);
        }
        None => address.auto_generated_domain_name_label_scope = None,
    }
    Some(address)
}

/// The second label of a host name whose reuse is restricted: the same for the same label in the same scope
/// (DOC: "Deploy an Azure container instance with DNS name reuse policy").
fn reuse_hash(group: &Group, label: &str, scope: &str) -> Option<String> {
    let within = match scope.to_ascii_lowercase().as_str() {
        "tenantreuse" => TENANT_ID.to_owned(),
        "subscriptionreuse" => group.id.subscription.to_ascii_lowercase(),
        "resourcegroupreuse" => {
            format!("{}/{}", group.id.subscription, group.id.resource_group).to_ascii_lowercase()
        }
        "noreuse" => group.id.key(),
        _ => return None,
    };
    let hash = Uuid::new_v5(&Uuid::NAMESPACE_DNS, format!("{label}:{within}").as_bytes());
    let nibbles = hash.as_bytes()[..8].iter().flat_map(|byte| [byte >> 4, byte & 15]);
    Some(nibbles.map(|nibble| char::from(b'a' + nibble)).collect())
}
