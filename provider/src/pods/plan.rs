//! What to do next about one pod: pure.
//!
//! ```text
//!            Observe                Create                 Observe (poll)
//! Unasked ───────────► Missing ───────────────► There ◄──────────────────┐
//!    │                    │ seen before, twice,   │  └───────────────────┘
//!    │                    │ not listed: Lose      │ pod deleted: Delete
//!    │ pod deleted: Delete▼                       ▼
//!    └───────────────────────────────────────► Deleting ──Observe──► Gone ──Release──► (pod gone: Finish)
//! ```

use std::time::Duration;

use aci_model::group::{ContainerGroup, ProvisioningState};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::Pod;

use super::census::Need;
use crate::clock::later;
use crate::status::Phase;

/// Answers "not found" before a group counts as lost: ARM's replicas may lag behind each other.
const MISSES_UNTIL_LOST: u32 = 2;
/// A deletion that shows no effect for so long is asked for again.
const DELETE_AGAIN: SignedDuration = SignedDuration::from_secs(60);

/// What is known of a pod's group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Group {
    /// Nothing: this process has not asked yet.
    Unasked,
    /// Not found, so many times in a row.
    Missing(u32),
    /// It exists.
    There,
    /// Its deletion was accepted then.
    Deleting(Timestamp),
    /// Deleted, and not found since.
    Gone,
}

/// What the next action would be for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    /// To look.
    Observe,
    /// To make the group.
    Create,
    /// To delete it.
    Delete,
    /// To let the pod go.
    Release,
    /// To tell that the group is lost.
    Lose,
    /// To end a pod whose time is up.
    Expire,
    /// To bring the group up to date with the pod.
    Update,
}

/// A wait after failures of one aim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// What failed.
    pub aim: Aim,
    /// How often in a row.
    pub failures: u32,
    /// Not again before.
    pub until: Timestamp,
}

/// Everything that is known of one pod besides the pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its group.
    pub group: Group,
    /// Whether the group was ever seen, so that its absence is a loss.
    pub existed: bool,
    /// Whether a list that began after the first "not found" has no such group either.
    pub unlisted: bool,
    /// Whether the group is not what the pod asks for by now.
    pub outdated: bool,
    /// Whether the pod cannot become a group as it is.
    pub refused: bool,
    /// When to look at the group again.
    pub due: Timestamp,
    /// A wait after failures.
    pub backoff: Option<Backoff>,
    /// Whether the API server was told to let the pod go.
    pub released: bool,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Do it now.
    Act(Aim),
    /// Nothing until then, or until the pod changes.
    Wait(Option<Timestamp>),
    /// Nothing ever again: pod and group are gone.
    Finish,
}

impl Known {
    /// The knowledge of a process that has just met the pod.
    pub fn nothing(now: Timestamp) -> Self {
        Self {
            group: Group::Unasked,
            existed: false,
            unlisted: false,
            outdated: false,
            refused: false,
            due: now,
            backoff: None,
            released: false,
        }
    }
}

/// The next action for `pod` (`None` when the API server has it no more).
pub fn plan(pod: Option<&Pod>, known: &Known, now: Timestamp) -> Action {
    let action = match (decide(pod, known, now), pod.and_then(deadline)) {
        (_, Some(deadline)) if now >= deadline => Action::Act(Aim::Expire),
        (Action::Wait(until), Some(deadline)) => {
            Action::Wait(Some(until.map_or(deadline, |until| until.min(deadline))))
        }
        (action, _) => action,
    };
    match (action, known.backoff) {
        (Action::Act(aim), Some(backoff)) if backoff.aim == aim && now < backoff.until => {
            Action::Wait(Some(backoff.until))
        }
        _ => action,
    }
}

/// When a pod that is neither ending nor ended has been active for as long as it may (`activeDeadlineSeconds`).
fn deadline(pod: &Pod) -> Option<Timestamp> {
    if pod.metadata.deletion_timestamp.is_some() || Phase::terminal(pod).is_some() {
        return None;
    }
    let seconds = pod.spec.as_ref()?.active_deadline_seconds?;
    let started = pod.status.as_ref()?.start_time.as_ref()?;
    Some(later(started.0, Duration::from_secs(u64::try_from(seconds).unwrap_or(0))))
}

