//! Which version of the API serves which operation: one table, asked by every handler and by the provider's
//! description.

use aci_model::ApiVersion;
use aci_model::ApiVersion as V;

use crate::arm::error::ArmError;
use crate::arm::version::RequestVersion;

/// The first and the last version of a stretch that lists an operation.
type Span = (ApiVersion, ApiVersion);

const NEWEST: ApiVersion = V::ALL[V::ALL.len() - 1];

/// The one preview that had profiles before all that came after had them.
const FIRST_PROFILES: Span = (V::V2024_05_01Preview, V::V2024_05_01Preview);

/// The one preview that had NGroups before all that came after had them.
const FIRST_NGROUPS: Span = (V::V2024_09_01Preview, V::V2024_09_01Preview);

/// Since a version, to the newest.
const fn since(first: ApiVersion) -> Span {
    (first, NEWEST)
}

macro_rules! operations {
    ($($variant:ident = $id:literal of $kind:literal in [$($span:expr),+]),+ $(,)?) => {
        /// An operation of Microsoft.ContainerInstance; its documentation is the specification's operation id.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Operation { $(#[doc = $id] $variant),+ }

        impl Operation {
            /// Every operation.
            pub const ALL: &'static [Operation] = &[$(Operation::$variant),+];

            /// The specification's operation id, as its newest document spells it.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$variant => $id),+ }
            }

            /// The resource type that Azure names in a refusal; assumed for nested types, of which no recording
            /// has one.
            pub const fn kind(self) -> &'static str {
                match self { $(Self::$variant => $kind),+ }
            }

            fn spans(self) -> &'static [Span] {
                match self { $(Self::$variant => const { &[$($span),+] }),+ }
            }
        }
    };
}

// Source: the OpenAPI documents of azure-rest-api-specs, and for sandbox groups its TypeSpec; the integration tests compare where those are at hand.
operations! {
    List = "ContainerGroups_List" of "containerGroups" in [since(V::V2017_08_01Preview)],
    ListByResourceGroup = "ContainerGroups_ListByResourceGroup" of "containerGroups"
        in [since(V::V2017_08_01Preview)],
    Get = "ContainerGroups_Get" of "containerGroups" in [since(V::V2017_08_01Preview)],
    CreateOrUpdate = "ContainerGroups_CreateOrUpdate" of "containerGroups" in [since(V::V2017_08_01Preview)],
    Update = "ContainerGroups_Update" of "containerGroups" in [since(V::V2018_02_01Preview)],
    Delete = "ContainerGroups_Delete" of "containerGroups" in [since(V::V2017_08_01Preview)],
    Restart = "ContainerGroups_Restart" of "containerGroups" in [since(V::V2018_06_01)],
    Stop = "ContainerGroups_Stop" of "containerGroups" in [since(V::V2018_06_01)],
    Start = "ContainerGroups_Start" of "containerGroups" in [since(V::V2018_10_01)],
    OutboundNetworkDependencies = "ContainerGroups_GetOutboundNetworkDependenciesEndpoints" of "containerGroups"
        in [since(V::V2021_07_01)],
    Logs = "Containers_ListLogs" of "containerGroups/containers" in [since(V::V2017_08_01Preview)],
    Exec = "Containers_ExecuteCommand" of "containerGroups/containers" in [since(V::V2018_02_01Preview)],
    Attach = "Containers_Attach" of "containerGroups/containers" in [since(V::V2020_11_01)],
    ProfileGet = "ContainerGroupProfiles_Get" of "containerGroupProfiles"
        in [FIRST_PROFILES, since(V::V2024_11_01Preview)],
    ProfileCreateOrUpdate = "ContainerGroupProfiles_CreateOrUpdate" of "containerGroupProfiles"
        in [FIRST_PROFILES, since(V::V2024_11_01Preview)],
    ProfilePatch = "ContainerGroupProfiles_Patch" of "containerGroupProfiles"
        in [FIRST_PROFILES, since(V::V2024_11_01Preview)],
    ProfileDelete = "ContainerGroupProfiles_Delete" of "containerGroupProfiles"
        in [FIRST_PROFILES, since(V::V2024_11_01Preview)],
    ProfileList = "ContainerGroupProfiles_List" of "containerGroupProfiles"
        in [FIRST_PROFILES, since(V::V2024_11_01Preview)],
    ProfileListByResourceGroup = "ContainerGroupProfiles_ListByResourceGroup" of "containerGroupProfiles"
        in [FIRST_PROFILES, since(V::V2024_11_01Preview)],
    ProfileRevisions = "ContainerGroupProfile_ListAllRevisions" of "containerGroupProfiles/revisions"
        in [FIRST_PROFILES, since(V::V2024_11_01Preview)],
    ProfileRevision = "ContainerGroupProfile_GetByRevisionNumber" of "containerGroupProfiles/revisions"
        in [FIRST_PROFILES, since(V::V2024_11_01Preview)],
    NGroupList = "NGroups_List" of "ngroups" in [FIRST_NGROUPS, since(V::V2024_11_01Preview)],
    NGroupListByResourceGroup = "NGroups_ListByResourceGroup" of "ngroups" in [FIRST_NGROUPS, since(V::V2024_11_01Preview)],
    NGroupGet = "NGroups_Get" of "ngroups" in [FIRST_NGROUPS, since(V::V2024_11_01Preview)],
    NGroupCreateOrUpdate = "NGroups_CreateOrUpdate" of "ngroups" in [FIRST_NGROUPS, since(V::V2024_11_01Preview)],
    NGroupUpdate = "NGroups_Update" of "ngroups" in [FIRST_NGROUPS, since(V::V2024_11_01Preview)],
    NGroupDelete = "NGroups_Delete" of "ngroups" in [FIRST_NGROUPS, since(V::V2024_11_01Preview)],
    NGroupStart = "NGroups_Start" of "ngroups" in [FIRST_NGROUPS, since(V::V2024_11_01Preview)],
    NGroupStop = "NGroups_Stop" of "ngroups" in [FIRST_NGROUPS, since(V::V2024_11_01Preview)],
    NGroupRestart = "NGroups_Restart" of "ngroups" in [FIRST_NGROUPS, since(V::V2024_11_01Preview)],
    NGroupSkus = "NGroupsSkus_Get" of "ngroups/skus" in [FIRST_NGROUPS],
    SandboxGet = "SandboxGroups_Get" of "sandboxGroups" in [since(V::V2026_06_01Preview)],
    SandboxCreateOrUpdate = "SandboxGroups_CreateOrUpdate" of "sandboxGroups" in [since(V::V2026_06_01Preview)],
    SandboxUpdate = "SandboxGroups_Update" of "sandboxGroups" in [since(V::V2026_06_01Preview)],
    SandboxDelete = "SandboxGroups_Delete" of "sandboxGroups" in [since(V::V2026_06_01Preview)],
    SandboxList = "SandboxGroups_ListBySubscription" of "sandboxGroups" in [since(V::V2026_06_01Preview)],
    SandboxListByResourceGroup = "SandboxGroups_ListByResourceGroup" of "sandboxGroups"
        in [since(V::V2026_06_01Preview)],
    SandboxConnect = "SandboxGroups_Connect" of "sandboxGroups" in [since(V::V2026_06_01Preview)],
    Usages = "Location_ListUsage" of "locations/usages" in [since(V::V2017_12_01Preview)],
    Capabilities = "Location_ListCapabilities" of "locations/capabilities" in [since(V::V2018_10_01)],
    CachedImages = "Location_ListCachedImages" of "locations/cachedImages" in [since(V::V2018_10_01)],
    Operations = "Operations_List" of "operations" in [since(V::V2017_10_01Preview)],
    DeleteLink = "SubnetServiceAssociationLink_Delete" of "serviceAssociationLinks"
        in [(V::V2018_10_01, V::V2018_10_01), since(V::V2021_09_01)],
}

