//! Every number of the service, with its source: what groups may ask for, where, and how much of it.
//!
//! [`Limits`] is a value. Its default is Azure's; a TOML file replaces parts of it (`--limits`), and whoever holds
//! the [`SharedLimits`] of a running emulator can put another in its place. What a table leaves out is Azure's:
//!
//! ```toml
//! [enforce]
//! quotas = true
//! [regions.westus]
//! zones = []
//! apiVersions = ["2023-05-01"]
//! [regions.westus.skus.Standard]
//! maxCpu = 4
//! maxMemoryInGB = 16
//! [subscriptions."11111111-2222-3333-4444-555555555555".eastus]
//! ContainerGroups = 3
//! ```

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub mod quotas;
pub mod rates;
pub mod region;
pub mod window;

use crate::regions;
pub use quotas::{Quota, Quotas};
pub use rates::{Rate, Rates};
pub use region::{Range, RegionLimits};

/// All limits of an emulator.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Limits {
    /// Which of the limits that a machine of one's own need not have are enforced.
    pub enforce: Enforce,
    /// Counts of a group, the same everywhere.
    pub group: GroupLimits,
    /// What regions have that are not named in `regions`.
    pub region: RegionLimits,
    /// Regions that differ, by programmatic name.
    pub regions: BTreeMap<String, RegionLimits>,
    /// What a subscription may have in a region unless `subscriptions` says otherwise.
    pub quotas: Quotas,
    /// Subscriptions that differ, by id, and in it by region.
    pub subscriptions: BTreeMap<String, BTreeMap<String, Quotas>>,
    /// How often callers may ask.
    pub rates: Rates,
}

/// Which limits are enforced. Both are off unless asked for: a machine of one's own has its own limits, and a test
/// that makes its hundred and first group must not fail for a subscription that nobody pays for (OURS).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Enforce {
    /// Quotas; usages show them in any case.
    pub quotas: bool,
    /// Rates; headers count them down in any case.
    pub rates: bool,
}

/// Counts of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct GroupLimits {
    /// Containers and init containers together.
    pub containers: usize,
    /// Volumes.
    pub volumes: usize,
    /// Ports of the address.
    pub ip_ports: usize,
}

impl Default for GroupLimits {
    /// Source: "Resource availability and quota limits", azure-compute-docs.
    fn default() -> Self {
        Self { containers: 60, volumes: 20, ip_ports: 5 }
    }
}

impl Limits {
    /// The limits of a region, by any of its names.
    pub fn region(&self, location: &str) -> &RegionLimits {
        self.regions.get(&regions::normalise(location)).unwrap_or(&self.region)
    }

    /// The quotas of a subscription in a region.
    pub fn quotas(&self, subscription: &str, location: &str) -> &Quotas {
        let same = |(id, _): &(&String, _)| id.eq_ignore_ascii_case(subscription);
        let subscription = self.subscriptions.iter().find(same).map(|(_, regions)| regions);
        subscription.and_then(|it| it.get(&regions::normalise(location))).unwrap_or(&self.quotas)
    }

    /// Reads a TOML file.
    ///
    /// # Errors
    /// When it cannot be read, is not such a file, or names a region that there is not.
    pub fn read(path: &Path) -> Result<Self, LimitsError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| LimitsError::Unreadable { path: path.display().to_string(), source })?;
        let limits: Self = toml::from_str(&text)
            .map_err(|source| LimitsError::Malformed { path: path.display().to_string(), source })?;
        limits.check()?;
        Ok(limits)
    }

    /// Checks that every region named is one.
    ///
    /// # Errors
    /// [`LimitsError::UnknownRegion`]: a misspelt name would silently limit nothing.
    pub fn check(&self) -> Result<(), LimitsError> {
        let mut named = self.regions.keys().chain(self.subscriptions.values().flat_map(BTreeMap::keys));
        match named.find(|name| regions::find(name).is_none_or(|region| region.name != *name)) {
            Some(name) => Err(LimitsError::UnknownRegion(name.clone())),
            None => Ok(()),
        }
    }
}

/// Why a file of limits cannot be used.
#[derive(Debug, Error)]
pub enum LimitsError {
    /// No such file, or not ours to read.
    #[error("cannot read the limits in {path}: {source}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// Not the table that is expected.
    #[error("the limits in {path} are malformed: {source}")]
    Malformed {
        /// The file.
        path: String,
        /// Where and why.
        source: toml::de::Error,
    },
    /// A region that there is not.
    #[error("there is no region '{0}'; write the programmatic name, such as westeurope")]
    UnknownRegion(String),
}

/// The limits of a running emulator, replaceable while it runs; a request sees one state of them from its beginning
/// to its end.
#[derive(Clone, Debug, Default)]
pub struct SharedLimits(Arc<RwLock<Arc<Limits>>>);

impl SharedLimits {
    /// Begins with these.
    pub fn new(limits: Limits) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(limits))))
    }

    /// What holds now.
    pub fn now(&self) -> Arc<Limits> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts others in their place.
    pub fn replace(&self, limits: Limits) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(limits);
    }
}

/// The longest name of a container, a group and an environment variable. Source: the quota page and the
/// service's own message for container names.
pub const NAME_LENGTH: usize = 63;

/// How long a volume's name may be. Source: the quota page.
pub const VOLUME_NAME_LENGTH: std::ops::RangeInclusive<usize> = 5..=63;

/// How long the first label of a group's host name may be. Source: the service's own message.
pub const DNS_LABEL_LENGTH: std::ops::RangeInclusive<usize> = 5..=63;

/// Ports that the platform keeps for itself. Source: "Resource availability and quota limits", azure-compute-docs.
pub const RESERVED_PORTS: &[std::ops::RangeInclusive<i64>] = &[
    22..=22,
    443..=443,
    1025..=1027,
    3389..=3399,
    9999..=9999,
    19000..=19000,
    19080..=19080,
    19100..=19100,
    19390..=19390,
    20000..=30000,
    49152..=65534,
];

/// Seconds that provisioning may take when the request names none (recorded since 2023-02-01-preview).
pub const PROVISIONING_TIMEOUT_SECONDS: u32 = 1800;

/// The bytes of the log of a container that runs (DOC: "Resource availability and quota limits").
pub const LOG_BYTES: usize = 4 << 20;
/// Those of one that has ended, or its lines, whichever is less (DOC, ibidem).
pub const STOPPED_LOG_BYTES: usize = 16 << 10;
/// As above.
pub const STOPPED_LOG_LINES: usize = 1000;

/// The largest body that is read. Source: "Throttling and limits", Azure Resource Manager: 4 MB.
pub const BODY_BYTES: usize = 4 * 1024 * 1024;

/// How long the websocket that exec or attach gave out waits for its password. Assumed: Azure tells no number,
/// and a person who carries it from one window to another needs a minute or two.
pub const STREAM_SESSION: SignedDuration = SignedDuration::from_secs(300);

/// The largest message on a websocket: what is typed or pasted, at most.
pub const STREAM_MESSAGE_BYTES: usize = 1024 * 1024;

#[cfg(test)]
mod tests;
