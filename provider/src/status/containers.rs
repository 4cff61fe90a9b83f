//! The states of containers.

use aci_model::group::ContainerGroup;
use aci_model::group::instance_view::{ContainerInstanceView, ContainerState as AciState, Event};
use jiff::SignedDuration;
use k8s_openapi::api::core::v1::{
    Container, ContainerState, ContainerStateRunning, ContainerStateTerminated, ContainerStatus, PodStatus,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use ring::digest::{SHA256, digest};

use super::{View, find, newest, time, waiting};
use crate::translate::is_sidecar;

/// What a process gets that is killed: ACI tells no exit code of containers that a client stops.
pub(super) const KILLED: i32 = 137;

/// The ordinary containers, in the pod's order.
pub(super) fn ordinary(
    view: View<'_>,
    group: &ContainerGroup,
    previous: &PodStatus,
    initialized: bool,
) -> Vec<ContainerStatus> {
    let containers = group.properties.iter().flat_map(|p| p.containers.iter().flatten());
    let views: Vec<_> = containers
        .map(|c| (c.name.as_deref(), c.properties.as_ref().and_then(|p| p.instance_view.as_ref())))
        .collect();
    let default_reason = if initialized { "ContainerCreating" } else { "PodInitializing" };
    let spec = view.pod.spec.iter().flat_map(|spec| &spec.containers);
    spec.map(|container| {
        let seen = views.iter().find(|(name, _)| *name == Some(&container.name)).and_then(|(_, view)| *view);
        let old = find(previous.container_statuses.as_ref(), &container.name);
        let mut status = one(group, container, seen, old, default_reason);
        let running = status.state.as_ref().is_some_and(|state| state.running.is_some());
        status.ready = running && !unready(view, container, seen);
        status.started = Some(running);
        status
    })
    .collect()
}

/// The init containers, in the pod's order. A sidecar is an ordinary container of the group.
pub(super) fn init(view: View<'_>, group: &ContainerGroup, previous: &PodStatus) -> Vec<ContainerStatus> {
    let containers = group.properties.iter().flat_map(|p| p.init_containers.iter().flatten());
    let init = containers.map(|c| (&c.name, c.properties.as_ref().and_then(|p| p.instance_view.as_ref())));
    let containers = group.properties.iter().flat_map(|p| p.containers.iter().flatten());
    let ordinary =
        containers.map(|c| (&c.name, c.properties.as_ref().and_then(|p| p.instance_view.as_ref())));
    let views: Vec<_> = init.chain(ordinary).map(|(name, view)| (name.as_deref(), view)).collect();
    let spec = view.pod.spec.iter().flat_map(|spec| spec.init_containers.iter().flatten());
    spec.map(|container| {
        let seen = views.iter().find(|(name, _)| *name == Some(&container.name)).and_then(|(_, view)| *view);
        let old = find(previous.init_container_statuses.as_ref(), &container.name);
        let mut status = one(group, container, seen, old, "PodInitializing");
        if is_sidecar(container) {
            let running = status.state.as_ref().is_some_and(|state| state.running.is_some());
            status.ready = running && !unready(view, container, seen);
            status.started = Some(running);
        } else {
            status.ready = succeeded(&status);
        }
        status
    })
    .collect()
}

/// Whether the init container keeps nobody waiting: it ended well, or it is a sidecar that has come up once.
pub(super) fn passed(status: &ContainerStatus) -> bool {
    let came_up = status.started == Some(true)
        || status.last_state.as_ref().is_some_and(|last| last.terminated.is_some());
    succeeded(status) || (is_sidecars(status) && came_up)
}

/// Whether the status of an init container is a sidecar's: only theirs tell whether they have started.
pub(super) fn is_sidecars(status: &ContainerStatus) -> bool {
    status.started.is_some()
}

/// Whether the container ended well.
pub(super) fn succeeded(status: &ContainerStatus) -> bool {
    let terminated = status.state.as_ref().and_then(|state| state.terminated.as_ref());
    terminated.is_some_and(|terminated| terminated.exit_code == 0)
}

fn one(
    group: &ContainerGroup,
    container: &Container,
    seen: Option<&ContainerInstanceView>,
    old: Option<&ContainerStatus>,
    default_reason: &str,
) -> ContainerStatus {
    let id = container_id(group, &container.name);
    let current = seen.and_then(|view| view.current_state.as_ref());
    let previous =
        seen.and_then(|view| view.previous_state.as_ref()).and_then(|state| ended(state, id.as_deref()));
    let last_state = match previous {
        Some(terminated) => {
            Some(ContainerState { terminated: Some(terminated), ..ContainerState::default() })
        }
        None => old.and_then(|old| old.last_state.clone()),
    };
    ContainerStatus {
        name: container.name.clone(),
        image: container.image.clone().unwrap_or_default(),
        image_id: old.map(|old| old.image_id.clone()).unwrap_or_default(),
        state: Some(state(current, seen, id.as_deref(), default_reason)),
        last_state,
        restart_count: seen
            .and_then(|view| view.restart_count)
            .or_else(|| old.map(|old| old.restart_count))
            .unwrap_or(0),
        container_id: id,
        ..ContainerStatus::default()
    }
}

fn state(
    current: Option<&AciState>,
    seen: Option<&ContainerInstanceView>,
    id: Option<&str>,
    default_reason: &str,
) -> ContainerState {
    let mut state = ContainerState::default();
    if let Some(running) = current.filter(|current| current.state.as_deref() == Some("Running")) {
        state.running = Some(ContainerStateRunning { started_at: time(running.start_time.as_deref()) });
    } else if let Some(terminated) = current.and_then(|current| ended(current, id)) {
        state.terminated = Some(terminated);
    } else {
        state.waiting = Some(waiting::state(seen, default_reason));
    }
    state
}

/// The terminated state, if it is one; `Succeeded` and `Failed` are older words for it.
fn ended(state: &AciState, id: Option<&str>) -> Option<ContainerStateTerminated> {
    let kind =
        state.state.as_deref().filter(|kind| matches!(*kind, "Terminated" | "Succeeded" | "Failed"))?;
    let exit_code = state.exit_code.unwrap_or(if kind == "Succeeded" { 0 } else { KILLED });
    let detail = state.detail_status.as_deref().unwrap_or_default();
    let one_word = !detail.is_empty() && detail.chars().all(|c| c.is_ascii_alphanumeric());
    let reason = match (one_word, exit_code) {
        (true, _) => detail,
        (false, 0) => "Completed",
        (false, _) => "Error",
    };
    Some(ContainerStateTerminated {
        exit_code,
        reason: Some(reason.to_owned()),
        message: (!one_word && !detail.is_empty()).then(|| detail.to_owned()),
        started_at: time(state.start_time.as_deref()),
        finished_at: time(state.finish_time.as_deref()),
        container_id: id.map(str::to_owned),
        signal: None,
    })
}

/// Whether the readiness probe failed just now, or cannot have succeeded yet. ACI tells of failures by events and
/// of readiness not at all, so a container is ready once it has had the time to show that it is not, and a failure
/// counts for as long as the next two runs would have repeated it.
fn unready(view: View<'_>, container: &Container, seen: Option<&ContainerInstanceView>) -> bool {
    let Some(probe) = &container.readiness_probe else { return false };
    let events = seen.and_then(|view| view.events.as_deref()).unwrap_or_default();
    let failure = |event: &&Event| {
        event.name.as_deref() == Some("Unhealthy")
            && event.message.as_deref().is_some_and(|message| message.starts_with("Readiness probe"))
    };
    let seconds = |given: Option<i32>, default: i32| i64::from(given.unwrap_or(default).max(0));
    let timeout = seconds(probe.timeout_seconds, 1);
    // A run that takes longer than the period puts off the next.
    let period = seconds(probe.period_seconds, 10).max(timeout);
    let within = |since: Option<Time>, seconds: i64| {
        // Times of events are cut to whole seconds.
        let window = SignedDuration::from_secs(seconds.saturating_add(1));
        since.is_some_and(|since| view.now.duration_since(since.0) <= window)
    };
    let last = newest(events.iter().filter(failure)).and_then(|event| time(event.last_timestamp.as_deref()));
    let started = seen.and_then(|view| time(view.current_state.as_ref()?.start_time.as_deref()));
    within(last, 2 * period) || within(started, seconds(probe.initial_delay_seconds, 0) + timeout)
}

/// The Go provider's container id, so that tools that know the one know the other.
fn container_id(group: &ContainerGroup, container: &str) -> Option<String> {
    let path = format!("{}/containers/{container}", group.id.as_ref()?).to_uppercase();
    let hash: String =
        digest(&SHA256, path.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    Some(format!("aci://{hash}"))
}
