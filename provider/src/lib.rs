//! A virtual-kubelet provider for Azure Container Instances.

pub mod arm;
pub mod naming;
