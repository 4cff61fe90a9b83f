//! The wire vocabulary of Microsoft.ContainerInstance, shared by the emulator and the provider.
//!
//! Here belong types that travel between a client and Azure Resource Manager, with their JSON names, order
//! and spelling. Nothing here reads a clock, opens a socket or decides what a request means: the emulator
//! validates, the provider translates.
//!
//! Field order is part of the contract: Azure's responses keep one order of properties, and clients that
//! compare text notice another.
//!
//! Every member that a client may leave out is an `Option`, also those that Azure requires, because the
//! refusal of a missing member is an answer with its own code and words, not a parse error.

pub mod api_version;
pub mod error;
pub mod group;
pub mod location;
pub mod ngroup;
pub mod open_enum;
pub mod operation;
pub mod profile;
pub mod resource;
pub mod resource_id;
pub mod secret;
pub mod stream;

pub use api_version::ApiVersion;
pub use error::CloudError;
pub use resource_id::ResourceId;
pub use secret::Secret;

/// The resource provider namespace, in Azure's spelling.
pub const PROVIDER_NAMESPACE: &str = "Microsoft.ContainerInstance";

/// The resource type of container groups, as it stands in `type` of every response.
pub const CONTAINER_GROUP_TYPE: &str = "Microsoft.ContainerInstance/containerGroups";