fn decide(pod: Option<&Pod>, known: &Known, now: Timestamp) -> Action {
    let Some(pod) = pod.filter(|pod| pod.metadata.deletion_timestamp.is_none()) else {
        return match known.group {
            Group::Gone if pod.is_none() => Action::Finish,
            Group::Gone if known.released => Action::Wait(None),
            Group::Gone => Action::Act(Aim::Release),
            Group::Deleting(since) if now.duration_since(since) < DELETE_AGAIN => {
                observe_when_due(known, now)
            }
            _ => Action::Act(Aim::Delete),
        };
    };
    if Phase::terminal(pod).is_some() {
        return Action::Wait(None);
    }
    match known.group {
        Group::Unasked => Action::Act(Aim::Observe),
        Group::There if known.outdated && !holds(known, Aim::Update, now) => Action::Act(Aim::Update),
        Group::There | Group::Deleting(_) => observe_when_due(known, now),
        Group::Missing(times) if known.existed || has_run(pod) => {
            if times >= MISSES_UNTIL_LOST && known.unlisted {
                Action::Act(Aim::Lose)
            } else {
                observe_when_due(known, now)
            }
        }
        Group::Gone => Action::Act(Aim::Lose),
        Group::Missing(_) if known.refused && now < known.due => Action::Wait(Some(known.due)),
        Group::Missing(_) => Action::Act(Aim::Create),
    }
}

/// Whether a failure of `aim` still keeps it from being tried again.
fn holds(known: &Known, aim: Aim, now: Timestamp) -> bool {
    known.backoff.is_some_and(|backoff| backoff.aim == aim && now < backoff.until)
}

fn observe_when_due(known: &Known, now: Timestamp) -> Action {
    if now >= known.due { Action::Act(Aim::Observe) } else { Action::Wait(Some(known.due)) }
}

/// Whether the pod's status tells of a group: container ids are reported from groups only.
fn has_run(pod: &Pod) -> bool {
    let statuses = pod.status.iter().flat_map(|status| status.container_statuses.iter().flatten());
    statuses.into_iter().any(|status| status.container_id.is_some())
}

/// What a group needs that last changed at `changed`.
///
/// Something on its way is looked at often, less so the longer it stays there: an image that cannot be
/// pulled may stay for days. What has just settled is likely to move again soon.
pub fn need(group: &ContainerGroup, changed: Timestamp, now: Timestamp, rest: Duration) -> Need {
    let age = now.duration_since(changed);
    let wait = match (in_transition(group), age.as_secs()) {
        (true, ..60) => Duration::from_millis(500),
        (true, ..600) | (false, ..10) => Duration::from_secs(1),
        _ => return Need::Resting,
    };
    Need::Moving(wait.min(rest))
}

fn in_transition(group: &ContainerGroup) -> bool {
    let Some(properties) = &group.properties else { return true };
    let settled = matches!(
        properties.provisioning_state,
        Some(ProvisioningState::Succeeded | ProvisioningState::Failed | ProvisioningState::Canceled)
    );
    let waits = properties.containers.iter().flatten().any(|container| {
        let view = container.properties.as_ref().and_then(|properties| properties.instance_view.as_ref());
        let state = view.and_then(|view| view.current_state.as_ref()?.state.as_deref());
        state.is_none_or(|state| state == "Waiting")
    });
    !settled || waits
}

/// The wait after the n-th failure in a row: doubled from `first`, at most `most`, never less than `asked`.
pub fn back_off(failures: u32, first: Duration, most: Duration, asked: Option<Duration>) -> Duration {
    let doubled = first.saturating_mul(2u32.saturating_pow(failures.saturating_sub(1))).min(most);
    asked.map_or(doubled, |asked| asked.max(doubled))
}

