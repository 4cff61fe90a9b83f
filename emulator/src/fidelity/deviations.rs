//! Where the emulator knowingly does otherwise than Azure.

/// One deviation.
#[derive(Clone, Copy, Debug)]
pub struct Deviation {
    /// What Azure does.
    pub azure: &'static str,
    /// What the emulator does.
    pub ours: &'static str,
    /// Why.
    pub reason: &'static str,
}

const fn deviation(azure: &'static str, ours: &'static str, reason: &'static str) -> Deviation {
    Deviation { azure, ours, reason }
}

/// Every known deviation.
pub const DEVIATIONS: &[Deviation] = &[
    deviation(
        "Enforces quotas and rates of a subscription",
        "Tells them, and enforces quotas when the limits say `enforce.quotas`",
        "A machine of one's own has its own limits; a suite of tests makes more than a hundred groups",
    ),
    deviation(
        "Asks for one core and one gigabyte a group at least (DOC)",
        "Takes less",
        "Users run groups of half a core on Azure; `minCpu` and `minMemoryInGB` of the limits enforce it",
    ),
    deviation(
        "Runs Windows containers",
        "Refuses them by name, after Azure's own rules about them",
        "The engine is Linux",
    ),
    deviation("Offered GPUs until July 2025", "Refuses them by name", "Azure has retired them"),
    deviation(
        "Reads values from a key vault by reference (since 2024-10-01-preview)",
        "Refuses references by name",
        "There is no vault; ignoring them would start containers without their secrets",
    ),
    deviation(
        "Opens shares with a user-assigned identity (since 2026-07-01)",
        "Refuses `userAssignedIdentityClientId` by name",
        "Shares are opened with keys here",
    ),
    deviation(
        "Answers a PUT of a Windows image in a Linux group with `ImageOsTypeNotMatchContainerGroup`",
        "Does so where the image's name tells; else fails the deployment, with an event",
        "A handler does not wait for a registry; the image is known when it is pulled",
    ),
    deviation(
        "Answers a PUT of an image that cannot be pulled with `InaccessibleImage`",
        "Does so where the image has no name; else tries to pull it, with events, until provisioning times out",
        "As above",
    ),
    deviation("Documents port 443 as reserved", "Opens it", "The service's own tutorials publish it"),
    deviation(
        "Documents volume names of at least five characters",
        "Takes shorter ones",
        "No refusal is on record, and pods name volumes as they like",
    ),
    deviation(
        "Adds `systemData` (since 2025-09-01)",
        "Leaves it out",
        "Read-only, optional, and no recording has it",
    ),
    deviation(
        "Has zones in some regions alone",
        "Has zones 1 to 3 in every region, unless the limits say otherwise",
        "The list of regions with zones grows faster than a table",
    ),
    deviation(
        "Refuses what it finds first, in an order that no source tells",
        "Checks version, location, the group, identity, operating system, SKU, containers, probes, resources, volumes, network, registries",
        "From the outside in; recorded refusals have one violation each",
    ),
    deviation(
        "Fetches templates and parameters of deployments behind links",
        "Refuses `templateLink` and `parametersLink`",
        "The emulator reaches nothing outside its machine",
    ),
    deviation(
        "Deploys resources of every type",
        "Deploys those that it serves; others are refused with `InvalidResourceNamespace` or `InvalidResourceType`",
        "A deployment makes each resource by a call to the emulator itself",
    ),
    deviation(
        "Lets the standby pool provider make groups only where it has a role in the subscription",
        "Needs no role for it",
        "There is no such provider: a pool makes its groups itself",
    ),
    deviation(
        "Has a pool's groups in the subscription, where quotas count them",
        "Counts them too, and shows them in no list",
        "No source tells under which names they are seen",
    ),
    deviation(
        "Gives an identity to a group from a standby pool (DOC: the announcement; how is told nowhere)",
        "Makes a group anew for a request with an identity, or fails where the request asks for that",
        "Containers that run already cannot be given the endpoint of an identity",
    ),
    deviation(
        "Delivers the diagnostics of a group from a standby pool under its name",
        "Delivers what its containers write before their next start under the name that it had in the pool",
        "The delivery begins with the container",
    ),
    deviation(
        "Chooses the size of a standby pool, and predicts it",
        "Refuses `dynamicSizing.enabled`, and predicts nothing",
        "Azure learns it from weeks of demand",
    ),
    deviation(
        "Registers the members of NGroups with load balancers and application gateways, and makes file shares for them",
        "Keeps `networkProfile` and `storageProfile` of NGroups, and does nothing with them",
        "There are no load balancers here",
    ),
    deviation(
        "Spreads the members of NGroups over fault domains",
        "Keeps `faultDomainCount`, which cannot be changed",
        "There is one machine",
    ),
];
