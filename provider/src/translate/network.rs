//! Addresses: a private one in a subnet, a public one, or none.

use aci_model::group::ContainerGroupProperties;
use aci_model::group::OsType;
use aci_model::group::network::{IpAddress, IpAddressType, Port, SubnetId};

use super::annotations::Address;
use super::{Translation, Untranslatable, reasons};

mod dns;

/// How many ports an address may have (documented in ACI's quotas).
const MAX_PORTS: usize = 5;

/// Puts the group where the node's settings and the pod's annotations say.
pub(super) fn translate(
    t: &mut Translation<'_>,
    properties: &mut ContainerGroupProperties,
) -> Result<(), Untranslatable> {
    let subnet = t.annotations.subnet.clone().or_else(|| t.settings.subnet.clone());
    let usual = if subnet.is_some() { Address::Private } else { Address::Public };
    let asked = t.annotations.address;
    let kind = asked.unwrap_or(usual);
    if t.annotations.is_spot() {
        check_spot(kind, asked, subnet.is_some())?;
    }
    match (kind, subnet) {
        (Address::None, _) => {}
        (Address::Public, _) if t.annotations.is_spot() => {
            t.notes.info(reasons::NO_ADDRESS, "spot groups have no address: nobody can reach the pod");
        }
        (Address::Public, _) => properties.ip_address = public(t, properties),
        (Address::Private, Some(subnet)) => {
            properties.subnet_ids = Some(vec![SubnetId { id: Some(subnet.to_string()), name: None }]);
            if t.settings.os_type != OsType::Windows && t.annotations.dns != Some(false) {
                properties.dns_config = dns::config(t);
            }
        }
        (Address::Private, None) => {
            return Err(Untranslatable::new(
                "metadata.annotations[virtual-kubelet.io/ip-address-type]",
                "the node has no subnet that a private address could be in",
                "name one in microsoft.containerinstance.virtualnode.subnets.primary, or use Public or None",
            ));
        }
    }
    if properties.ip_address.is_none() && t.annotations.dns_name_label.is_some() {
        let text = "metadata.annotations[virtualkubelet.io/dnsnamelabel]: only public addresses have names";
        t.notes.warn(reasons::ANNOTATION_IGNORED, text);
    }
    if properties.dns_config.is_none() && t.spec.dns_config.is_some() && kind != Address::Private {
        let text = "spec.dnsConfig: outside a subnet groups resolve names as Azure does";
        t.notes.warn(reasons::DNS_CONFIG_IGNORED, text);
    }
    Ok(())
}

/// Spot groups have neither address nor subnet (`SpotPriorityContainerGroupNotSupportedForInboundConnectivity`). On
/// a node with a subnet the pod's owner has to say that the pod does without: it would not reach the cluster.
fn check_spot(kind: Address, asked: Option<Address>, has_subnet: bool) -> Result<(), Untranslatable> {
    let contradicts = asked.is_some_and(|asked| asked != Address::None);
    if contradicts || (kind == Address::Private && has_subnet) {
        return Err(Untranslatable::new(
            "metadata.annotations[virtual-kubelet.io/priority]",
            "ACI gives spot groups neither addresses nor subnets",
            "set virtual-kubelet.io/ip-address-type to None if the pod needs neither, else use Regular",
        ));
    }
    Ok(())
}

/// A public address with the containers' ports; ACI gives none to groups without open ports.
fn public(t: &mut Translation<'_>, properties: &ContainerGroupProperties) -> Option<IpAddress> {
    let mut ports: Vec<Port> = Vec::new();
    for container in properties.containers.iter().flatten().filter_map(|c| c.properties.as_ref()) {
        for port in container.ports.iter().flatten() {
            if !ports.contains(port) {
                ports.push(port.clone());
            }
        }
    }
    if ports.is_empty() {
        let text = "the pod gets no address: ACI gives public ones only to groups with open ports";
        t.notes.info(reasons::NO_ADDRESS, format!("spec.containers[*].ports: {text}"));
        return None;
    }
    if ports.len() > MAX_PORTS {
        let closed: Vec<_> = ports
            .split_off(MAX_PORTS)
            .iter()
            .filter_map(|port| port.port)
            .map(|port| port.to_string())
            .collect();
        let text = format!(
            "spec.containers[*].ports: a public address has {MAX_PORTS} ports at most; not open from outside: {}",
            closed.join(", ")
        );
        t.notes.warn(reasons::PORTS_NOT_OPEN, text);
    }
    Some(IpAddress {
        kind: Some(IpAddressType::Public),
        ports: Some(ports),
        dns_name_label: t.annotations.dns_name_label.clone(),
        auto_generated_domain_name_label_scope: t
            .annotations
            .dns_name_label_scope
            .clone()
            .filter(|_| t.annotations.dns_name_label.is_some()),
        ..IpAddress::default()
    })
}
