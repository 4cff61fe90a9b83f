//! The operations that the service's documents specify, 2017-08-01-preview to 2026-07-01, and how each is served.

/// An operation of the service.
#[derive(Clone, Copy, Debug)]
pub struct Specified {
    /// Its operation id, as the newest document spells it.
    pub id: &'static str,
    /// How it is served, where it is.
    pub how: &'static str,
}

const fn op(id: &'static str, how: &'static str) -> Specified {
    Specified { id, how }
}

const STATE: &str = "answered from the group's state";
const RECORDS: &str = "answered from what is kept";
const LONG: &str = "202, `Azure-AsyncOperation`";

/// Every operation.
pub const SPECIFIED: &[Specified] = &[
    op("Operations_List", "a table"),
    op("ContainerGroups_List", "answered from the groups' states, without instance views (REC)"),
    op(
        "ContainerGroups_ListByResourceGroup",
        "answered from the groups' states, without instance views (REC)",
    ),
    op("ContainerGroups_Get", STATE),
    op(
        "ContainerGroups_CreateOrUpdate",
        "201, `Azure-AsyncOperation` (REC); 200 where nothing is to be done (REC)",
    ),
    op("ContainerGroups_Update", "200: tags are replaced (REC)"),
    op("ContainerGroups_Delete", "200 with the last body (REC); 204 where there is none"),
    op("ContainerGroups_Restart", "204, `Azure-AsyncOperation` (REC)"),
    op("ContainerGroups_Start", "202 or 204 by version; nothing to do on a running group (REC)"),
    op("ContainerGroups_Stop", "204 (REC)"),
    op("ContainerGroups_GetOutboundNetworkDependenciesEndpoints", "always an empty list (REC)"),
    op("Containers_ListLogs", "the runtime's logs"),
    op("Containers_ExecuteCommand", "a websocket with a password that is good once (REC)"),
    op("Containers_Attach", "a websocket with a password that is good once"),
    op("Location_ListUsage", "counted from the groups, beside the quotas of the limits"),
    op("Location_ListCapabilities", "from the limits"),
    op("Location_ListCachedImages", "a table"),
    op("SubnetServiceAssociationLink_Delete", "200, 204 where there is none"),
    op("ContainerGroupProfiles_Get", RECORDS),
    op("ContainerGroupProfiles_CreateOrUpdate", "201 for the first revision, 200 for the next (REC)"),
    op("ContainerGroupProfiles_Patch", RECORDS),
    op("ContainerGroupProfiles_Delete", "200 without a body (REC), 204 where there is none"),
    op("ContainerGroupProfiles_List", RECORDS),
    op("ContainerGroupProfiles_ListByResourceGroup", RECORDS),
    op("ContainerGroupProfile_ListAllRevisions", RECORDS),
    op("ContainerGroupProfile_GetByRevisionNumber", RECORDS),
    op("NGroups_List", RECORDS),
    op("NGroups_ListByResourceGroup", RECORDS),
    op("NGroups_Get", RECORDS),
    op("NGroups_CreateOrUpdate", "201, `Azure-AsyncOperation`"),
    op("NGroups_Update", LONG),
    op("NGroups_Delete", LONG),
    op("NGroups_Restart", LONG),
    op("NGroups_Start", LONG),
    op("NGroups_Stop", "204"),
    op("NGroupsSkus_Get", "a table"),
    op("SandboxGroups_ListBySubscription", RECORDS),
    op("SandboxGroups_ListByResourceGroup", RECORDS),
    op("SandboxGroups_Get", RECORDS),
    op(
        "SandboxGroups_CreateOrUpdate",
        "201 or 200, `Azure-AsyncOperation`, `Retry-After`; done when answered",
    ),
    op("SandboxGroups_Update", "200: tags and identity are replaced"),
    op("SandboxGroups_Delete", "202, `Azure-AsyncOperation`; 204 where there is none"),
    op(
        "SandboxGroups_Connect",
        "a signed token, good for an hour at an endpoint that tells whose it is and offers nothing else (ASSUMED)",
    ),
];
