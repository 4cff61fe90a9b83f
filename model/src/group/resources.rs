//! CPU, memory and GPUs of a container.

use serde::{Deserialize, Serialize};

/// What a container asks for and what it may use.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ResourceRequirements {
    /// Reserved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests: Option<ComputeResources>,
    /// At most; absent members mean the group's total.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<ComputeResources>,
}

/// An amount of compute.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ComputeResources {
    /// Gigabytes of memory; the first version's own example spells it `memoryInGb`.
    #[serde(rename = "memoryInGB", alias = "memoryInGb", skip_serializing_if = "Option::is_none")]
    pub memory_in_gb: Option<f64>,
    /// Cores.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu: Option<f64>,
    /// GPUs; retired by Azure in July 2025.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gpu: Option<GpuResource>,
}

/// GPUs of one kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct GpuResource {
    /// How many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<i32>,
    /// `K80`, `P100` or `V100`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
}
