//! Address prefixes: `parseCidr`, `cidrSubnet`, `cidrHost`.

use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::{Value, json};

use super::{Call, Function, function};
use crate::template::fault::Fault;

pub(super) const FUNCTIONS: &[Function] = &[
    function("parseCidr", (1, 1), parse),
    function("cidrSubnet", (3, 3), subnet),
    function("cidrHost", (2, 2), host),
];

fn network(call: &Call<'_>) -> Result<IpNet, Fault> {
    let text = call.text(0)?;
    text.parse().map_err(|_| call.fault(format!("'{text}' is not an address prefix")))
}

fn parse(call: &Call<'_>) -> Result<Value, Fault> {
    let network = network(call)?;
    let mut hosts = network.hosts();
    let first = hosts.next().unwrap_or_else(|| network.network());
    let mut parsed = json!({
        "network": network.network(),
        "netmask": network.netmask(),
        "cidr": network.prefix_len(),
        "firstUsable": first,
        "lastUsable": last_usable(&network),
    });
    if let IpNet::V4(network) = network {
        parsed["broadcast"] = json!(network.broadcast());
    }
    Ok(parsed)
}

fn last_usable(network: &IpNet) -> IpAddr {
    match network {
        IpNet::V4(network) if network.prefix_len() < 31 => {
            IpAddr::V4((u32::from(network.broadcast()) - 1).into())
        }
        _ => network.broadcast(),
    }
}

fn subnet(call: &Call<'_>) -> Result<Value, Fault> {
    let network = network(call)?;
    let length = u8::try_from(call.integer(1)?).ok();
    let mut subnets = length
        .and_then(|length| network.subnets(length).ok())
        .ok_or_else(|| call.fault("the new prefix has to be as long as the network's or longer"))?;
    // As many as a template can number; a subnet of a network of version 6 can have more.
    let index = usize::try_from(call.integer(2)?).ok().filter(|index| *index <= 65_536);
    let found = index.and_then(|index| subnets.nth(index));
    found.map(|it| it.to_string().into()).ok_or_else(|| call.fault("the network has no such subnet"))
}

/// The first usable address has the index 0 ("cidrHost", DOC).
fn host(call: &Call<'_>) -> Result<Value, Fault> {
    let network = network(call)?;
    let index = u32::try_from(call.integer(1)?).ok();
    let address = index.and_then(|index| match network {
        IpNet::V4(network) => {
            let first = u32::from(network.network()) + u32::from(network.prefix_len() < 31);
            first.checked_add(index).map(|it| IpAddr::V4(it.into()))
        }
        IpNet::V6(network) => {
            u128::from(network.network()).checked_add(u128::from(index) + 1).map(|it| IpAddr::V6(it.into()))
        }
    });
    let inside = address.filter(|address| network.contains(address));
    inside.map(|it| it.to_string().into()).ok_or_else(|| call.fault("the network has no such address"))
}
