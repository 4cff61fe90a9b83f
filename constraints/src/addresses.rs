//! Ports, addresses and host names.

use aci_emulator::validate::Violation;
use serde_json::{Value, json};

use crate::body::{Body, container, group};
use crate::error;
use crate::recipe::{Az, Recipe, Step};
use crate::table::constraint;
use crate::{Area, Constraint};

/// Opens ports of the container and of the address.
fn open(body: Body, ports: &[i64]) -> Body {
    let ports: Value = ports.iter().map(|port| json!({ "port": port, "protocol": "TCP" })).collect();
    body.with_container("/ports", ports.clone())
        .with("/properties/ipAddress", json!({ "type": "Public", "ports": ports }))
}

/// A public web server with a name.
fn labelled(name: &str, label: &str) -> Body {
    open(group(name), &[80]).with("/properties/ipAddress/dnsNameLabel", json!(label))
}

/// The chapter.
pub(crate) const CONSTRAINTS: &[Constraint] = &[
    rule! {
        "container-port-range" Addresses, |name| Violation::ContainerPorts {
            ports: "0".to_owned(),
            container: name.clone(),
            group: name,
        },
        why: "Ports are numbers from 1 to 65535.",
        way_out: "Use the number on which the container listens.",
        sends: |it| it.with_container("/ports", json!([{ "port": 0 }])),
        accepted: |it| it.with_container("/ports", json!([{ "port": 80 }]))
    },
    rule! {
        "duplicate-port" Addresses, |name| Violation::DuplicatePort { port: 80, group: name },
        why: "The containers of a group share one network: only one of them can listen on a port.",
        way_out: "Let each container listen on a port of its own.",
        sends: |it| it
            .with_container("/ports", json!([{ "port": 80 }]))
            .with("/properties/containers/1", container("sidecar"))
            .with("/properties/containers/1/properties/ports", json!([{ "port": 80 }])),
        accepted: |it| it
            .with_container("/ports", json!([{ "port": 80 }]))
            .with("/properties/containers/1", container("sidecar"))
            .with("/properties/containers/1/properties/ports", json!([{ "port": 81 }]))
    },
    rule! {
        "protocol" Addresses, |name| Violation::Protocol { protocol: "SCTP".to_owned(), group: name },
        why: "There are two transports.",
        way_out: "Use `TCP` or `UDP`.",
        sends: |it| it.with_container("/ports", json!([{ "port": 80, "protocol": "SCTP" }])),
        accepted: |it| it.with_container("/ports", json!([{ "port": 80, "protocol": "UDP" }])),
        az(Az::Refuses(
            "az container create -g constraints -n protocol --image mcr.microsoft.com/azuredocs/aci-helloworld --protocol SCTP",
            "'SCTP' is not a valid value for '--protocol'."
        ))
    },
    rule! {
        "address-without-ports" Addresses, |name| Violation::IpPortsMissing { group: name },
        why: "An address without open ports reaches nothing.",
        way_out: "List in `ipAddress.ports` what shall be reachable, or drop `ipAddress`.",
        sends: |it| it.with("/properties/ipAddress", json!({ "type": "Public", "ports": [] })),
        accepted: |it| open(it, &[80])
    },
    rule! {
        "address-port-unused" Addresses, |name| Violation::IpPortsUnused {
            ports: "4900".to_owned(),
            group: name,
        },
        why: "No container opens the port with the same protocol: an address port of UDP does not match a container port \
              of TCP.",
        way_out: "Open the port in a container too, with the same protocol.",
        sends: |it| open(it, &[4900]).with_container("/ports", json!([{ "port": 4900, "protocol": "UDP" }])),
        accepted: |it| open(it, &[4900])
    },
    rule! {
        "too-many-address-ports" Addresses, |name| Violation::TooManyIpPorts { group: name, limit: 5 },
        why: "An address has five open ports at most.",
        way_out: "Put a proxy into the group, or split it.",
        sends: |it| open(it, &[80, 81, 82, 83, 84, 85]), accepted: |it| open(it, &[80, 81, 82, 83, 84]);
        az: "--ip-address Public --ports 80 81 82 83 84 85"
    },
    rule! {
        "reserved-port" Addresses, |name| Violation::IpPortReserved { port: 9999, group: name },
        why: "The platform keeps 22, 1025 to 1027, 3389 to 3399, 9999, 19000, 19080, 19100, 19390, 20000 to 30000 and \
              49152 to 65534 for itself.",
        way_out: "Listen on another port.",
        sends: |it| open(it, &[9999]), accepted: |it| open(it, &[9998]);
        az: "--ip-address Public --ports 9999"
    },
    rule! {
        "address-type" Addresses, |name| Violation::IpAddressType { group: name },
        why: "An address is public or in a virtual network.",
        way_out: "Use `Public` or, with a subnet, `Private`.",
        sends: |it| open(it, &[80]).with("/properties/ipAddress/type", json!("Shared")),
        accepted: |it| open(it, &[80]),
        az(Az::Refuses(
            "az container create -g constraints -n address-type --image mcr.microsoft.com/azuredocs/aci-helloworld --ip-address Shared",
            "'Shared' is not a valid value for '--ip-address'."
        ))
    },
    rule! {
        "dns-label" Addresses, |name| Violation::DnsNameLabel { label: "web".to_owned(), group: name },
        why: "The label is the first part of a host name, and short ones are kept back.",
        way_out: "Use 5 to 63 lower-case letters, digits and hyphens, with a letter in front and a letter or digit at the end.",
        sends: |it| open(it, &[80]).with("/properties/ipAddress/dnsNameLabel", json!("web")),
        accepted: |it| open(it, &[80]).with("/properties/ipAddress/dnsNameLabel", json!("dns-label"));
        az: "--ip-address Public --ports 80 --dns-name-label web"
    },
    constraint(
        "dns-label-taken",
        Area::Addresses,
        error!(dns_name_label_taken("dns-label-taken", "dns-label-taken")),
        "With the scope `Unsecure` a label is good for one group a region, whoever's it is.",
        "Take another label, or another `autoGeneratedDomainNameLabelScope`: then Azure adds a hash and labels are yours \
         alone.",
        Recipe::refused(Step::put("$groups/dns-label-taken", || {
            labelled("dns-label-taken", "dns-label-taken")
        }))
        .before(&[Step::put("$groups/dns-label-holder", || labelled("dns-label-holder", "dns-label-taken"))])
        .command(create!(
            "dns-label-taken",
            "--ip-address Public --ports 80 --dns-name-label dns-label-taken"
        ))
        .remedy(&[Step::put("$groups/dns-label-taken", || {
            labelled("dns-label-taken", "dns-label-taken")
                .with("/properties/ipAddress/autoGeneratedDomainNameLabelScope", json!("TenantReuse"))
        })
        .version("2021-10-01")]),
    ),
    rule! {
        "label-scope" Addresses, |name| Violation::LabelScope { group: name },
        why: "There are five scopes of reuse.",
        way_out: "Use `Unsecure`, `TenantReuse`, `SubscriptionReuse`, `ResourceGroupReuse` or `Noreuse`.",
        sends: |it| open(it, &[80])
            .with("/properties/ipAddress/dnsNameLabel", json!("label-scope"))
            .with("/properties/ipAddress/autoGeneratedDomainNameLabelScope", json!("Anywhere")),
        accepted: |it| open(it, &[80])
            .with("/properties/ipAddress/dnsNameLabel", json!("label-scope"))
            .with("/properties/ipAddress/autoGeneratedDomainNameLabelScope", json!("Noreuse"))
    },
];
