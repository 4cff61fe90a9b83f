//! Addresses of deployments that are chosen here rather than by Docker.
//!
//! A public group has one of its own in the loopback range, so that every group's port 80 is port 80; a group in a
//! subnet that is known has one of the subnet's.

use std::collections::{HashMap, HashSet};
use std::net::Ipv4Addr;

use bollard::query_parameters::ListContainersOptionsBuilder;
use ring::digest;

use super::engine::Engine;
use super::error::refused;
use super::labels::{self, Labels};
use super::network::Place;
use crate::runtime::{NetworkSpec, RuntimeError, SandboxId, SandboxSpec};

/// How many addresses there are: 127.77.0.1 to 127.77.255.254, without the customary network and broadcast.
const COUNT: u32 = 256 * 254;

/// The first free address, from where the deployment's id points to; `None` when all are in use.
///
/// The same id finds the same address again while that is free, so a repeated creation changes nothing.
pub(crate) fn choose(sandbox: &SandboxId, used: &HashSet<Ipv4Addr>) -> Option<Ipv4Addr> {
    let hash = digest::digest(&digest::SHA256, sandbox.0.as_bytes());
    let start = hash.as_ref().iter().take(4).fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte)) % COUNT;
    (0..COUNT).map(|step| at((start + step) % COUNT)).find(|address| !used.contains(address))
}

fn at(index: u32) -> Ipv4Addr {
    let [_, _, high, low] = (index / 254 * 256 + index % 254 + 1).to_be_bytes();
    Ipv4Addr::new(127, 77, high, low)
}

impl Engine {
    /// An address that no deployment has and that is not among those `taken`; `None` where Docker is to choose.
    ///
    /// The caller holds `address_choosing` until the container with the address's label is made.
    pub(crate) async fn choose_address(
        &self,
        spec: &SandboxSpec,
        place: &Place,
        taken: &HashSet<Ipv4Addr>,
    ) -> Result<Option<Ipv4Addr>, RuntimeError> {
        match (&spec.network, &place.range) {
            (NetworkSpec::Public { .. }, _) => {
                let mut used = self.addresses_in_use(&spec.id, None).await?;
                used.extend(taken);
                let none_left = || RuntimeError::Network("no address is left in 127.77.0.0/16".to_owned());
                choose(&spec.id, &used).map(Some).ok_or_else(none_left)
            }
            (NetworkSpec::Subnet { .. }, Some(range)) => {
                let mut used = self.addresses_in_use(&spec.id, Some(&place.network)).await?;
                used.extend(taken);
                range.lowest_free(&used).map(Some).ok_or_else(|| range.full())
            }
            _ => Ok(None),
        }
    }

    /// The chosen addresses of all other deployments on a network or, because loopback addresses are the machine's, of
    /// every emulator on this engine.
    async fn addresses_in_use(
        &self,
        own: &SandboxId,
        network: Option<&str>,
    ) -> Result<HashSet<Ipv4Addr>, RuntimeError> {
        let mut wanted = vec![labels::ADDRESS.to_owned()];
        wanted.extend(network.map(|network| format!("{}={network}", labels::NETWORK)));
        let filters = HashMap::from([("label".to_owned(), wanted)]);
        let options = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
        let sandboxes = self.docker.list_containers(Some(options)).await.map_err(refused)?;
        let is_own = |labels: &Labels| {
            labels.get(labels::SANDBOX) == Some(&own.0) && labels.get(labels::EMULATOR) == Some(&self.owner)
        };
        let address = |labels: Labels| labels.get(labels::ADDRESS)?.parse().ok().filter(|_| !is_own(&labels));
        Ok(sandboxes.into_iter().filter_map(|sandbox| address(sandbox.labels?)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_ends_before_its_broadcast_address() {
        assert_eq!(at(0), Ipv4Addr::new(127, 77, 0, 1));
        assert_eq!(at(254), Ipv4Addr::new(127, 77, 1, 1));
        assert_eq!(at(COUNT - 1), Ipv4Addr::new(127, 77, 255, 254));
    }

    #[test]
    fn an_address_in_use_is_passed_over() {
        let id = SandboxId("d1".into());
        let first = choose(&id, &HashSet::new()).unwrap();
        assert_eq!(choose(&id, &HashSet::new()), Some(first));
        let second = choose(&id, &HashSet::from([first])).unwrap();
        assert_ne!(first, second);
        let all = (0..COUNT).map(at).collect();
        assert_eq!(choose(&id, &all), None);
    }
}
