//! The harness of the end-to-end tests: the cluster, the emulator seen from outside, and evidence.
//!
//! It shares no code with what it tests. ARM is spoken in raw JSON, Docker through its command line, so a
//! mistake in the shared wire types cannot hide on both sides.

pub mod arm;
pub mod cluster;
pub mod docker;
pub mod evidence;
pub mod manifest;
pub mod process;
pub mod stack;
pub mod wait;

/// The node that the provider registers.
pub const VIRTUAL_NODE: &str = "virtual-node-aci-linux";

/// The Deployment that runs the provider, in `kube-system`.
pub const PROVIDER_DEPLOYMENT: &str = "aci-connector-linux";

/// The container that runs the emulator.
pub const EMULATOR_CONTAINER: &str = "aci-local-emulator";

/// The image of the AKS virtual-nodes sample.
pub const HELLOWORLD_IMAGE: &str = "mcr.microsoft.com/azuredocs/aci-helloworld";

/// The image of the documentation's test pod; it has a shell and curl.
pub const UBUNTU_IMAGE: &str = "mcr.microsoft.com/aks/fundamental/base-ubuntu:v0.0.11";
