//! The address of a group: what of it is shown when.

use aci_model::ApiVersion;
use aci_model::group::network::{IpAddress, IpAddressType};

use crate::group::Group;
use crate::host_name;

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
    address.fqdn = host_name::of(group);
    let scope = address.fqdn.as_ref().map(|_| host_name::scope(&address).to_owned());
    address.auto_generated_domain_name_label_scope = scope.filter(|_| version >= ApiVersion::V2021_10_01);
    Some(address)
}