impl Operation {
    /// Whether a version lists it.
    pub fn is_in(self, version: ApiVersion) -> bool {
        self.spans().iter().any(|(first, last)| (*first..=*last).contains(&version))
    }

    /// The versions that list it, oldest first.
    pub fn versions(self) -> impl DoubleEndedIterator<Item = ApiVersion> {
        ApiVersion::ALL.iter().copied().filter(move |version| self.is_in(*version))
    }

    /// The version of a call about something in a location.
    ///
    /// # Errors
    /// `NoRegisteredProviderFound`.
    pub fn version_in(self, location: &str, asked: &RequestVersion) -> Result<ApiVersion, ArmError> {
        self.known(asked).ok_or_else(|| ArmError::no_registered_provider(location, &asked.0, self))
    }

    /// The version of a call of which no location is known, such as a list.
    ///
    /// # Errors
    /// `InvalidResourceType`.
    pub fn version_anywhere(self, asked: &RequestVersion) -> Result<ApiVersion, ArmError> {
        self.known(asked).ok_or_else(|| ArmError::operation_not_in_version(&asked.0, self))
    }

    fn known(self, asked: &RequestVersion) -> Option<ApiVersion> {
        asked.0.parse().ok().filter(|version| self.is_in(*version))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_between_two_spans_is_not_served() {
        let link = Operation::DeleteLink;
        let versions: Vec<_> = link.versions().take(2).collect();
        assert_eq!(versions, [V::V2018_10_01, V::V2021_09_01]);
        assert!(!link.is_in(V::V2019_12_01) && link.is_in(NEWEST));
    }

    #[test]
    fn a_version_is_refused_in_the_words_that_fit_the_call() {
        let asked = RequestVersion("2018-06-01".to_owned());
        assert_eq!(Operation::Usages.version_in("eastus", &asked), Ok(V::V2018_06_01));
        let start = Operation::Start.version_in("eastus", &asked).unwrap_err();
        assert_eq!(start.code(), "NoRegisteredProviderFound");
        let link = Operation::DeleteLink.version_anywhere(&asked).unwrap_err();
        assert_eq!(link.code(), "InvalidResourceType");
    }
}
