//! A local Azure Resource Manager for Microsoft.ContainerInstance.

pub mod clock;
pub mod group;
pub mod groups;
pub mod ids;
pub mod runtime;
pub mod store;
