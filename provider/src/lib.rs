//! A virtual-kubelet provider for Azure Container Instances.

pub mod arm;
pub mod clock;
pub mod naming;
pub mod pods;
pub mod quantity;
pub mod status;
pub mod translate;
