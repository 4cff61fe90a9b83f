//! Rules about the address, its ports and its subnet.

use std::collections::HashSet;

use aci_model::ResourceId;
use aci_model::group::network::{IpAddress, IpAddressType};

use super::{Request, Violation, containers, missing, required};
use crate::limits::{DNS_LABEL_LENGTH, RESERVED_PORTS};

/// Who may reuse a label. Source: the specification's enumeration.
const SCOPES: [&str; 5] = ["Unsecure", "TenantReuse", "SubscriptionReuse", "ResourceGroupReuse", "Noreuse"];

pub(super) fn check(request: &Request<'_>) -> Result<(), Violation> {
    let subnets = request.properties.subnet_ids.as_deref().unwrap_or_default();
    for (index, subnet) in subnets.iter().enumerate() {
        let id = required(subnet.id.as_ref(), "id", &format!("properties.subnetIds[{index}]"))?;
        if !is_subnet(id) {
            return Err(Violation::SubnetId { id: id.clone(), group: request.group() });
        }
    }
    if subnets.len() > 1 {
        return Err(Violation::TooManySubnets { group: request.group() });
    }
    match &request.properties.ip_address {
        Some(address) => {
            let is_private = address.kind == Some(IpAddressType::Private);
            let in_subnet = !subnets.is_empty()
                || request.properties.network_profile.is_some()
                || request.is_profile && is_private;
            check_address(request, address, in_subnet)
        }
        None => Ok(()),
    }
}

/// Whether a text is the id of a subnet, existing or not: virtual networks are not resources here yet.
fn is_subnet(id: &str) -> bool {
    id.parse::<ResourceId>().is_ok_and(|id| {
        let kinds: Vec<_> = id.path.iter().map(|(kind, _)| kind.to_ascii_lowercase()).collect();
        id.namespace.eq_ignore_ascii_case("Microsoft.Network") && kinds == ["virtualnetworks", "subnets"]
    })
}

fn check_address(request: &Request<'_>, address: &IpAddress, in_subnet: bool) -> Result<(), Violation> {
    let group = request.group();
    match (address.kind.as_ref().ok_or_else(|| missing("type", "properties.ipAddress"))?, in_subnet) {
        (IpAddressType::Public, false) | (IpAddressType::Private, true) => {}
        (IpAddressType::Public, true) => return Err(Violation::PublicInSubnet {}),
        (IpAddressType::Private, false) => return Err(Violation::PrivateWithoutSubnet { group }),
        (IpAddressType::Other(_), _) => return Err(Violation::IpAddressType { group }),
    }
    let ports = address.ports.as_deref().unwrap_or_default();
    if ports.is_empty() {
        return Err(Violation::IpPortsMissing { group });
    }
    if ports.len() > request.limits.group.ip_ports {
        return Err(Violation::TooManyIpPorts { group, limit: request.limits.group.ip_ports });
    }
    if let Some(label) = &address.dns_name_label
        && !is_dns_name_label(label)
    {
        return Err(Violation::DnsNameLabel { label: label.clone(), group });
    }
    if address.dns_name_label.is_some() && in_subnet {
        return Err(Violation::LabelInSubnet { group });
    }
    let scope = address.auto_generated_domain_name_label_scope.as_ref();
    if scope.is_some_and(|scope| !SCOPES.iter().any(|known| known.eq_ignore_ascii_case(scope))) {
        return Err(Violation::LabelScope { group });
    }
    let mut numbers = ports.iter().filter_map(|port| port.port);
    if let Some(port) = numbers.find(|port| !in_subnet && is_reserved(*port)) {
        return Err(Violation::IpPortReserved { port, group });
    }
    check_ports_are_used(request, address)
}

/// Whether the platform keeps a public port for itself; 443 is documented as such and open in practice.
fn is_reserved(port: i64) -> bool {
    port != 443 && RESERVED_PORTS.iter().any(|range| range.contains(&port))
}

/// Every port of the address must be opened by a container, with the same transport.
fn check_ports_are_used(request: &Request<'_>, address: &IpAddress) -> Result<(), Violation> {
    let mut open = HashSet::new();
    let containers = request.properties.containers.iter().flatten();
    let properties = containers.filter_map(|container| container.properties.as_ref());
    for port in properties.flat_map(|properties| properties.ports.iter().flatten()) {
        open.insert((port.port, containers::is_udp(request, port)?));
    }
    let mut seen = HashSet::new();
    let mut unused = Vec::new();
    for (index, port) in address.ports.iter().flatten().enumerate() {
        let path = || format!("properties.ipAddress.ports[{index}]");
        let number = port.port.ok_or_else(|| missing("port", path()))?;
        let udp = containers::is_udp(request, port)?;
        if !seen.insert((number, udp)) {
            return Err(Violation::DuplicatePort { port: number, group: request.group() });
        }
        if !open.contains(&(Some(number), udp)) {
            unused.push(number.to_string());
        }
    }
    if !unused.is_empty() {
        return Err(Violation::IpPortsUnused { ports: unused.join(","), group: request.group() });
    }
    Ok(())
}

fn is_dns_name_label(label: &str) -> bool {
    DNS_LABEL_LENGTH.contains(&label.len())
        && super::is_dns_label(label)
        && label.starts_with(|first: char| first.is_ascii_lowercase())
}
