//! What a subscription may have in a region.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

macro_rules! quotas {
    ($($(#[$meta:meta])* $variant:ident $display:literal = $limit:literal),+ $(,)?) => {
        /// A quota, by Azure's name, as in the refusal of what is over it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Quota { $($(#[$meta])* $variant),+ }

        impl Quota {
            /// Every quota, in the order in which a subscription's usages show them.
            pub const ALL: &'static [Quota] = &[$(Quota::$variant),+];

            /// Azure's name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant)),+ }
            }

            /// The name for people.
            pub const fn display(self) -> &'static str {
                match self { $(Self::$variant => $display),+ }
            }

            /// How many a new subscription may have.
            pub const fn default_limit(self) -> u32 {
                match self { $(Self::$variant => $limit),+ }
            }
        }
    };
}

// Names: the service's own message and users' answers of 2026. Limits: "Resource availability and quota limits",
// azure-compute-docs, for groups, cores and GPUs, and its edition of 2020 for dedicated hosts; assumed for spot and
// confidential groups, about which it says nothing.
quotas! {
    /// Groups of the standard SKU; the others have quotas of their own.
    ContainerGroups "Container Groups" = 100,
    /// Cores of standard groups at the regular price.
    StandardCores "Standard SKU cores" = 100,
    /// Cores of groups that may be evicted.
    StandardSpotCores "Standard spot SKU cores" = 100,
    /// GPUs, which Azure has retired.
    StandardK80Cores "Standard K80 GPU cores" = 0,
    /// GPUs, which Azure has retired.
    StandardP100Cores "Standard P100 GPU cores" = 0,
    /// GPUs, which Azure has retired.
    StandardV100Cores "Standard V100 GPU cores" = 0,
    /// Groups on dedicated hosts.
    DedicatedContainerGroups "Dedicated container groups" = 0,
    /// Their cores.
    DedicatedCores "Dedicated cores" = 0,
    /// Groups in enclaves.
    ConfidentialContainerGroups "Confidential container groups" = 100,
    /// Their cores.
    ConfidentialCores "Confidential cores" = 100,
}

/// The quotas of a subscription in a region, by Azure's names; what is not named is Azure's default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Quotas(pub BTreeMap<Quota, u32>);

impl Quotas {
    /// How many there may be.
    pub fn get(&self, quota: Quota) -> u32 {
        self.0.get(&quota).copied().unwrap_or(quota.default_limit())
    }
}
