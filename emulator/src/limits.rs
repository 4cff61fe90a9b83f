//! Every number of the service, with its source.

use jiff::SignedDuration;

/// What a group may ask for; the numbers of a regular group unless a test says otherwise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Containers and init containers of a group together.
    pub containers: usize,
    /// Volumes of a group.
    pub volumes: usize,
    /// Ports of a group's address.
    pub ip_ports: usize,
    /// Cores that the containers of a group request together.
    pub cpu: f64,
    /// Gigabytes of memory that the containers of a group request together.
    pub memory_in_gb: f64,
}

impl Limits {
    /// A regular group. Source: "Resource availability and quota limits", azure-compute-docs.
    pub const REGULAR: Limits =
        Limits { containers: 60, volumes: 20, ip_ports: 5, cpu: 31.0, memory_in_gb: 240.0 };
}

/// The longest name of a container, a group and an environment variable. Source: the quota page and the
/// service's own message for container names.
pub const NAME_LENGTH: usize = 63;

/// How long the first label of a group's host name may be. Source: the service's own message.
pub const DNS_LABEL_LENGTH: std::ops::RangeInclusive<usize> = 5..=63;

/// Seconds that provisioning may take when the request names none (recorded since 2023-02-01-preview).
pub const PROVISIONING_TIMEOUT_SECONDS: u32 = 1800;

/// The largest body that is read. Source: "Throttling and limits", Azure Resource Manager: 4 MB.
pub const BODY_BYTES: usize = 4 * 1024 * 1024;

/// How long the websocket that exec or attach gave out waits for its password. Assumed: Azure tells no number,
/// and a person who carries it from one window to another needs a minute or two.
pub const STREAM_SESSION: SignedDuration = SignedDuration::from_secs(300);

/// The largest message on a websocket: what is typed or pasted, at most.
pub const STREAM_MESSAGE_BYTES: usize = 1024 * 1024;

/// What a subscription may have in a region. Not enforced: the machine's own limits come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Azure's name, as in the refusal of what is over it.
    pub name: &'static str,
    /// The name for people.
    pub display: &'static str,
    /// How many.
    pub limit: u32,
}

const fn quota(name: &'static str, display: &'static str, limit: u32) -> Quota {
    Quota { name, display, limit }
}

/// The quotas, in the order in which a subscription's usages show them. Names: the service's own message and
/// users' answers of 2026. Limits: "Resource availability and quota limits", azure-compute-docs, for groups,
/// cores and GPUs, and its edition of 2020 for dedicated hosts; assumed for spot and confidential groups, about
/// which it says nothing.
pub mod quotas {
    use super::{Quota, quota};

    /// Groups of the standard SKU; the others have quotas of their own.
    pub const CONTAINER_GROUPS: Quota = quota("ContainerGroups", "Container Groups", 100);
    /// Cores of standard groups at the regular price.
    pub const STANDARD_CORES: Quota = quota("StandardCores", "Standard SKU cores", 100);
    /// Cores of groups that may be evicted.
    pub const SPOT_CORES: Quota = quota("StandardSpotCores", "Standard spot SKU cores", 100);
    /// GPUs, which Azure has retired.
    pub const K80_CORES: Quota = quota("StandardK80Cores", "Standard K80 GPU cores", 0);
    /// GPUs, which Azure has retired.
    pub const P100_CORES: Quota = quota("StandardP100Cores", "Standard P100 GPU cores", 0);
    /// GPUs, which Azure has retired.
    pub const V100_CORES: Quota = quota("StandardV100Cores", "Standard V100 GPU cores", 0);
    /// Groups on dedicated hosts.
    pub const DEDICATED_GROUPS: Quota = quota("DedicatedContainerGroups", "Dedicated container groups", 0);
    /// Their cores.
    pub const DEDICATED_CORES: Quota = quota("DedicatedCores", "Dedicated cores", 0);
    /// Groups in enclaves.
    pub const CONFIDENTIAL_GROUPS: Quota =
        quota("ConfidentialContainerGroups", "Confidential container groups", 100);
    /// Their cores.
    pub const CONFIDENTIAL_CORES: Quota = quota("ConfidentialCores", "Confidential cores", 100);
}
