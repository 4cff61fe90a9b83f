//! Statuses without a group: it could not be made, or it is gone.

use k8s_openapi::api::core::v1::{
    Container, ContainerState, ContainerStateTerminated, ContainerStateWaiting, ContainerStatus, PodStatus,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::containers::KILLED;
use super::{Phase, View, base, conditions, find};

/// The reason of a pod whose group is gone (the Go provider's word).
const NOT_FOUND: &str = "NotFound";

/// A pod that waits: for its group, or for what keeps the group from being made.
///
/// `reason` becomes every container's waiting reason, where `kubectl get pods` shows it; `pod_reason` is the
/// pod's own.
pub fn pending(view: View<'_>, pod_reason: Option<&str>, reason: &str, message: &str) -> PodStatus {
    let previous = view.pod.status.clone().unwrap_or_default();
    let spec = view.pod.spec.clone().unwrap_or_default();
    let text = (!message.is_empty()).then(|| message.to_owned());
    let wait = |container: &Container| ContainerStatus {
        name: container.name.clone(),
        image: container.image.clone().unwrap_or_default(),
        state: Some(ContainerState {
            waiting: Some(ContainerStateWaiting { reason: Some(reason.to_owned()), message: text.clone() }),
            ..ContainerState::default()
        }),
        started: Some(false),
        ..find(previous.container_statuses.as_ref(), &container.name).cloned().unwrap_or_default()
    };
    let init: Vec<_> = spec.init_containers.iter().flatten().map(wait).collect();
    let ordinary: Vec<_> = spec.containers.iter().map(wait).collect();
    let mut status = base(view, &previous);
    status.phase = Some(Phase::Pending.as_str().to_owned());
    status.reason = pod_reason.map(str::to_owned);
    status.message = pod_reason.and(text);
    status.conditions = Some(conditions::of(view, Phase::Pending, &init, &ordinary));
    status.container_statuses = Some(ordinary);
    status.init_container_statuses = (!init.is_empty()).then_some(init);
    status
}

/// A pod whose group somebody deleted behind the cluster's back.
pub fn lost(view: View<'_>, group: &str) -> PodStatus {
    let message =
        format!("The container group {group} is gone: it was deleted in Azure, not through the cluster");
    ended(view, NOT_FOUND, &message)
}

/// A pod that was active for longer than its `activeDeadlineSeconds`, in the kubelet's words.
pub fn expired(view: View<'_>) -> PodStatus {
    ended(view, "DeadlineExceeded", "Pod was active on the node longer than the specified deadline")
}

/// A pod whose group the provider deleted because the pod is being deleted.
pub fn terminated_by_deletion(view: View<'_>) -> PodStatus {
    if Phase::terminal(view.pod).is_some() {
        return view.pod.status.clone().unwrap_or_default();
    }
    ended(view, "Deleted", "The pod was deleted and its container group with it")
}

fn ended(view: View<'_>, reason: &str, message: &str) -> PodStatus {
    let previous = view.pod.status.clone().unwrap_or_default();
    let mut status = base(view, &previous);
    status.phase = Some(Phase::Failed.as_str().to_owned());
    status.reason = Some(reason.to_owned());
    status.message = Some(message.to_owned());
    status.conditions = Some(conditions::failed(view));
    for container in status.container_statuses.iter_mut().flatten() {
        container.ready = false;
        container.started = Some(false);
        let state = container.state.clone().unwrap_or_default();
        if state.terminated.is_some() {
            continue;
        }
        let terminated = ContainerStateTerminated {
            exit_code: KILLED,
            reason: Some(reason.to_owned()),
            message: Some(message.to_owned()),
            started_at: state.running.and_then(|running| running.started_at),
            finished_at: Some(Time(view.now)),
            container_id: container.container_id.clone(),
            signal: None,
        };
        container.state = Some(ContainerState { terminated: Some(terminated), ..ContainerState::default() });
    }
    status
}
