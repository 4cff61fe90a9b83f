//! Virtual networks, subnets and network profiles.

use aci_emulator::arm::error::ArmError;
use aci_emulator::arm::error::catalogue::Blanks;
use aci_emulator::neighbours::network::{CONTAINER_GROUPS_SERVICE, NetworkFault};
use aci_emulator::validate::Violation;
use aci_model::ResourceId;
use serde_json::{Value, json};

use crate::body::{self, Body, group};
use crate::error;
use crate::recipe::{Recipe, Step, Verb};
use crate::table::constraint;
use crate::{Area, Constraint, Says};

const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000001";
/// The version of Microsoft.Network.
const NETWORK: &str = "2023-05-01";

/// The id of a subnet.
macro_rules! subnet {
    ($resource_group:literal, $network:literal, $subnet:literal) => {
        concat!(
            "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/",
            $resource_group,
            "/providers/Microsoft.Network/virtualNetworks/",
            $network,
            "/subnets/",
            $subnet
        )
    };
}

/// A subnet that this emulator knows nothing about, and believes.
const ELSEWHERE: &str = subnet!("elsewhere", "network", "groups");

fn in_subnet(body: Body, subnet: &str) -> Body {
    body.with("/properties/subnetIds", json!([{ "id": subnet }]))
}

fn private(body: Body, subnet: &str) -> Body {
    in_subnet(with_address(body, "Private"), subnet)
}

fn with_address(body: Body, kind: &str) -> Body {
    body.with_container("/ports", json!([{ "port": 80 }]))
        .with("/properties/ipAddress", json!({ "type": kind, "ports": [{ "port": 80 }] }))
}

/// A virtual network with the subnet `groups`, delegated or not.
fn network(is_delegated: bool) -> Body {
    let mut subnet = json!({ "name": "groups", "properties": { "addressPrefix": "10.7.0.0/24" } });
    if is_delegated {
        subnet["properties"]["delegations"] = delegations();
    }
    body::json(json!({
        "location": "westeurope",
        "properties": { "addressSpace": { "addressPrefixes": ["10.7.0.0/16"] }, "subnets": [subnet] },
    }))
}

fn delegations() -> Value {
    json!([{ "name": "groups", "properties": { "serviceName": CONTAINER_GROUPS_SERVICE } }])
}

/// The path of a network of one's own.
macro_rules! network {
    ($name:literal) => {
        concat!("$rg/providers/Microsoft.Network/virtualNetworks/", $name)
    };
}

fn id(name: &str) -> ResourceId {
    ResourceId::container_group(SUBSCRIPTION, "constraints", name)
}

fn subnet_of(network: &str) -> ResourceId {
    ResourceId::subnet(SUBSCRIPTION, "constraints", network, "groups")
}

