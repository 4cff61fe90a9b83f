//! From container groups to pod statuses: pure; the previous status supplies what ARM does not know.
//!
//! Every container is told on its own: one that waits hides nothing of the others.

use std::net::IpAddr;

use aci_model::group::instance_view::Event;
use aci_model::group::{ContainerGroup, ContainerGroupProperties, ProvisioningState};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{ContainerStatus, HostIP, Pod, PodIP, PodStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

mod conditions;
mod containers;
mod failure;
mod phase;
mod waiting;

pub use failure::{expired, lost, pending, terminated_by_deletion};
pub use phase::Phase;

/// What a status is made of besides the group.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The pod, with its previous status.
    pub pod: &'a Pod,
    /// The address of the node.
    pub host_ip: Option<IpAddr>,
    /// The present.
    pub now: Timestamp,
}

/// The status of the pod whose group is `group`.
pub fn of_group(view: View<'_>, group: &ContainerGroup) -> PodStatus {
    let previous = view.pod.status.clone().unwrap_or_default();
    let empty = ContainerGroupProperties::default();
    let properties = group.properties.as_ref().unwrap_or(&empty);
    let init = containers::init(view, group, &previous);
    let initialized = init.iter().all(containers::passed);
    let ordinary = containers::ordinary(view, group, &previous, initialized);

    let phase = phase::of(view.pod, properties, &init, &ordinary);
    let (reason, message) = explain(phase, properties);
    let mut status = base(view, &previous);
    status.phase = Some(phase.as_str().to_owned());
    status.reason = reason;
    status.message = message;
    status.conditions = Some(conditions::of(view, phase, &init, &ordinary));
    status.container_statuses = Some(ordinary);
    status.init_container_statuses = (!init.is_empty()).then_some(init);
    let ip = properties.ip_address.as_ref().and_then(|address| address.ip.clone());
    // A stopped group has no address any more; a finished pod keeps the one that it had.
    if let Some(ip) = ip.filter(|ip| !ip.is_empty()) {
        status.pod_ips = Some(vec![PodIP { ip: ip.clone() }]);
        status.pod_ip = Some(ip);
    }
    status
}

/// The previous status with what holds in every state.
fn base(view: View<'_>, previous: &PodStatus) -> PodStatus {
    let mut status = previous.clone();
    if let Some(ip) = view.host_ip.map(|ip| ip.to_string()) {
        status.host_ips = Some(vec![HostIP { ip: ip.clone() }]);
        status.host_ip = Some(ip);
    }
    status.start_time.get_or_insert(Time(view.now));
    status
}

/// Why a group failed as a whole, from its own events.
fn explain(phase: Phase, properties: &ContainerGroupProperties) -> (Option<String>, Option<String>) {
    let failed = matches!(
        properties.provisioning_state,
        Some(ProvisioningState::Failed | ProvisioningState::Canceled)
    );
    if phase != Phase::Failed || !failed {
        return (None, None);
    }
    let events =
        properties.instance_view.as_ref().and_then(|view| view.events.as_deref()).unwrap_or_default();
    let warning = events.iter().rev().find(|event| event.kind.as_deref() == Some("Warning"));
    let message = warning
        .and_then(|event| event.message.clone())
        .unwrap_or_else(|| "Azure could not provision the container group".to_owned());
    (Some("ProvisioningFailed".to_owned()), Some(message))
}

/// A time as ARM writes it.
fn time(text: Option<&str>) -> Option<Time> {
    text?.parse().ok().map(Time)
}

/// The newest of `events`, by their last time; of equals the one that ARM lists last.
fn newest<'a>(events: impl Iterator<Item = &'a Event>) -> Option<&'a Event> {
    events.max_by_key(|event| time(event.last_timestamp.as_deref()).map(|time| time.0))
}

fn find<'a>(statuses: Option<&'a Vec<ContainerStatus>>, name: &str) -> Option<&'a ContainerStatus> {
    statuses?.iter().find(|status| status.name == name)
}
