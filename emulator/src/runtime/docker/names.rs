//! Names of Docker objects: readable, the same whenever they are made again, and nobody else's.

use crate::hex::hex;
use aci_model::ResourceId;
use ring::digest;

use crate::runtime::SandboxId;

/// Names the objects of one emulator.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    owner: String,
}

impl Names {
    pub(crate) fn new(owner: &str) -> Self {
        Self { owner: owner.to_owned() }
    }

    /// The container that owns a deployment's network namespace; it is found by this name alone, so the
    /// group's name is not part of it.
    pub(crate) fn sandbox(&self, sandbox: &SandboxId) -> String {
        format!("aci-sandbox-{}", self.short(&sandbox.0))
    }

    /// A container of the group. One attempt at a time holds the name.
    pub(crate) fn container(&self, group: &ResourceId, sandbox: &SandboxId, container: &str) -> String {
        format!("aci-{}-{}-{}", plain(group.name()), self.short(&sandbox.0), plain(container))
    }

    /// A volume of the group.
    pub(crate) fn volume(&self, group: &ResourceId, sandbox: &SandboxId, volume: &str) -> String {
        format!("aci-{}-{}-{}", plain(group.name()), self.short(&sandbox.0), plain(volume))
    }

    /// The network of groups without an address of a subnet.
    pub(crate) fn private_network(&self) -> String {
        format!("aci-{}", self.short(""))
    }

    /// The network that stands for a subnet without a mapping.
    pub(crate) fn subnet_network(&self, subnet: &ResourceId) -> String {
        let parts: Vec<String> = subnet.path.iter().map(|(_, name)| plain(name)).collect();
        format!("aci-{}-{}", parts.join("-"), self.short(&subnet.key()))
    }

    /// The network of the subnets that lie in one prefix of a virtual network's address space.
    pub(crate) fn virtual_network(&self, network: &ResourceId, space: &str) -> String {
        format!("aci-{}-{}", plain(network.name()), self.short(&format!("{}\n{space}", network.key())))
    }

    /// Ten hex digits of owner and text: two emulators on one engine do not meet, nor do two deployments.
    fn short(&self, text: &str) -> String {
        hex(&digest::digest(&digest::SHA256, format!("{}\n{text}", self.owner).as_bytes()).as_ref()[..5])
    }
}

/// Docker allows `[a-zA-Z0-9][a-zA-Z0-9_.-]*` (moby `daemon/names/names.go`); Azure's names are within it, a
/// foreign character becomes a dash.
fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || "_.-".contains(c) { c } else { '-' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_group_deployment_and_container() {
        let names = Names::new("me");
        let group = ResourceId::container_group("s", "rg", "web");
        let name = names.container(&group, &SandboxId("d1".into()), "app");
        assert!(name.starts_with("aci-web-") && name.ends_with("-app"), "{name}");
    }

    #[test]
    fn owners_and_deployments_never_share_a_name() {
        let group = ResourceId::container_group("s", "rg", "web");
        let name = |owner: &str, id: &str| Names::new(owner).container(&group, &SandboxId(id.into()), "app");
        assert_ne!(name("me", "d1"), name("you", "d1"));
        assert_ne!(name("me", "d1"), name("me", "d2"));
    }

    #[test]
    fn subnets_that_differ_in_case_alone_share_a_network() {
        let names = Names::new("me");
        let lower = ResourceId::subnet("s", "rg", "vnet", "aci");
        let upper = ResourceId::subnet("S", "RG", "vnet", "aci");
        assert_eq!(names.subnet_network(&lower), names.subnet_network(&upper));
    }
}
