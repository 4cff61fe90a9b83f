//! The providers beside Microsoft.ContainerInstance: their types, as Azure lists them, cut to what is served here.
//!
//! Sources of the versions: the lists that Azure prints when it refuses one (USER: azure-cli #17545 and #31868 for
//! networks, azure-sdk-for-js #9920 and openshift/installer #6992 for storage), and the versions of the management
//! SDKs on PyPI for what came later. Newest first, as Azure lists them.

use super::providers::{Kind, Provider, Versions};

/// The capabilities of types that have regions and tags.
const TRACKED: &str = "SupportsTags, SupportsLocation";
const EXTENSION: &str = "SupportsExtension";
const NONE: &str = "None";

const fn kind(name: &'static str, capabilities: &'static str, versions: &'static str) -> Kind {
    Kind { name, capabilities, versions: Versions::Listed(versions) }
}

const NETWORK: &str = "\
    2025-05-01 2025-03-01 2025-01-01 2024-10-01 2024-07-01 2024-05-01 2024-03-01 2024-01-01 2023-11-01 \
    2023-09-01 2023-06-01 2023-05-01 2023-04-01 2023-02-01 2022-11-01 2022-09-01 2022-07-01 2022-05-01 \
    2022-01-01 2021-12-01 2021-08-01 2021-06-01 2021-05-01 2021-04-01 2021-03-01 2021-02-01 2021-01-01 \
    2020-11-01 2020-08-01 2020-07-01 2020-06-01 2020-05-01 2020-04-01 2020-03-01 2020-01-01 2019-12-01 \
    2019-11-01 2019-09-01 2019-08-01 2019-07-01 2019-06-01 2019-04-01 2019-02-01 2018-12-01 2018-11-01 \
    2018-10-01 2018-08-01 2018-07-01 2018-06-01 2018-05-01 2018-04-01 2018-03-01 2018-02-01 2018-01-01 \
    2017-11-01 2017-10-01 2017-09-01 2017-08-01 2017-06-01 2017-04-01 2017-03-01 2016-12-01 2016-11-01 \
    2016-10-01 2016-09-01 2016-08-01 2016-07-01 2016-06-01 2016-03-30 2015-06-15 2015-05-01-preview";

const IDENTITY: &str = "\
    2025-01-31-preview 2024-11-30 2023-07-31-preview 2023-01-31 2022-01-31-preview 2021-09-30-preview \
    2018-11-30 2015-08-31-preview";

const FEDERATED: &str = "2025-01-31-preview 2024-11-30 2023-07-31-preview 2023-01-31 2022-01-31-preview";

const ROLE_ASSIGNMENTS: &str = "\
    2022-04-01 2022-01-01-preview 2021-04-01-preview 2020-10-01-preview 2020-08-01-preview 2020-04-01-preview \
    2020-03-01-preview 2019-04-01-preview 2018-12-01-preview 2018-09-01-preview 2018-07-01 2018-01-01-preview \
    2017-10-01-preview 2017-09-01 2017-05-01 2016-07-01 2015-07-01 2015-06-01 2015-05-01-preview \
    2014-10-01-preview 2014-07-01-preview 2014-04-01-preview";

const ROLE_DEFINITIONS: &str = "\
    2022-05-01-preview 2022-04-01 2018-07-01 2018-01-01-preview 2017-09-01 2017-05-01 2016-07-01 2015-07-01 \
    2015-06-01 2015-05-01-preview";

const LOCKS: &str = "2020-05-01 2017-04-01 2016-09-01 2015-06-01 2015-05-01-preview 2015-01-01";

const POLICY_ASSIGNMENTS: &str = "\
    2025-03-01 2025-01-01 2024-05-01 2024-04-01 2023-04-01 2022-06-01 2021-06-01 2020-09-01 2020-03-01 \
    2019-09-01 2019-06-01 2019-01-01 2018-05-01 2018-03-01 2017-06-01-preview 2016-12-01 2016-04-01 \
    2015-10-01-preview";

const STORAGE: &str = "\
    2025-06-01 2025-01-01 2024-11-01 2024-01-01 2023-05-01 2023-04-01 2023-01-01 2022-09-01 2022-05-01 \
    2021-09-01 2021-08-01 2021-06-01 2021-05-01 2021-04-01 2021-02-01 2021-01-01 2020-08-01-preview \
    2019-06-01 2019-04-01 2018-11-01 2018-07-01 2018-03-01-preview 2018-02-01 2017-10-01 2017-06-01 \
    2016-12-01 2016-07-01 2016-05-01 2016-01-01 2015-06-15 2015-05-01-preview";

const SHARES: &str = "\
    2025-06-01 2025-01-01 2024-11-01 2024-01-01 2023-05-01 2023-04-01 2023-01-01 2022-09-01 2022-05-01 \
    2021-09-01 2021-08-01 2021-06-01 2021-05-01 2021-04-01 2021-02-01 2021-01-01 2020-08-01-preview \
    2019-06-01 2019-04-01";

/// Of the SDK on PyPI and the type definitions of Bicep.
const STANDBY_POOLS: &str =
    "2025-10-01 2025-03-01 2024-08-01-preview 2024-03-01 2024-03-01-preview 2023-12-01-preview";

