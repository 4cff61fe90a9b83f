//! Addresses and name resolution.

use aci_model::group::network::{DnsConfig, IpAddress, IpAddressType, Port, SubnetId};
use aci_model::group::{ContainerGroupProperties, OsType};

use super::{Settings, Translation};

/// A resolver's limits as of Kubernetes 1.28: name servers, search domains, characters of the search list.
const MAX_NAME_SERVERS: usize = 3;
const MAX_SEARCHES: usize = 32;
const MAX_SEARCH_CHARS: usize = 2048;

/// A private address in the subnet, which ACI chooses, or a public one with the containers' ports.
pub(super) fn translate(t: &mut Translation<'_>, properties: &mut ContainerGroupProperties) {
    if let Some(subnet) = &t.settings.subnet {
        properties.subnet_ids = Some(vec![SubnetId { id: Some(subnet.to_string()), name: None }]);
        if t.settings.os_type != OsType::Windows {
            properties.dns_config = dns(t);
        }
        return;
    }
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
        t.notes.info("NoAddress", format!("spec.containers[*].ports: {text}"));
        return;
    }
    properties.ip_address =
        Some(IpAddress { kind: Some(IpAddressType::Public), ports: Some(ports), ..IpAddress::default() });
}

/// The kubelet's resolv.conf, as `k8s.io/kubernetes/pkg/kubelet/network/dns` makes it.
fn dns(t: &mut Translation<'_>) -> Option<DnsConfig> {
    let (mut servers, mut searches, mut options) = by_policy(t);
    let extra = t.spec.dns_config.clone().unwrap_or_default();
    append(&mut servers, extra.nameservers.unwrap_or_default());
    append(&mut searches, extra.searches.unwrap_or_default());
    for option in extra.options.unwrap_or_default() {
        let name = option.name.unwrap_or_default();
        options.retain(|(known, _)| *known != name);
        options.push((name, option.value));
    }
    if servers.len() > MAX_NAME_SERVERS {
        servers.truncate(MAX_NAME_SERVERS);
        let line = servers.join(" ");
        let text = format!(
            "Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line \
             is: {line}"
        );
        t.notes.warn("DNSConfigForming", text);
    }
    if shorten(&mut searches) {
        let line = searches.join(" ");
        let text = format!(
            "Search Line limits were exceeded, some search paths have been omitted, the applied search line is: \
             {line}"
        );
        t.notes.warn("DNSConfigForming", text);
    }
    if servers.is_empty() {
        // ACI requires name servers in a dnsConfig, so search domains and options need one to go with.
        if !searches.is_empty() || !options.is_empty() {
            t.notes.ignored("spec.dnsConfig (without nameservers)");
        }
        return None;
    }
    let options: Vec<_> = options
        .into_iter()
        .map(|(name, value)| value.map_or(name.clone(), |value| format!("{name}:{value}")))
        .collect();
    let joined = |list: Vec<String>| (!list.is_empty()).then(|| list.join(" "));
    Some(DnsConfig {
        name_servers: Some(servers),
        search_domains: joined(searches),
        options: joined(options),
    })
}

type Resolver = (Vec<String>, Vec<String>, Vec<(String, Option<String>)>);

fn by_policy(t: &mut Translation<'_>) -> Resolver {
    let policy = t.spec.dns_policy.as_deref().unwrap_or("ClusterFirst");
    if !matches!(policy, "ClusterFirst" | "ClusterFirstWithHostNet") {
        return Resolver::default();
    }
    let Settings { kube_dns_ip, cluster_domain: domain, .. } = t.settings;
    let Some(server) = kube_dns_ip.as_deref().filter(|ip| !ip.is_empty()) else {
        let text = "the provider knows no cluster DNS (KUBE_DNS_IP); falling back to the Default policy";
        t.notes.warn("MissingClusterDNS", format!("spec.dnsPolicy: {text}"));
        return Resolver::default();
    };
    let namespace = t.pod.metadata.namespace.as_deref().unwrap_or("default");
    (
        vec![server.to_owned()],
        vec![format!("{namespace}.svc.{domain}"), format!("svc.{domain}"), domain.clone()],
        vec![("ndots".to_owned(), Some("5".to_owned()))],
    )
}

fn append(list: &mut Vec<String>, more: Vec<String>) {
    for item in more {
        if !list.contains(&item) {
            list.push(item);
        }
    }
}

/// Cuts the search list to its limits; whether something was lost.
fn shorten(searches: &mut Vec<String>) -> bool {
    let before = searches.len();
    searches.truncate(MAX_SEARCHES);
    while searches.join(" ").len() > MAX_SEARCH_CHARS {
        searches.pop();
    }
    searches.len() < before
}
