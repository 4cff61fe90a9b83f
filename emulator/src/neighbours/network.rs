//! Virtual networks and what lies in them: Microsoft.Network, as far as container groups need it.
//!
//! A network and its subnets are one record, so that of two subnets that overlap only one can be made.

use aci_model::ResourceId;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;
use uuid::Uuid;

use super::cidr::{self, CidrFault};
use super::tracked::{Kind, Tracked};
use crate::store::Table;

pub mod profile;
pub mod security_group;
pub mod subnet;

pub use subnet::{Delegation, Subnet, SubnetProperties};

/// What container groups delegate a subnet to.
pub const CONTAINER_GROUPS_SERVICE: &str = aci_model::CONTAINER_GROUP_TYPE;

/// A virtual network.
pub type VirtualNetwork = Tracked<NetworkProperties>;

/// What a virtual network has; what is not read here is kept and shown again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct NetworkProperties {
    /// The id that the service gives it besides the resource id.
    pub resource_guid: Uuid,
    /// The prefixes of all its subnets together.
    pub address_space: AddressSpace,
    /// Its subnets.
    pub subnets: Vec<Subnet>,
    /// Everything else.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

impl Kind for NetworkProperties {
    const TYPE: &'static str = "Microsoft.Network/virtualNetworks";
    const TABLE: Table = Table::VirtualNetworks;
}

/// The prefixes of a network.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AddressSpace {
    /// The prefixes, IPv4 or IPv6.
    pub address_prefixes: Vec<String>,
}

/// A reference to another resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SubResource {
    /// Its id, as the caller wrote it.
    pub id: String,
}

/// Why a network cannot be as it is asked to be.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NetworkFault {
    /// A prefix is not one.
    #[error("resource {resource}: {fault}")]
    Prefix {
        /// The network or subnet.
        resource: String,
        /// Why.
        fault: CidrFault,
    },
    /// The network has no prefix.
    #[error("virtual network {0} has no address prefix")]
    NoAddressSpace(String),
    /// Two prefixes of the network overlap.
    #[error("prefixes {one} and {other} of virtual network {network} overlap")]
    AddressSpacesOverlap {
        /// The network.
        network: String,
        /// One prefix.
        one: IpNet,
        /// The other.
        other: IpNet,
    },
    /// The subnet has no prefix, or one without an address for a resource.
    #[error("subnet {subnet} of {network} has no usable prefix")]
    NoPrefix {
        /// The subnet.
        subnet: String,
        /// The network.
        network: String,
    },
    /// The subnet's prefix is not in the network's.
    #[error("subnet {subnet} is outside of {network}")]
    Outside {
        /// The subnet.
        subnet: String,
        /// The network.
        network: String,
    },
    /// Two subnets overlap.
    #[error("subnet {subnet} overlaps with another of {network}")]
    Overlap {
        /// The subnet.
        subnet: String,
        /// The network.
        network: String,
    },
    /// Two subnets have the same name.
    #[error("there are two subnets {subnet} in {network}")]
    SameName {
        /// The name.
        subnet: String,
        /// The network.
        network: String,
    },
    /// Somebody is in a subnet that was to be deleted.
    #[error("subnet {subnet} is in use by {user}")]
    InUse {
        /// The subnet.
        subnet: String,
        /// Its id and the resource that holds it.
        user: String,
    },
    /// Somebody is in a subnet whose delegations were to change.
    #[error("the delegations of {subnet} cannot change while {user} uses it")]
    DelegationInUse {
        /// The id of the subnet.
        subnet: String,
        /// The services before.
        before: Vec<String>,
        /// The services after.
        after: Vec<String>,
        /// The resource that holds it.
        user: String,
    },
    /// Somebody is in a subnet whose prefix was to change.
    #[error("prefix {prefix} of subnet {subnet} has addresses in use")]
    PrefixInUse {
        /// The prefix.
        prefix: String,
        /// The subnet.
        subnet: String,
    },
}

impl NetworkProperties {
    /// A subnet by name, in any case.
    pub fn subnet(&self, name: &str) -> Option<&Subnet> {
        self.subnets.iter().find(|subnet| subnet.name.eq_ignore_ascii_case(name))
    }

    /// Checks that prefixes are prefixes, and that subnets lie in the network and apart.
    ///
    /// # Errors
    /// The first fault, in the order of the prefixes and subnets.
    pub fn check(&self, id: &ResourceId) -> Result<(), NetworkFault> {
        let spaces = prefixes(&self.address_space.address_prefixes, &id.to_string())?;
        let network = || id.name().to_owned();
        if spaces.is_empty() {
            return Err(NetworkFault::NoAddressSpace(network()));
        }
        if let Some((one, other)) = first_overlap(&spaces) {
            return Err(NetworkFault::AddressSpacesOverlap { network: network(), one, other });
        }
        let mut taken: Vec<IpNet> = Vec::new();
        for (index, subnet) in self.subnets.iter().enumerate() {
            let name = || subnet.name.clone();
            if self.subnets[..index].iter().any(|other| other.name.eq_ignore_ascii_case(&subnet.name)) {
                return Err(NetworkFault::SameName { subnet: name(), network: network() });
            }
            let own = subnet.prefixes(id)?;
            if own.is_empty() || own.iter().any(|prefix| cidr::usable(prefix) == 0) {
                return Err(NetworkFault::NoPrefix { subnet: name(), network: network() });
            }
            if !own.iter().all(|prefix| spaces.iter().any(|space| space.contains(prefix))) {
                return Err(NetworkFault::Outside { subnet: name(), network: network() });
            }
            if own.iter().any(|prefix| taken.iter().any(|other| cidr::overlap(prefix, other))) {
                return Err(NetworkFault::Overlap { subnet: name(), network: network() });
            }
            taken.extend(own);
        }
        Ok(())
    }

    /// Checks that what becomes of a network leaves alone what others use of it; `user` tells who is in a subnet.
    ///
    /// # Errors
    /// The first subnet that may not go or change.
    pub fn check_change(
        &self,
        after: &Self,
        id: &ResourceId,
        user: impl Fn(&str) -> Option<ResourceId>,
    ) -> Result<(), NetworkFault> {
        for before in &self.subnets {
            let Some(user) = user(&before.name) else { continue };
            match after.subnet(&before.name) {
                Some(after) => before.check_change(after, id, &user)?,
                None => return Err(before.in_use(id)),
            }
        }
        Ok(())
    }
}

fn prefixes(texts: &[String], resource: &str) -> Result<Vec<IpNet>, NetworkFault> {
    let fault = |fault| NetworkFault::Prefix { resource: resource.to_owned(), fault };
    texts.iter().map(|text| cidr::parse(text).map_err(fault)).collect()
}

fn first_overlap(prefixes: &[IpNet]) -> Option<(IpNet, IpNet)> {
    let pairs = prefixes
        .iter()
        .enumerate()
        .flat_map(|(index, one)| prefixes.iter().skip(index + 1).map(move |other| (*one, *other)));
    pairs.into_iter().find(|(one, other)| cidr::overlap(one, other))
}

#[cfg(test)]
mod tests;
