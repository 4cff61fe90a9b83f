//! What a region has and what a subscription uses of it.

use serde::{Deserialize, Serialize};

/// How much of a quota a subscription uses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// Its id (since 2021-09-01).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What is counted; always `Count`.
    pub unit: String,
    /// How many there are.
    pub current_value: u32,
    /// How many there may be.
    pub limit: u32,
    /// Which quota.
    pub name: UsageName,
}

/// The name of a quota.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UsageName {
    /// For programs.
    pub value: String,
    /// For people.
    pub localized_value: String,
}

/// What the groups of one kind may ask for in a region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Capabilities {
    /// The resource type.
    pub resource_type: String,
    /// The operating system, or `NotSpecified` where it makes no difference.
    pub os_type: String,
    /// The region.
    pub location: String,
    /// `Public` or `Private`.
    pub ip_address_type: String,
    /// The kind of GPU, or `None`.
    pub gpu: String,
    /// The most that a group may have.
    pub capabilities: MaximumResources,
}

/// The most that a group may have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MaximumResources {
    /// Gigabytes of memory.
    #[serde(rename = "maxMemoryInGB")]
    pub max_memory_in_gb: f64,
    /// Cores.
    pub max_cpu: f64,
    /// GPUs.
    pub max_gpu_count: u32,
}

/// An image that a region's hosts hold already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CachedImage {
    /// The operating system.
    pub os_type: String,
    /// The version of Windows that it needs (recorded; in no specification).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os_version: Option<String>,
    /// The image's reference.
    pub image: String,
}
