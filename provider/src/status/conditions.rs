//! The conditions of a pod: four are ours, the others (the scheduler's, readiness gates) stay untouched.

use k8s_openapi::api::core::v1::{ContainerStatus, PodCondition};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::containers::{is_sidecars, passed};
use super::{Phase, View};

/// A condition to be: type, and why not where it does not hold.
struct Wanted {
    kind: &'static str,
    unless: Option<(&'static str, String)>,
}

/// The conditions after this observation.
pub(super) fn of(
    view: View<'_>,
    phase: Phase,
    init: &[ContainerStatus],
    ordinary: &[ContainerStatus],
) -> Vec<PodCondition> {
    let names = |list: &[ContainerStatus], bad: fn(&ContainerStatus) -> bool| {
        let names: Vec<_> =
            list.iter().filter(|status| bad(status)).map(|status| status.name.as_str()).collect();
        (!names.is_empty()).then(|| names.join(" "))
    };
    let incomplete = names(init, |status| !passed(status)).filter(|_| phase != Phase::Succeeded);
    let serving: Vec<_> = init.iter().filter(|status| is_sidecars(status)).chain(ordinary).cloned().collect();
    let unready = names(&serving, |status| !status.ready);
    let containers_ready = match phase {
        Phase::Succeeded => Some(("PodCompleted", String::new())),
        Phase::Failed => Some(("PodFailed", String::new())),
        Phase::Pending | Phase::Running => {
            unready.map(|names| ("ContainersNotReady", format!("containers with unready status: [{names}]")))
        }
    };
    let ready = containers_ready.clone().or_else(|| gate(view));
    let wanted = [
        Wanted {
            kind: "Initialized",
            unless: incomplete.map(|names| {
                ("ContainersNotInitialized", format!("containers with incomplete status: [{names}]"))
            }),
        },
        Wanted { kind: "Ready", unless: ready },
        Wanted { kind: "ContainersReady", unless: containers_ready },
        Wanted { kind: "PodScheduled", unless: None },
    ];
    merge(view, &wanted)
}

/// The same conditions with all of ours but `PodScheduled` false, for a pod that has failed.
pub(super) fn failed(view: View<'_>) -> Vec<PodCondition> {
    let unless = || Some(("PodFailed", String::new()));
    let wanted =
        [Wanted { kind: "Ready", unless: unless() }, Wanted { kind: "ContainersReady", unless: unless() }];
    merge(view, &wanted)
}

/// The first readiness gate that does not hold.
fn gate(view: View<'_>) -> Option<(&'static str, String)> {
    let gates = view.pod.spec.as_ref()?.readiness_gates.as_ref()?;
    let conditions =
        view.pod.status.as_ref().and_then(|status| status.conditions.as_deref()).unwrap_or_default();
    let closed = gates.iter().find(|gate| {
        !conditions
            .iter()
            .any(|condition| condition.type_ == gate.condition_type && condition.status == "True")
    })?;
    let text =
        format!("corresponding condition of pod readiness gate {:?} does not hold.", closed.condition_type);
    Some(("ReadinessGatesNotReady", text))
}

fn merge(view: View<'_>, wanted: &[Wanted]) -> Vec<PodCondition> {
    let mut all = view.pod.status.as_ref().and_then(|status| status.conditions.clone()).unwrap_or_default();
    for Wanted { kind, unless } in wanted {
        let status = if unless.is_none() { "True" } else { "False" };
        let (reason, message) = unless.clone().unzip();
        let old = all.iter().find(|condition| condition.type_ == *kind);
        let since = old.filter(|old| old.status == status).and_then(|old| old.last_transition_time.clone());
        let new = PodCondition {
            type_: (*kind).to_owned(),
            status: status.to_owned(),
            reason: reason.map(str::to_owned),
            message: message.filter(|text| !text.is_empty()),
            last_transition_time: since.or(Some(Time(view.now))),
            last_probe_time: None,
            observed_generation: old.and_then(|old| old.observed_generation),
        };
        match all.iter_mut().find(|condition| condition.type_ == *kind) {
            Some(old) => *old = new,
            None => all.push(new),
        }
    }
    all
}
