//! What a deployment has used so far.

use std::collections::BTreeMap;

/// What a deployment has used so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SandboxUsage {
    /// By the names of its containers; those that do not run are left out.
    pub containers: BTreeMap<String, ContainerUsage>,
    /// Bytes that came in over the network that its containers share.
    pub received: u64,
    /// Bytes that went out.
    pub transmitted: u64,
}

/// What the latest attempt of a container uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ContainerUsage {
    /// Processor time since its start, in billionths of a core-second.
    pub cpu_nanos: u64,
    /// Memory in bytes, without file pages that the kernel would give up first.
    pub memory: u64,
}
