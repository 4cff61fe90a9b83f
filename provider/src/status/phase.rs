//! The phase of a pod.

use aci_model::group::{ContainerGroupProperties, ProvisioningState};
use k8s_openapi::api::core::v1::{ContainerStatus, Pod};

use super::containers::{passed, succeeded};

/// The phases that a provider reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Not all containers have started yet.
    Pending,
    /// All have, and some run or will again.
    Running,
    /// All ended well and stay so.
    Succeeded,
    /// All ended, some badly, and stay so.
    Failed,
}

impl Phase {
    /// Kubernetes' word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Running => "Running",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
        }
    }

    /// The reported phase of `pod`, once it has one that never changes again.
    pub fn terminal(pod: &Pod) -> Option<Self> {
        match pod.status.as_ref()?.phase.as_deref()? {
            "Succeeded" => Some(Self::Succeeded),
            "Failed" => Some(Self::Failed),
            _ => None,
        }
    }
}

/// The phase; a terminal one stays.
///
/// Follows the kubelet's `getPhase`: a container that waits for its next attempt counts as one that ended.
pub(super) fn of(
    pod: &Pod,
    properties: &ContainerGroupProperties,
    init: &[ContainerStatus],
    ordinary: &[ContainerStatus],
) -> Phase {
    if let Some(phase) = Phase::terminal(pod) {
        return phase;
    }
    if matches!(properties.provisioning_state, Some(ProvisioningState::Failed | ProvisioningState::Canceled))
    {
        return Phase::Failed;
    }
    let policy = pod.spec.as_ref().and_then(|spec| spec.restart_policy.as_deref()).unwrap_or("Always");
    if !init.iter().all(passed) {
        let broken = init.iter().any(|status| terminated(status) && !succeeded(status));
        return if broken && policy == "Never" { Phase::Failed } else { Phase::Pending };
    }
    let first_wait = |status: &ContainerStatus| {
        let waits = status.state.as_ref().is_none_or(|state| state.waiting.is_some());
        waits && status.last_state.as_ref().is_none_or(|last| last.terminated.is_none())
    };
    if ordinary.is_empty() || ordinary.iter().any(first_wait) {
        return Phase::Pending;
    }
    if !ordinary.iter().all(terminated) {
        return Phase::Running;
    }
    match policy {
        "Never" if ordinary.iter().all(succeeded) => Phase::Succeeded,
        "Never" => Phase::Failed,
        "OnFailure" if ordinary.iter().all(succeeded) => Phase::Succeeded,
        _ => Phase::Running,
    }
}

fn terminated(status: &ContainerStatus) -> bool {
    status.state.as_ref().is_some_and(|state| state.terminated.is_some())
}
