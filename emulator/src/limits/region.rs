//! What one region has: SKUs and their ranges, zones, api-versions.

use std::collections::BTreeMap;

use aci_model::ApiVersion;
use aci_model::group::Sku;
use serde::{Deserialize, Serialize};

/// What a region has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct RegionLimits {
    /// What a group may request by SKU, spot groups under a name of their own ([`SPOT`]); a SKU that is not here is
    /// not sold here.
    pub skus: BTreeMap<String, Range>,
    /// The availability zones.
    pub zones: Vec<String>,
    /// The api-versions that serve the region; all of them unless listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_versions: Option<Vec<ApiVersion>>,
    /// What a host keeps for itself: capabilities count it in, no group gets it.
    pub host: HostReserve,
}

/// The name under which groups of priority `Spot` have their range: they are of SKU `Standard`.
pub const SPOT: &str = "Spot";

/// How much a group may request.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Range {
    /// Cores, at least. The documentation's minimum of one core a group is not enforced by the service: users run
    /// groups of half a core.
    #[serde(rename = "minCpu")]
    pub min_cpu: f64,
    /// Cores, at most.
    #[serde(rename = "maxCpu")]
    pub max_cpu: f64,
    /// Gigabytes, at least.
    #[serde(rename = "minMemoryInGB")]
    pub min_memory_in_gb: f64,
    /// Gigabytes, at most.
    #[serde(rename = "maxMemoryInGB")]
    pub max_memory_in_gb: f64,
    /// GPUs, at most.
    #[serde(rename = "maxGpuCount")]
    pub max_gpu_count: u32,
}

impl Range {
    const fn up_to(max_cpu: f64, max_memory_in_gb: f64) -> Self {
        // No GPUs: Azure retired them in July 2025.
        Self { min_cpu: 0.0, max_cpu, min_memory_in_gb: 0.0, max_memory_in_gb, max_gpu_count: 0 }
    }
}

impl Default for Range {
    /// A regular group's. Source: "Resource availability and quota limits", azure-compute-docs.
    fn default() -> Self {
        Self::up_to(31.0, 240.0)
    }
}

/// What a host keeps for itself.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HostReserve {
    /// Cores.
    pub cpu: f64,
    /// Gigabytes.
    #[serde(rename = "memoryInGB")]
    pub memory_in_gb: f64,
}

impl Default for HostReserve {
    /// The difference between the recorded capabilities (32 cores, 256 GB) and the documented maximum of a group.
    fn default() -> Self {
        Self { cpu: 1.0, memory_in_gb: 16.0 }
    }
}

impl Default for RegionLimits {
    /// Source: "Resource availability and quota limits" and "Spot containers", azure-compute-docs; dedicated hosts
    /// are assumed to take what regular ones take, and every region to have three zones.
    fn default() -> Self {
        let skus = [
            (Sku::Standard.as_str(), Range::default()),
            (Sku::Dedicated.as_str(), Range::default()),
            (Sku::Confidential.as_str(), Range::up_to(31.0, 180.0)),
            (SPOT, Range::up_to(4.0, 16.0)),
        ];
        Self {
            skus: skus.map(|(sku, range)| (sku.to_owned(), range)).into(),
            zones: ["1", "2", "3"].map(str::to_owned).to_vec(),
            api_versions: None,
            host: HostReserve::default(),
        }
    }
}

impl RegionLimits {
    /// The range of a SKU, or of [`SPOT`]; `None` where it is not sold.
    pub fn range(&self, sku: &str) -> Option<&Range> {
        self.skus.get(sku)
    }

    /// Whether a version serves the region.
    pub fn serves(&self, version: ApiVersion) -> bool {
        self.api_versions.as_ref().is_none_or(|versions| versions.contains(&version))
    }
}
