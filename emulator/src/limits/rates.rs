//! How often callers may ask.

use serde::{Deserialize, Serialize};

/// So many requests in so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// How many.
    pub count: u32,
    /// In how long.
    pub seconds: u32,
}

const fn rate(count: u32, seconds: u32) -> Rate {
    Rate { count, seconds }
}

/// The rates of a subscription; each holds on its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Rates {
    /// Creations of groups, by region (`ContainerGroupCreation` in the refusal).
    pub creations: Vec<Rate>,
    /// Deletions of groups, by region (`ContainerGroupDeletion`).
    pub deletions: Vec<Rate>,
    /// ARM's own for GET.
    pub subscription_reads: Rate,
    /// ARM's own for PUT, PATCH and POST.
    pub subscription_writes: Rate,
    /// ARM's own for DELETE.
    pub subscription_deletes: Rate,
}

impl Default for Rates {
    /// Source: "Resource availability and quota limits", azure-compute-docs; "Throttling Resource Manager requests",
    /// azure-resource-manager, the hourly limits.
    fn default() -> Self {
        let groups = vec![rate(100, 300), rate(300, 3600)];
        Self {
            creations: groups.clone(),
            deletions: groups,
            subscription_reads: rate(12000, 3600),
            subscription_writes: rate(1200, 3600),
            subscription_deletes: rate(15000, 3600),
        }
    }
}
