//! Which networks and which changes of them are refused.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn id() -> ResourceId {
    "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v".parse().unwrap()
}

fn network(space: &[&str], subnets: &[(&str, &str)]) -> NetworkProperties {
    let subnets = subnets
        .iter()
        .map(|(name, prefix)| json!({ "name": name, "properties": { "addressPrefix": prefix } }));
    serde_json::from_value(json!({
        "addressSpace": { "addressPrefixes": space },
        "subnets": subnets.collect::<Vec<_>>(),
    }))
    .unwrap()
}

fn fault(space: &[&str], subnets: &[(&str, &str)]) -> String {
    network(space, subnets).check(&id()).unwrap_err().to_string()
}

#[test]
fn subnets_lie_in_their_network_and_apart() {
    let good = network(
        &["10.0.0.0/16", "fd00::/48"],
        &[("a", "10.0.0.0/24"), ("b", "10.0.1.0/24"), ("c", "fd00::/64")],
    );
    assert_eq!(good.check(&id()), Ok(()));
    assert_eq!(fault(&["10.0.0.0/16"], &[("a", "10.1.0.0/24")]), "subnet a is outside of v");
    assert_eq!(
        fault(&["10.0.0.0/16"], &[("a", "10.0.0.0/24"), ("b", "10.0.0.128/25")]),
        "subnet b overlaps with another of v"
    );
    assert_eq!(
        fault(&["10.0.0.0/16"], &[("a", "10.0.0.0/24"), ("A", "10.0.1.0/24")]),
        "there are two subnets A in v"
    );
    assert_eq!(fault(&["10.0.0.0/16"], &[("a", "10.0.0.0/31")]), "subnet a of v has no usable prefix");
    assert_eq!(fault(&[], &[]), "virtual network v has no address prefix");
    assert_eq!(
        fault(&["10.0.0.0/16", "10.0.4.0/24"], &[]),
        "prefixes 10.0.0.0/16 and 10.0.4.0/24 of virtual network v overlap"
    );
    assert!(fault(&["10.0.0.1/16"], &[]).contains("write 10.0.0.0/16"));
}

#[test]
fn a_subnet_with_somebody_in_it_keeps_its_prefix_and_its_services() {
    let user: ResourceId = ResourceId::container_group("s", "rg", "web");
    let mut before = network(&["10.0.0.0/16"], &[("a", "10.0.0.0/24"), ("free", "10.0.1.0/24")]);
    before.subnets[0].properties.delegations = serde_json::from_value(
        json!([{ "name": "d", "properties": { "serviceName": CONTAINER_GROUPS_SERVICE } }]),
    )
    .unwrap();
    let change = |after: &NetworkProperties| {
        before.check_change(after, &id(), |name| (name == "a").then(|| user.clone()))
    };
    assert_eq!(change(&before), Ok(()));
    let mut without = before.clone();
    without.subnets.pop();
    assert_eq!(change(&without), Ok(()), "nobody is in it");
    without.subnets.clear();
    assert!(matches!(change(&without), Err(NetworkFault::InUse { subnet, .. }) if subnet == "a"));
    let mut moved = before.clone();
    moved.subnets[0].properties.address_prefix = Some("10.0.2.0/24".to_owned());
    assert!(matches!(change(&moved), Err(NetworkFault::PrefixInUse { .. })));
    let mut free = before.clone();
    free.subnets[0].properties.delegations.clear();
    let Err(NetworkFault::DelegationInUse { before: services, after, .. }) = change(&free) else { panic!() };
    assert_eq!((services, after), (vec![CONTAINER_GROUPS_SERVICE.to_owned()], vec![]));
}

#[test]
fn what_is_not_read_is_kept() {
    let given = json!({ "addressSpace": { "addressPrefixes": ["10.0.0.0/16"] }, "flowTimeoutInMinutes": 4 });
    let network: NetworkProperties = serde_json::from_value(given).unwrap();
    let stored = serde_json::to_value(&network).unwrap();
    assert_eq!(stored["flowTimeoutInMinutes"], 4);
    assert_eq!(serde_json::from_value::<NetworkProperties>(stored).unwrap(), network);
}

proptest! {
    #[test]
    fn of_accepted_subnets_no_two_share_an_address(subnets in prop::collection::vec((0_u32..=0xffff, 20_u8..=29), 0..6)) {
        let named: Vec<(String, String)> = subnets.iter().enumerate().map(|(index, (bits, length))| {
            let address = std::net::Ipv4Addr::from(0x0a00_0000 | bits << 4);
            (format!("n{index}"), IpNet::new(address.into(), *length).unwrap().trunc().to_string())
        }).collect();
        let borrowed: Vec<(&str, &str)> = named.iter().map(|(name, prefix)| (name.as_str(), prefix.as_str())).collect();
        let network = network(&["10.0.0.0/8"], &borrowed);
        let prefixes: Vec<IpNet> = named.iter().map(|(_, prefix)| prefix.parse().unwrap()).collect();
        prop_assert_eq!(network.check(&id()).is_err(), first_overlap(&prefixes).is_some());
    }
}
