//! Azure Resource Manager as the provider needs it: the container groups of one resource group.

use std::sync::Arc;
use std::time::Duration;

use aci_model::ApiVersion;
use aci_model::error::CloudErrorBody;
use aci_model::group::ContainerGroup;
use async_trait::async_trait;
use indexmap::IndexMap;
use thiserror::Error;

pub mod certificate;
pub mod client;
pub mod credential;
pub mod discovery;
pub mod envelope;
pub mod metrics;
pub mod retry;
pub mod settings;
pub mod streams;

pub use client::HttpArm;
pub use metrics::{ContainerMetrics, SharedMetrics};
pub use settings::{ArmSettings, CredentialSettings};
pub use streams::{ContainerStreams, SharedStreams};

/// The api-version of every container group call: stable, served in every Azure cloud, and the first stable
/// one with security contexts.
pub const API_VERSION: ApiVersion = ApiVersion::V2023_05_01;

/// The api-version of resource groups, which the readiness check reads.
pub const RESOURCES_API_VERSION: &str = "2021-04-01";

/// The container groups of the provider's resource group.
#[async_trait]
pub trait ContainerGroups: Send + Sync + 'static {
    /// A group with its instance view; `None` when ARM says that there is none.
    async fn get(&self, name: &str) -> Result<Option<ContainerGroup>, ArmError>;

    /// All groups, without instance views; pages are followed.
    async fn list(&self) -> Result<Vec<ContainerGroup>, ArmError>;

    /// Creates a group or replaces one, and answers what ARM accepted.
    async fn put(&self, name: &str, group: &ContainerGroup) -> Result<ContainerGroup, ArmError>;

    /// Gives a group these tags and no others, and leaves the rest of it as it is.
    async fn retag(&self, name: &str, tags: &IndexMap<String, String>) -> Result<ContainerGroup, ArmError>;

    /// Deletes a group; a missing one is deleted already.
    async fn delete(&self, name: &str) -> Result<(), ArmError>;

    /// The log of a container, the last `tail` lines or all.
    async fn logs(
        &self,
        name: &str,
        container: &str,
        tail: Option<u32>,
        timestamps: bool,
    ) -> Result<String, ArmError>;

    /// Whether ARM answers and the resource group is there: what the node's readiness stands on.
    async fn ping(&self) -> Result<(), ArmError>;
}

/// The client as it is handed around.
pub type SharedArm = Arc<dyn ContainerGroups>;

/// What a subscription may have in a region.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quota {
    /// Cores of the standard SKU.
    pub cores: Option<i64>,
    /// Container groups.
    pub groups: Option<i64>,
}

/// Why a call to ARM failed.
#[derive(Clone, Debug, Error)]
pub enum ArmError {
    /// ARM answered with an error.
    #[error("{}: {}", body.code, body.message)]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The envelope's content; made up from the status where there was no envelope.
        body: CloudErrorBody,
        /// When to ask again, from Retry-After.
        retry_after: Option<Duration>,
    },
    /// No answer: DNS, connection, TLS, time-out.
    #[error("no answer from Azure Resource Manager: {0}")]
    Transport(String),
    /// No token.
    #[error("no access token: {0}")]
    Credential(String),
    /// An answer that is not what ARM promises.
    #[error("unexpected answer from Azure Resource Manager: {0}")]
    Protocol(String),
}