/// `known` after another failure of `aim`.
pub fn failed(known: &Known, aim: Aim, wait: impl Fn(u32) -> Duration, now: Timestamp) -> Backoff {
    let failures =
        known.backoff.filter(|backoff| backoff.aim == aim).map_or(0, |backoff| backoff.failures) + 1;
    Backoff { aim, failures, until: later(now, wait(failures)) }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn pod(deleting: bool, phase: &str) -> Pod {
        let mut pod = Pod::default();
        pod.metadata.deletion_timestamp = deleting.then(|| Time(at(0)));
        pod.status.get_or_insert_default().phase = Some(phase.to_owned());
        pod
    }

    fn known(group: Group, existed: bool) -> Known {
        Known { group, existed, ..Known::nothing(at(0)) }
    }

    #[test]
    fn the_next_step_of_every_situation() {
        use Action::{Act, Finish, Wait};
        let (live, deleting, done) = (pod(false, "Pending"), pod(true, "Running"), pod(false, "Succeeded"));
        let table = [
            (Some(&live), known(Group::Unasked, false), Act(Aim::Observe)),
            (Some(&live), known(Group::Missing(1), false), Act(Aim::Create)),
            (Some(&live), known(Group::Missing(1), true), Act(Aim::Observe)),
            (Some(&live), known(Group::Missing(2), true), Act(Aim::Observe)),
            (Some(&live), Known { unlisted: true, ..known(Group::Missing(1), true) }, Act(Aim::Observe)),
            (Some(&live), Known { unlisted: true, ..known(Group::Missing(2), true) }, Act(Aim::Lose)),
            (Some(&live), known(Group::There, true), Act(Aim::Observe)),
            (Some(&done), known(Group::There, true), Wait(None)),
            (Some(&deleting), known(Group::There, true), Act(Aim::Delete)),
            (Some(&deleting), known(Group::Unasked, false), Act(Aim::Delete)),
            (Some(&deleting), known(Group::Deleting(at(0)), true), Act(Aim::Observe)),
            (Some(&deleting), known(Group::Gone, true), Act(Aim::Release)),
            (None, known(Group::There, true), Act(Aim::Delete)),
            (None, known(Group::Gone, true), Finish),
        ];
        for (pod, known, expected) in table {
            assert_eq!(plan(pod, &known, at(1)), expected, "{known:?}");
        }
    }

    #[test]
    fn a_failed_creation_waits_but_does_not_hold_up_a_deletion() {
        let backoff = Some(Backoff { aim: Aim::Create, failures: 1, until: at(9) });
        let known = Known { backoff, ..known(Group::Missing(1), false) };
        assert_eq!(plan(Some(&pod(false, "Pending")), &known, at(1)), Action::Wait(Some(at(9))));
        assert_eq!(plan(Some(&pod(true, "Pending")), &known, at(1)), Action::Act(Aim::Delete));
    }

    #[test]
    fn a_pod_ends_at_its_deadline_whatever_its_group_does() {
        let mut limited = pod(false, "Running");
        limited.spec.get_or_insert_default().active_deadline_seconds = Some(30);
        limited.status.get_or_insert_default().start_time = Some(Time(at(10)));
        let known = Known { due: at(100), ..known(Group::There, true) };
        assert_eq!(plan(Some(&limited), &known, at(20)), Action::Wait(Some(at(40))));
        assert_eq!(plan(Some(&limited), &known, at(40)), Action::Act(Aim::Expire));
        limited.status.get_or_insert_default().phase = Some("Succeeded".to_owned());
        assert_eq!(plan(Some(&limited), &known, at(40)), Action::Wait(None));
    }

    proptest! {
        #[test]
        fn no_group_is_made_for_a_pod_on_its_way_out(misses in 0u32..5, existed: bool, group in 0..5, gone: bool) {
            let group = [Group::Unasked, Group::Missing(misses), Group::There, Group::Deleting(at(0)), Group::Gone][group as usize].clone();
            let pod = pod(true, "Running");
            let action = plan((!gone).then_some(&pod), &known(group, existed), at(1));
            prop_assert_ne!(action, Action::Act(Aim::Create));
        }

        #[test]
        fn waits_grow_and_stay_in_bounds(failures in 1u32..40) {
            let (first, most) = (Duration::from_secs(1), Duration::from_secs(60));
            let (now, next) = (back_off(failures, first, most, None), back_off(failures + 1, first, most, None));
            prop_assert!(first <= now && now <= next && next <= most);
        }
    }
}