/// The chapter.
pub(crate) const CONSTRAINTS: &[Constraint] = &[
    rule! {
        "public-in-subnet" Network, |_| Violation::PublicInSubnet {},
        why: "A group in a virtual network has an address of its subnet and no other.",
        way_out: "Use a private address with a gateway or load balancer in front, or drop the subnet.",
        sends: |it| in_subnet(with_address(it, "Public"), ELSEWHERE), accepted: |it| private(it, ELSEWHERE)
    },
    rule! {
        "private-without-subnet" Network, |name| Violation::PrivateWithoutSubnet { group: name },
        why: "A private address is a subnet's, and none is named.",
        way_out: "Name the subnet in `subnetIds`, or use a public address.",
        sends: |it| with_address(it, "Private"), accepted: |it| private(it, ELSEWHERE)
    },
    rule! {
        "label-in-subnet" Network, |name| Violation::LabelInSubnet { group: name },
        why: "Host names under `azurecontainer.io` are for public addresses.",
        way_out: "Name the address in a private zone of your own.",
        sends: |it| private(it, ELSEWHERE).with("/properties/ipAddress/dnsNameLabel", json!("label-in-subnet")),
        accepted: |it| private(it, ELSEWHERE)
    },
    rule! {
        "subnet-id" Network, |name| Violation::SubnetId { id: "groups".to_owned(), group: name },
        why: "A subnet is named by its resource id.",
        way_out: "Use the id that `az network vnet subnet show --query id` prints.",
        sends: |it| in_subnet(it, "groups"), accepted: |it| in_subnet(it, ELSEWHERE)
    },
    rule! {
        "too-many-subnets" Network, |name| Violation::TooManySubnets { group: name },
        why: "A group has one network interface.",
        way_out: "Name one subnet; routes and peerings lead to the others.",
        sends: |it| it.with("/properties/subnetIds", json!([
            { "id": ELSEWHERE }, { "id": subnet!("elsewhere", "network", "others") },
        ])),
        accepted: |it| in_subnet(it, ELSEWHERE)
    },
    rule! {
        "subnet-on-windows" Network, |name| Violation::SubnetOnWindows { group: name },
        why: "Windows groups join no virtual network.",
        way_out: "Use Linux, or a public address.",
        sends: |it| in_subnet(it, ELSEWHERE).with("/properties/osType", json!("Windows")),
        accepted: |it| in_subnet(it, ELSEWHERE)
    },
    rule! {
        "name-server" Network, |name| Violation::NameServer { server: "dns.example.com".to_owned(), group: name },
        why: "Whoever resolves names cannot be found by name.",
        way_out: "Use addresses.",
        sends: |it| in_subnet(it, ELSEWHERE)
            .with("/properties/dnsConfig", json!({ "nameServers": ["dns.example.com"] })),
        accepted: |it| in_subnet(it, ELSEWHERE)
            .with("/properties/dnsConfig", json!({ "nameServers": ["10.0.0.10"] }))
    },
    constraint(
        "network-profile-not-found",
        Area::Network,
        error!(network_profile_not_found(
            "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/constraints/providers/Microsoft.Network/networkProfiles/nobody",
            "network-profile-not-found"
        )),
        "Groups of versions before 2021-07-01 join a subnet by a network profile, and this one does not exist.",
        "Create the profile, or use a newer version with `subnetIds`.",
        Recipe::refused(Step::put("$groups/network-profile-not-found", || {
            group("network-profile-not-found").with(
                "/properties/networkProfile/id",
                json!("/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/constraints/providers/Microsoft.Network/networkProfiles/nobody"),
            )
        }))
        .in_version("2021-03-01")
        .remedy(&[Step::put("$groups/network-profile-not-found", || {
            private(group("network-profile-not-found"), ELSEWHERE)
        })]),
    ),
    constraint(
        "subnet-not-found",
        Area::Network,
        error!(subnet_not_found(
            &ResourceId::subnet(SUBSCRIPTION, "constraints", "subnet-not-found", "nobody"),
            "subnet-not-found"
        )),
        "The virtual network exists and has no such subnet.",
        "Create the subnet, or correct its id.",
        Recipe::refused(Step::put("$groups/subnet-not-found", || {
            in_subnet(group("subnet-not-found"), subnet!("constraints", "subnet-not-found", "nobody"))
        }))
        .before(&[Step::put(network!("subnet-not-found"), || network(true)).version(NETWORK)])
        .remedy(&[Step::put("$groups/subnet-not-found", || {
            in_subnet(group("subnet-not-found"), subnet!("constraints", "subnet-not-found", "groups"))
        })]),
    ),
    constraint(
        "subnet-not-delegated",
        Area::Network,
        error!(subnet_not_delegated(
            &subnet_of("subnet-not-delegated"),
            &format!("{}/serviceAssociationLinks/acisal", subnet_of("subnet-not-delegated"))
        )),
        "A subnet with container groups is theirs alone, which its delegation says.",
        "Delegate the subnet to `Microsoft.ContainerInstance/containerGroups`.",
        Recipe::refused(Step::put("$groups/subnet-not-delegated", || {
            in_subnet(group("subnet-not-delegated"), subnet!("constraints", "subnet-not-delegated", "groups"))
        }))
        .before(&[Step::put(network!("subnet-not-delegated"), || network(false)).version(NETWORK)])
        .remedy(&[
            Step::put(network!("subnet-not-delegated"), || network(true)).version(NETWORK),
            Step::put("$groups/subnet-not-delegated", || {
                in_subnet(
                    group("subnet-not-delegated"),
                    subnet!("constraints", "subnet-not-delegated", "groups"),
                )
            }),
        ]),
    ),
    constraint(
        "subnet-in-use",
        Area::Network,
        Says::Error("from(fault: NetworkFault", || {
            ArmError::from(NetworkFault::InUse {
                subnet: "groups".to_owned(),
                user: format!("{}/serviceAssociationLinks/acisal", subnet_of("subnet-in-use")),
            })
        }),
        "Container groups are in the subnet.",
        "Delete the groups first, then the subnet.",
        Recipe::refused(Step::delete(concat!(network!("subnet-in-use"), "/subnets/groups")).version(NETWORK))
            .before(&[
                Step::put(network!("subnet-in-use"), || network(true)).version(NETWORK),
                Step::put("$groups/subnet-in-use", || {
                    in_subnet(group("subnet-in-use"), subnet!("constraints", "subnet-in-use", "groups"))
                }),
            ])
            .command("az network vnet subnet delete -g constraints --vnet-name subnet-in-use -n groups")
            .remedy(&[
                Step::delete("$groups/subnet-in-use"),
                Step::delete(concat!(network!("subnet-in-use"), "/subnets/groups")).version(NETWORK),
            ]),
    ),
    constraint(
        "delegation-in-use",
        Area::Network,
        Says::Error("from(fault: NetworkFault", || {
            ArmError::from(NetworkFault::DelegationInUse {
                subnet: subnet_of("delegation-in-use").to_string(),
                before: vec![CONTAINER_GROUPS_SERVICE.to_owned()],
                after: vec![],
                user: "…".to_owned(),
            })
        }),
        "Container groups are in the subnet, which is delegated to them.",
        "Delete the groups first, then change the delegation.",
        Recipe::refused(Step::put(network!("delegation-in-use"), || network(false)).version(NETWORK))
            .before(&[
                Step::put(network!("delegation-in-use"), || network(true)).version(NETWORK),
                Step::put("$groups/delegation-in-use", || {
                    in_subnet(group("delegation-in-use"), subnet!("constraints", "delegation-in-use", "groups"))
                }),
            ])
            .remedy(&[
                Step::delete("$groups/delegation-in-use"),
                Step::put(network!("delegation-in-use"), || network(false)).version(NETWORK),
            ]),
    ),
    constraint(
        "link-in-use",
        Area::Network,
        error!(link_in_use(&subnet_of("link-in-use"), &id("link-in-use"))),
        "The link holds the subnet for the container groups in it.",
        "Delete the groups first.",
        Recipe::refused(Step::delete(concat!(
            network!("link-in-use"),
            "/subnets/groups/providers/Microsoft.ContainerInstance/serviceAssociationLinks/default"
        )))
        .before(&[
            Step::put(network!("link-in-use"), || network(true)).version(NETWORK),
            Step::put("$groups/link-in-use", || {
                in_subnet(group("link-in-use"), subnet!("constraints", "link-in-use", "groups"))
            }),
        ])
        .remedy(&[Step::delete("$groups/link-in-use")]),
    ),
    constraint(
        "network-not-ready",
        Area::Network,
        Says::Entry("ServiceAssociationLinkNotReady", || Blanks {
            name: "network-not-ready".to_owned(),
            ..Blanks::default()
        }),
        "Azure still prepares the subnet for its first container group.",
        "Retry; let a deployment retry on 409.",
        Recipe::refused(Step::put("$groups/network-not-ready", || {
            in_subnet(group("network-not-ready"), ELSEWHERE)
        }))
        .before(&[Step::emulator(Verb::Post, "/_emulator/faults", || {
            body::json(json!({
                "match": { "name": "network-not-ready", "operation": "*/containerGroups/write" },
                "fault": { "kind": "error", "code": "ServiceAssociationLinkNotReady" },
                "times": { "next": 1 },
            }))
        })])
        .remedy(&[Step::put("$groups/network-not-ready", || {
            in_subnet(group("network-not-ready"), ELSEWHERE)
        })]),
    ),
];
