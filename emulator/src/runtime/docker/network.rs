//! Docker networks: one of the emulator's own for groups without a subnet, one for each subnet.
//!
//! Groups without a subnet share one bridge on which containers cannot talk to each other (`enable_icc`
//! off): in Azure such groups reach one another through public addresses only. A bridge for each group would
//! isolate as well, but Docker's default address pools end after about thirty bridges.
//! Networks are made when first needed and removed with the last sandbox on them.

use std::collections::HashSet;

use aci_model::ResourceId;
use bollard::models::{Ipam, IpamConfig, NetworkCreateRequest};
use bollard::query_parameters::{
    InspectNetworkOptions, ListContainersOptionsBuilder, ListNetworksOptionsBuilder,
};

use super::engine::Engine;
use super::error::{is_away, is_missing, refused, words};
use super::labels::{self, Labels, labels};
use crate::runtime::{NetworkSpec, RuntimeError, SubnetRange};

/// Which Docker networks stand for which subnets, as configured.
#[derive(Clone, Debug, Default)]
pub(crate) struct SubnetNetworks(pub(crate) Vec<(String, String)>);

impl SubnetNetworks {
    /// The network of a subnet, given by its full id or its name; the full id goes first.
    pub(crate) fn find(&self, subnet: &ResourceId) -> Option<&str> {
        let by = |text: &str| {
            let hit = self.0.iter().find(|(key, _)| key.eq_ignore_ascii_case(text));
            hit.map(|(_, network)| network.as_str())
        };
        by(&subnet.to_string()).or_else(|| by(subnet.name()))
    }
}

/// The Docker network that a sandbox is to lie on.
pub(crate) struct Place {
    /// Its name.
    pub(crate) network: String,
    /// The subnet whose addresses are chosen here, where Docker gave the network its virtual network's prefix.
    pub(crate) range: Option<SubnetRange>,
}

impl Place {
    fn anywhere(network: String) -> Self {
        Self { network, range: None }
    }
}

/// The request for a network of our own.
fn request(name: &str, labels: Labels, isolated: bool) -> NetworkCreateRequest {
    let icc = labels::labels([("com.docker.network.bridge.enable_icc", "false")]);
    NetworkCreateRequest {
        name: name.to_owned(),
        driver: Some("bridge".to_owned()),
        labels: Some(labels),
        options: isolated.then_some(icc),
        ..NetworkCreateRequest::default()
    }
}

/// A virtual network's prefix, with the gateway that Azure has there too.
fn address_management(range: &SubnetRange) -> Option<Ipam> {
    let gateway = range.space.hosts().next()?;
    let config = IpamConfig {
        subnet: Some(range.space.trunc().to_string()),
        gateway: Some(gateway.to_string()),
        ..IpamConfig::default()
    };
    Some(Ipam { config: Some(vec![config]), ..Ipam::default() })
}

/// Whether a network has a virtual network's prefix.
fn has_space(ipam: Option<&Ipam>, range: &SubnetRange) -> bool {
    let wanted = range.space.trunc().to_string();
    let mut configs = ipam.into_iter().flat_map(|ipam| ipam.config.iter().flatten());
    configs.any(|config| config.subnet.as_deref() == Some(wanted.as_str()))
}

/// Docker's words for a prefix that another network has already (libnetwork/ipamapi).
const OVERLAP: &str = "Pool overlaps";

impl Engine {
    /// The Docker network for a deployment, made where it is ours and missing.
    ///
    /// The caller holds `networks_in_use` until its sandbox runs, or the network may go again.
    pub(crate) async fn network_for(&self, spec: &NetworkSpec) -> Result<Place, RuntimeError> {
        let own = [(labels::EMULATOR, self.owner.as_str()), (labels::ROLE, labels::ROLE_NETWORK)];
        match spec {
            NetworkSpec::Unreachable | NetworkSpec::Public { .. } => {
                let name = self.names.private_network();
                self.ensure_network(request(&name, labels(own), true)).await.map(|_| Place::anywhere(name))
            }
            NetworkSpec::Subnet { id, range } => match (self.subnet_networks.find(id), range) {
                (Some(name), _) => self.mapped_network(id, name).await.map(Place::anywhere),
                (None, Some(range)) => self.virtual_network(range, labels(own)).await,
                (None, None) => {
                    let mut labels = labels(own);
                    labels.insert(labels::SUBNET.to_owned(), id.to_string());
                    let name = self.names.subnet_network(id);
                    self.ensure_network(request(&name, labels, false)).await.map(|_| Place::anywhere(name))
                }
            },
        }
    }

