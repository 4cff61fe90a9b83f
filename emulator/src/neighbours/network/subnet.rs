//! Subnets: a prefix, and the service that it is delegated to.

use aci_model::ResourceId;
use ipnet::IpNet;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{CONTAINER_GROUPS_SERVICE, NetworkFault, SubResource, prefixes};

/// The name of the link that container groups hold a subnet with (recorded).
pub const LINK_NAME: &str = "acisal";

/// A subnet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Subnet {
    /// Its name.
    pub name: String,
    /// Which state of it this is; what a client sends back is no state of ours, and the next write makes another.
    #[serde(deserialize_with = "state")]
    pub etag: Uuid,
    /// The rest.
    pub properties: SubnetProperties,
}

fn state<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Uuid, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.and_then(|text| text.parse().ok()).unwrap_or_default())
}

/// What a subnet has; what is not read here is kept and shown again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SubnetProperties {
    /// Its prefix, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_prefix: Option<String>,
    /// Its prefixes, where there are several, or the caller wrote one so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_prefixes: Option<Vec<String>>,
    /// The rules for its traffic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_security_group: Option<SubResource>,
    /// The services that may put resources into it.
    pub delegations: Vec<Delegation>,
    /// Whether network policies hold for private endpoints.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_endpoint_network_policies: Option<String>,
    /// Whether network policies hold for private link services.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_link_service_network_policies: Option<String>,
    /// Everything else.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

/// A service that may put resources into a subnet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Delegation {
    /// Its name.
    pub name: String,
    /// The rest.
    pub properties: DelegationProperties,
}

/// Which service.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DelegationProperties {
    /// A resource type, namespace included.
    pub service_name: String,
}

impl Subnet {
    /// Its id.
    pub fn id(&self, network: &ResourceId) -> ResourceId {
        ResourceId::subnet(&network.subscription, &network.resource_group, network.name(), &self.name)
    }

    /// Its prefixes.
    ///
    /// # Errors
    /// When one is not a prefix.
    pub fn prefixes(&self, network: &ResourceId) -> Result<Vec<IpNet>, NetworkFault> {
        let texts = match (&self.properties.address_prefixes, &self.properties.address_prefix) {
            (Some(several), _) if !several.is_empty() => several.as_slice(),
            (_, Some(one)) => std::slice::from_ref(one),
            _ => &[],
        };
        prefixes(texts, &self.id(network).to_string())
    }

    /// Whether container groups may be put into it.
    pub fn takes_container_groups(&self) -> bool {
        self.services().iter().any(|service| service.eq_ignore_ascii_case(CONTAINER_GROUPS_SERVICE))
    }

    fn services(&self) -> Vec<String> {
        self.properties.delegations.iter().map(|it| it.properties.service_name.clone()).collect()
    }

    /// The id of the link that container groups hold it with.
    pub fn link_id(&self, network: &ResourceId) -> String {
        format!("{}/serviceAssociationLinks/{LINK_NAME}", self.id(network))
    }

    /// That it cannot go, as container groups are in it.
    pub fn in_use(&self, network: &ResourceId) -> NetworkFault {
        NetworkFault::InUse { subnet: self.name.clone(), user: self.link_id(network) }
    }

    /// What may not change while somebody is in it: the prefixes, and the services.
    pub(super) fn check_change(
        &self,
        after: &Self,
        network: &ResourceId,
        user: &ResourceId,
    ) -> Result<(), NetworkFault> {
        let services = |subnet: &Self| {
            let mut services = subnet.services();
            services.iter_mut().for_each(|service| service.make_ascii_lowercase());
            services.sort_unstable();
            services
        };
        if services(self) != services(after) {
            let (before, after) = (self.services(), after.services());
            let (subnet, user) = (self.id(network).to_string(), user.to_string());
            return Err(NetworkFault::DelegationInUse { subnet, before, after, user });
        }
        let kept = after.prefixes(network)?;
        match self.prefixes(network)?.into_iter().find(|prefix| !kept.contains(prefix)) {
            Some(prefix) => {
                Err(NetworkFault::PrefixInUse { prefix: prefix.to_string(), subnet: self.name.clone() })
            }
            None => Ok(()),
        }
    }
}