/// Without the first.
const STANDBY_VIEWS: &str = "2025-10-01 2025-03-01 2024-08-01-preview 2024-03-01 2024-03-01-preview";

const WORKSPACES: &str = "\
    2025-07-01 2025-02-01 2023-09-01 2022-10-01 2021-12-01-preview 2021-06-01 2020-10-01 2020-08-01 \
    2020-03-01-preview 2017-04-26-preview 2017-03-15-preview 2017-03-03-preview 2017-01-01-preview \
    2015-11-01-preview 2015-03-20";

const METRICS: &str = "\
    2024-02-01 2023-10-01 2021-05-01 2019-07-01 2018-01-01 2017-12-01-preview 2017-09-01-preview \
    2017-05-01-preview 2016-09-01 2016-06-01 2015-07-01 2014-04-01";

const DIAGNOSTIC_SETTINGS: &str = "2021-05-01-preview 2017-05-01-preview 2016-09-01 2015-07-01";

/// The providers, in the order of their names.
pub const NEIGHBOURS: &[Provider] = &[
    Provider {
        namespace: "Microsoft.Authorization",
        kinds: &[
            kind("roleAssignments", EXTENSION, ROLE_ASSIGNMENTS),
            kind("roleDefinitions", EXTENSION, ROLE_DEFINITIONS),
            kind("permissions", NONE, ROLE_DEFINITIONS),
            kind("locks", EXTENSION, LOCKS),
            kind("policyAssignments", EXTENSION, POLICY_ASSIGNMENTS),
        ],
    },
    Provider {
        namespace: "Microsoft.Insights",
        kinds: &[
            kind("diagnosticSettings", EXTENSION, DIAGNOSTIC_SETTINGS),
            kind("metrics", EXTENSION, METRICS),
            kind("metricDefinitions", EXTENSION, METRICS),
        ],
    },
    Provider {
        namespace: "Microsoft.ManagedIdentity",
        kinds: &[
            kind("userAssignedIdentities", TRACKED, IDENTITY),
            kind("userAssignedIdentities/federatedIdentityCredentials", NONE, FEDERATED),
        ],
    },
    Provider {
        namespace: "Microsoft.Network",
        kinds: &[
            kind("virtualNetworks", TRACKED, NETWORK),
            kind("virtualNetworks/subnets", NONE, NETWORK),
            kind("virtualNetworks/checkIPAddressAvailability", NONE, NETWORK),
            kind("virtualNetworks/usages", NONE, NETWORK),
            kind("networkProfiles", TRACKED, NETWORK),
            kind("networkSecurityGroups", TRACKED, NETWORK),
            kind("networkSecurityGroups/securityRules", NONE, NETWORK),
            kind("locations", NONE, NETWORK),
            kind("locations/operations", NONE, NETWORK),
            // Azure writes `operationResults` in this list; a path has one spelling of a word here.
            kind("locations/operationresults", NONE, NETWORK),
        ],
    },
    Provider {
        namespace: "Microsoft.OperationalInsights",
        kinds: &[
            kind("workspaces", TRACKED, WORKSPACES),
            kind("workspaces/sharedKeys", NONE, WORKSPACES),
            kind("workspaces/regenerateSharedKey", NONE, WORKSPACES),
        ],
    },
    Provider {
        namespace: "Microsoft.StandbyPool",
        kinds: &[
            kind("standbyContainerGroupPools", TRACKED, STANDBY_POOLS),
            kind("standbyContainerGroupPools/runtimeViews", NONE, STANDBY_VIEWS),
            kind("locations/operations", NONE, STANDBY_POOLS),
        ],
    },
    Provider {
        namespace: "Microsoft.Storage",
        kinds: &[
            kind("storageAccounts", TRACKED, STORAGE),
            kind("storageAccounts/listKeys", NONE, STORAGE),
            kind("storageAccounts/regenerateKey", NONE, STORAGE),
            kind("storageAccounts/fileServices", NONE, SHARES),
            kind("storageAccounts/fileServices/shares", NONE, SHARES),
            kind("checkNameAvailability", NONE, STORAGE),
            kind("locations/asyncoperations", NONE, STORAGE),
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_listed_once_and_newest_first() {
        for provider in NEIGHBOURS {
            for kind in provider.kinds {
                let versions = kind.versions.list();
                // A preview of a day is older than the version of that day.
                let rank = |version: &str| (version[..10].to_owned(), version.len() == 10);
                let sorted = versions.windows(2).all(|pair| rank(pair[0]) > rank(pair[1]));
                assert!(sorted, "{}/{}: {versions:?}", provider.namespace, kind.name);
            }
        }
    }

    #[test]
    fn a_version_is_served_since_the_oldest() {
        let versions = Versions::Listed(WORKSPACES);
        assert!(versions.accept("2015-03-20") && versions.accept("2031-01-01"));
        assert!(!versions.accept("2014-12-31"));
        let views = Versions::Listed(STANDBY_VIEWS);
        assert!(views.accept("2024-03-01") && views.accept("2024-03-01-preview"));
    }
}
