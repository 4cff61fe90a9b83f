//! The api-versions of Microsoft.ContainerInstance, oldest first.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

macro_rules! api_versions {
    ($($(#[$meta:meta])* $variant:ident = $text:literal),+ $(,)?) => {
        /// An api-version of container groups that Azure serves; ordered by age, so that "since" is `>=`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ApiVersion { $($(#[$meta])* $variant),+ }

        impl ApiVersion {
            /// Every version, oldest first.
            pub const ALL: &'static [ApiVersion] = &[$(ApiVersion::$variant),+];

            /// The text of the `api-version` query parameter.
            pub const fn as_str(self) -> &'static str {
                match self { $(ApiVersion::$variant => $text),+ }
            }
        }
    };
}

// The list and the additions: the OpenAPI documents of azure-rest-api-specs, and for what came after
// 2024-10-01-preview the published type definitions.
api_versions! {
    /// The first: one public IP, Azure Files volumes.
    V2017_08_01Preview = "2017-08-01-preview",
    /// Adds instance views, emptyDir and restart policies.
    V2017_10_01Preview = "2017-10-01-preview",
    /// Adds secret and gitRepo volumes, usages.
    V2017_12_01Preview = "2017-12-01-preview",
    /// Adds DNS labels, long-running PUT, PATCH, exec.
    V2018_02_01Preview = "2018-02-01-preview",
    /// The first stable one.
    V2018_04_01 = "2018-04-01",
    /// Adds secure environment variables, probes, restart, stop.
    V2018_06_01 = "2018-06-01",
    /// Adds network profiles and private addresses.
    V2018_09_01 = "2018-09-01",
    /// Adds identities, GPUs, DNS configuration, start.
    V2018_10_01 = "2018-10-01",
    /// Adds SKUs, encryption, init containers.
    V2019_12_01 = "2019-12-01",
    /// Adds attach, probe headers, log timestamps.
    V2020_11_01 = "2020-11-01",
    /// Start answers 202.
    V2021_03_01 = "2021-03-01",
    /// Subnet ids replace network profiles.
    V2021_07_01 = "2021-07-01",
    /// Adds zones.
    V2021_09_01 = "2021-09-01",
    /// Adds reuse scopes of DNS labels.
    V2021_10_01 = "2021-10-01",
    /// Adds extensions and encryption identities.
    V2022_09_01 = "2022-09-01",
    /// Adds security contexts, confidential groups, spot priority; what the Go provider speaks.
    V2022_10_01Preview = "2022-10-01-preview",
    /// Adds the provisioning time-out.
    V2023_02_01Preview = "2023-02-01-preview",
    /// Security contexts, confidential groups and spot priority, stable.
    V2023_05_01 = "2023-05-01",
    /// Adds profiles, config maps, standby pools.
    V2024_05_01Preview = "2024-05-01-preview",
    /// Adds NGroups; without profiles.
    V2024_09_01Preview = "2024-09-01-preview",
    /// Adds secret references; without profiles and NGroups.
    V2024_10_01Preview = "2024-10-01-preview",
    /// The newest preview before the merge.
    V2024_11_01Preview = "2024-11-01-preview",
    /// Merges the previews: profiles, NGroups, secret references, identity access control.
    V2025_09_01 = "2025-09-01",
    /// Adds sandbox groups, and shares that an identity opens.
    V2026_06_01Preview = "2026-06-01-preview",
    /// The same, stable; the newest one.
    V2026_07_01 = "2026-07-01",
}

/// A text that is no api-version of container groups.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("api-version '{0}' is not one of Microsoft.ContainerInstance's")]
pub struct UnknownApiVersion(pub String);

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for ApiVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ApiVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl FromStr for ApiVersion {
    type Err = UnknownApiVersion;

    /// Azure compares versions without regard to case (`2024-05-01-PREVIEW` is accepted).
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|version| version.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownApiVersion(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_listed_and_ordered_by_age() {
        let texts: Vec<_> = ApiVersion::ALL.iter().map(|version| version.as_str()).collect();
        let mut sorted = texts.clone();
        sorted.sort_unstable();
        assert_eq!(texts, sorted);
    }

    #[test]
    fn every_version_parses_back_in_any_case() {
        for version in ApiVersion::ALL {
            assert_eq!(version.as_str().to_uppercase().parse(), Ok(*version));
        }
        assert!("2016-01-01".parse::<ApiVersion>().is_err());
    }
}
