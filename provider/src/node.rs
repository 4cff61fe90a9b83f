//! The node that stands for Azure Container Instances in the cluster.
//!
//! [`object`] says what the node looks like, [`readiness`] whether it is Ready, [`patch`] what to change on
//! one that is there already, [`lease`] how it proves that we live: all values in, values out.
//! [`NodeController`] asks and tells the API server. The node and its lease are left alone at shutdown: a
//! provider that restarts must not have its pods evicted.

use std::net::IpAddr;

use crate::arm::Quota;

mod controller;
mod lease;
mod object;
mod patch;
mod readiness;

pub use controller::{NodeController, NodeError};
pub use object::node_object;
pub use readiness::Readiness;

/// What the node looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeSettings {
    /// Its name.
    pub name: String,
    /// What its pods run on.
    pub os: OperatingSystem,
    /// What keeps other pods away.
    pub taint: Taint,
    /// Further taints, such as AKS's `azure.com/aci`.
    pub more_taints: Vec<Taint>,
    /// What the scheduler may place on it.
    pub capacity: Capacity,
    /// What of the capacity the subscription's quota says, for nobody else did.
    pub from_quota: FromQuota,
    /// Whether the node is deleted when the provider ends.
    pub deregister: bool,
    /// Where the API server reaches the kubelet API.
    pub internal_ip: Option<IpAddr>,
    /// The port of the kubelet API.
    pub kubelet_port: u16,
    /// The Azure region of its pods.
    pub region: String,
}

/// An operating system of container groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperatingSystem {
    /// Linux.
    Linux,
    /// Windows.
    Windows,
}

impl OperatingSystem {
    /// The value of the `kubernetes.io/os` label and of `nodeInfo.operatingSystem`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Linux => "linux",
            Self::Windows => "windows",
        }
    }
}

/// The provider's own taint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taint {
    /// Whether the node carries it; if not, one that is there is taken away.
    pub enabled: bool,
    /// What pods tolerate.
    pub key: String,
    /// Its value.
    pub value: String,
    /// What it does to pods that do not.
    pub effect: TaintEffect,
}

/// What a taint does to pods that do not tolerate it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaintEffect {
    /// They are not placed.
    NoSchedule,
    /// They are not placed, and leave.
    NoExecute,
    /// They are placed elsewhere where possible.
    PreferNoSchedule,
}

/// What is left to the subscription's quota.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FromQuota {
    /// The cores.
    pub cpu: bool,
    /// The number of pods, as a pod is a container group.
    pub pods: bool,
}

impl NodeSettings {
    /// Fills in what was left to the quota, as far as the quota says it.
    pub fn apply_quota(&mut self, quota: &Quota) {
        if let (true, Some(cores)) = (self.from_quota.cpu, quota.cores) {
            self.capacity.cpu = cores.to_string();
        }
        if let (true, Some(groups)) = (self.from_quota.pods, quota.groups) {
            self.capacity.pods = groups.to_string();
        }
    }

    /// The taints that the provider looks after.
    fn taints(&self) -> impl Iterator<Item = &Taint> {
        std::iter::once(&self.taint).chain(&self.more_taints)
    }
}

impl TaintEffect {
    fn as_str(self) -> &'static str {
        match self {
            Self::NoSchedule => "NoSchedule",
            Self::NoExecute => "NoExecute",
            Self::PreferNoSchedule => "PreferNoSchedule",
        }
    }
}

/// What the scheduler may place on the node, as Kubernetes quantities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// Cores.
    pub cpu: String,
    /// Bytes of memory.
    pub memory: String,
    /// Pods.
    pub pods: String,
}
