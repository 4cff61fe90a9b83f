//! The resolver's configuration, as `pkg/kubelet/network/dns` makes a pod's resolv.conf.

use aci_model::group::network::DnsConfig;

use super::super::{Settings, Translation, reasons};

/// A resolver's limits as of Kubernetes 1.28: name servers, search domains, characters of the search list
/// (`pkg/apis/core/validation`), and of one domain, beyond which glibc 2.28 aborts.
const MAX_NAME_SERVERS: usize = 3;
const MAX_SEARCHES: usize = 32;
const MAX_SEARCH_CHARS: usize = 2048;
const MAX_DOMAIN_CHARS: usize = 253;

/// The event of a list that was cut, and its words.
const FORMING: &str = reasons::DNS_CONFIG_FORMING;

/// Name servers, search domains, options.
type Resolver = (Vec<String>, Vec<String>, Vec<(String, Option<String>)>);

/// The configuration; `None` leaves name resolution to Azure.
pub(super) fn config(t: &mut Translation<'_>) -> Option<DnsConfig> {
    let (mut servers, mut searches, mut options) = by_policy(t);
    let extra = t.spec.dns_config.clone().unwrap_or_default();
    append(&mut servers, extra.nameservers.unwrap_or_default());
    append(&mut searches, extra.searches.unwrap_or_default());
    for option in extra.options.unwrap_or_default() {
        let name = option.name.unwrap_or_default();
        options.retain(|(known, _)| *known != name);
        options.push((name, option.value.filter(|value| !value.is_empty())));
    }
    if servers.len() > MAX_NAME_SERVERS {
        servers.truncate(MAX_NAME_SERVERS);
        let line = servers.join(" ");
        let text = format!(
            "Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line \
             is: {line}"
        );
        t.notes.warn(FORMING, text);
    }
    if shorten(&mut searches) {
        let line = searches.join(" ");
        let text = format!(
            "Search Line limits were exceeded, some search paths have been omitted, the applied search line is: \
             {line}"
        );
        t.notes.warn(FORMING, text);
    }
    if servers.is_empty() {
        // ACI requires name servers in a dnsConfig, so search domains and options need one to go with.
        if !searches.is_empty() || !options.is_empty() {
            let text = "spec.dnsConfig: ACI takes search domains and options only together with nameservers";
            t.notes.warn(reasons::DNS_CONFIG_IGNORED, text);
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

fn by_policy(t: &mut Translation<'_>) -> Resolver {
    let policy = t.spec.dns_policy.as_deref().unwrap_or("ClusterFirst");
    if !matches!(policy, "ClusterFirst" | "ClusterFirstWithHostNet") {
        return Resolver::default();
    }
    let Settings { kube_dns_ip, cluster_domain: domain, .. } = t.settings;
    let Some(server) = kube_dns_ip.as_deref().filter(|ip| !ip.is_empty()) else {
        let text = format!(
            "the provider does not have ClusterDNS IP configured (KUBE_DNS_IP) and cannot create Pod using \
             {policy:?} policy. Falling back to \"Default\" policy."
        );
        t.notes.warn(reasons::MISSING_CLUSTER_DNS, text);
        return Resolver::default();
    };
    let namespace = t.namespace();
    (
        vec![server.to_owned()],
        vec![format!("{namespace}.svc.{domain}"), format!("svc.{domain}"), domain.clone()],
        vec![("ndots".to_owned(), Some("5".to_owned()))],
    )
}

/// Without duplicates, as a kubelet's `omitDuplicates`.
fn append(list: &mut Vec<String>, more: Vec<String>) {
    for item in more {
        if !list.contains(&item) {
            list.push(item);
        }
    }
}

/// Cuts the search list to its limits (`formDNSSearchFitsLimits`); whether something was lost.
fn shorten(searches: &mut Vec<String>) -> bool {
    let before = searches.len();
    searches.truncate(MAX_SEARCHES);
    searches.retain(|domain| domain.len() <= MAX_DOMAIN_CHARS);
    while searches.join(" ").len() > MAX_SEARCH_CHARS {
        searches.pop();
    }
    searches.len() < before
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cases of `TestFormDNSSearchFitsLimits`, of a kubelet with the limits of today.
    #[test]
    fn search_lists_are_cut_to_what_resolvers_take() {
        let domain = |length: usize| "d".repeat(length);
        let table = [
            (vec![domain(10); 6], 6),
            (vec![domain(3); 33], 32),
            (vec![domain(254), domain(10)], 1),
            (vec![domain(250); 9], 8),
        ];
        for (mut list, left) in table {
            let lost = list.len() > left;
            assert_eq!((shorten(&mut list), list.len()), (lost, left));
        }
    }
}
