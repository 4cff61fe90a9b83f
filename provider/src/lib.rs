//! A virtual-kubelet provider for Azure Container Instances.

pub mod app;
pub mod args;
pub mod arm;
pub mod clock;
pub mod config;
mod http;
pub mod images;
pub mod kubelet;
pub mod limits;
pub mod metrics;
pub mod naming;
pub mod node;
pub mod pods;
pub mod profile;
pub mod quantity;
pub mod random;
pub mod shutdown;
pub mod status;
pub mod telemetry;
pub mod translate;
