//! Addresses of a virtual network's subnet, given out as Azure does.

use std::collections::HashSet;
use std::net::Ipv4Addr;

use aci_model::ResourceId;
use ipnet::Ipv4Net;

use super::RuntimeError;

/// Azure keeps the first four addresses of a subnet (the network, the gateway, two for name resolution) and the
/// last one (DOC: "Azure Virtual Network frequently asked questions").
const RESERVED_FIRST: usize = 4;

/// Where a subnet lies in its virtual network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubnetRange {
    /// The virtual network.
    pub network: ResourceId,
    /// The part of the network's address space that the subnet lies in.
    pub space: Ipv4Net,
    /// The subnet's own addresses.
    pub prefix: Ipv4Net,
}

impl SubnetRange {
    /// The refusal of a group for which there is no address.
    pub fn full(&self) -> RuntimeError {
        RuntimeError::Network(format!("no address is left in the subnet's prefix {}", self.prefix))
    }

    /// The lowest address that nobody uses; `None` when the subnet is full.
    pub fn lowest_free(&self, used: &HashSet<Ipv4Addr>) -> Option<Ipv4Addr> {
        // `hosts` leaves out the network and the broadcast address, of which the former counts as reserved.
        self.prefix.hosts().skip(RESERVED_FIRST - 1).find(|address| !used.contains(address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(prefix: &str) -> SubnetRange {
        let network = ResourceId::subnet("s", "rg", "vnet", "aci");
        SubnetRange { network, space: "10.0.0.0/8".parse().unwrap(), prefix: prefix.parse().unwrap() }
    }

    fn taken(addresses: &[&str]) -> HashSet<Ipv4Addr> {
        addresses.iter().map(|address| address.parse().unwrap()).collect()
    }

    #[test]
    fn the_first_group_has_the_fifth_address_and_a_free_one_is_given_again() {
        let range = range("10.1.2.0/24");
        assert_eq!(range.lowest_free(&taken(&[])), Some(Ipv4Addr::new(10, 1, 2, 4)));
        assert_eq!(range.lowest_free(&taken(&["10.1.2.4", "10.1.2.6"])), Some(Ipv4Addr::new(10, 1, 2, 5)));
    }

    #[test]
    fn the_smallest_subnet_has_three_addresses() {
        let range = range("10.1.2.8/29");
        let mut used = taken(&[]);
        for last in [12, 13, 14] {
            let address = range.lowest_free(&used).unwrap();
            assert_eq!(address, Ipv4Addr::new(10, 1, 2, last));
            used.insert(address);
        }
        assert_eq!(range.lowest_free(&used), None);
    }
}