    /// The network of all subnets that lie in one prefix of a virtual network's address space: on one bridge they
    /// reach each other, as in Azure, which Docker allows between no two networks.
    ///
    /// Azure lets virtual networks overlap, Docker does not: the later one gets a prefix of Docker's choice, and
    /// its groups addresses that are theirs in this machine but not in the subnet.
    async fn virtual_network(&self, range: &SubnetRange, labels: Labels) -> Result<Place, RuntimeError> {
        let name = self.names.virtual_network(&range.network, &range.space.trunc().to_string());
        let mut wanted = request(&name, labels, false);
        wanted.ipam = address_management(range);
        let ipam = match self.ensure_network(wanted.clone()).await {
            Err(RuntimeError::Network(words)) if words.contains(OVERLAP) => {
                tracing::warn!(
                    network = %range.network,
                    prefix = %range.space,
                    "another Docker network has this prefix; groups get addresses of Docker's choice"
                );
                wanted.ipam = None;
                self.ensure_network(wanted).await?
            }
            other => other?,
        };
        let range = has_space(ipam.as_ref(), range).then(|| range.clone());
        Ok(Place { network: name, range })
    }

    async fn mapped_network(&self, subnet: &ResourceId, name: &str) -> Result<String, RuntimeError> {
        match self.docker.inspect_network(name, None::<InspectNetworkOptions>).await {
            Ok(_) => Ok(name.to_owned()),
            Err(error) if is_missing(&error) => Err(RuntimeError::Network(format!(
                "the Docker network '{name}', which stands for subnet '{subnet}', does not exist: create it with \
                 `docker network create {name}` or map the subnet to another network"
            ))),
            Err(error) => Err(refused(error)),
        }
    }

    /// Makes a network that is missing; tells which addresses it has.
    async fn ensure_network(&self, request: NetworkCreateRequest) -> Result<Option<Ipam>, RuntimeError> {
        // Docker takes a second network of the same name without a word.
        let _one_at_a_time = self.network_making.lock().await;
        let name = request.name.clone();
        match self.docker.inspect_network(&name, None::<InspectNetworkOptions>).await {
            Ok(found) => return Ok(found.ipam),
            Err(error) if is_missing(&error) => {}
            Err(error) => return Err(refused(error)),
        }
        let ipam = request.ipam.clone();
        match self.docker.create_network(request).await {
            Ok(_) => Ok(ipam),
            Err(error) if is_away(&error) => Err(refused(error)),
            Err(error) => Err(RuntimeError::Network(format!(
                "Docker made no network '{name}': {}; where its address pools are exhausted, `docker network prune` \
                 frees unused ones",
                words(&error)
            ))),
        }
    }

    /// Removes those of our networks that no sandbox lies on.
    pub(crate) async fn remove_unused_networks(&self) -> Result<(), RuntimeError> {
        let _nobody_makes_one = self.networks_in_use.write().await;
        let owner = (labels::EMULATOR, self.owner.as_str());
        let ours = labels::filter([owner, (labels::ROLE, labels::ROLE_NETWORK)]);
        let ours = ListNetworksOptionsBuilder::new().filters(&ours).build();
        let ours = self.docker.list_networks(Some(ours)).await.map_err(refused)?;
        let sandboxes = labels::filter([owner, (labels::ROLE, labels::ROLE_SANDBOX)]);
        let sandboxes = ListContainersOptionsBuilder::new().all(true).filters(&sandboxes).build();
        let sandboxes = self.docker.list_containers(Some(sandboxes)).await.map_err(refused)?;
        let used: HashSet<String> = sandboxes
            .into_iter()
            .filter_map(|sandbox| sandbox.labels.unwrap_or_default().remove(labels::NETWORK))
            .collect();
        for name in ours.into_iter().filter_map(|network| network.name).filter(|name| !used.contains(name)) {
            match self.docker.remove_network(&name).await {
                Err(error) if is_away(&error) => return Err(refused(error)),
                // Somebody else's container may be on it; that is theirs to decide.
                Err(error) if !is_missing(&error) => {
                    tracing::warn!(network = name, reason = words(&error), "a network stays");
                }
                _ => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subnet_is_found_by_its_id_before_its_name() {
        let subnet = ResourceId::subnet("s", "rg", "vnet", "aci");
        let by_name = ("ACI".to_owned(), "named".to_owned());
        let by_id = (subnet.to_string().to_uppercase(), "exact".to_owned());
        let networks = SubnetNetworks(vec![by_name.clone(), by_id]);
        assert_eq!(networks.find(&subnet), Some("exact"));
        assert_eq!(SubnetNetworks(vec![by_name]).find(&subnet), Some("named"));
        assert_eq!(SubnetNetworks::default().find(&subnet), None);
    }

    #[test]
    fn only_groups_without_a_subnet_are_isolated() {
        assert!(request("n", Labels::new(), true).options.is_some());
        assert_eq!(request("n", Labels::new(), false).options, None);
    }
}
