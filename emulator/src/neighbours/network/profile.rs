//! Network profiles: how container groups named their subnet until api-version 2021-07-01.

use aci_model::ResourceId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::tracked::{Kind, Tracked};
use super::SubResource;
use crate::store::Table;

/// A network profile.
pub type NetworkProfile = Tracked<ProfileProperties>;

/// What a network profile has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ProfileProperties {
    /// The id that the service gives it besides the resource id.
    pub resource_guid: Uuid,
    /// How the network interfaces of its container groups are made.
    pub container_network_interface_configurations: Vec<Named<InterfaceProperties>>,
}

impl Kind for ProfileProperties {
    const TYPE: &'static str = "Microsoft.Network/networkProfiles";
    const TABLE: Table = Table::NetworkProfiles;
}

/// A part with a name of its own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, bound(deserialize = "T: Default + Deserialize<'de>"))]
pub struct Named<T> {
    /// Its name.
    pub name: String,
    /// What it has.
    pub properties: T,
}

/// What a network interface's configuration has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct InterfaceProperties {
    /// Where its addresses come from.
    pub ip_configurations: Vec<Named<IpProperties>>,
}

/// What an address's configuration has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct IpProperties {
    /// The subnet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subnet: Option<SubResource>,
}

impl ProfileProperties {
    /// The subnets that it names, in order.
    pub fn subnets(&self) -> impl Iterator<Item = ResourceId> {
        let interfaces = self.container_network_interface_configurations.iter();
        let addresses = interfaces.flat_map(|interface| &interface.properties.ip_configurations);
        addresses.filter_map(|address| address.properties.subnet.as_ref()?.id.parse().ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_names_the_subnets_of_its_interfaces() {
        let subnet =
            "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/n";
        let profile: ProfileProperties = serde_json::from_value(serde_json::json!({
            "containerNetworkInterfaceConfigurations": [{ "name": "eth0", "properties": { "ipConfigurations": [
                { "name": "ipconfig", "properties": { "subnet": { "id": subnet } } },
                { "name": "none", "properties": {} },
            ] } }],
        }))
        .unwrap();
        let subnets: Vec<String> = profile.subnets().map(|id| id.to_string()).collect();
        assert_eq!(subnets, [subnet]);
    }
}
