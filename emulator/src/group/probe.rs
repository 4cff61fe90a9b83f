//! When a probe runs and what its results add up to: the kubelet's rules (pkg/kubelet/prober/worker.go), for
//! Azure documents none of its own.
//!
//! A probe begins `initialDelaySeconds` after its container started and then every `periodSeconds`, never
//! twice at a time: one that takes longer than the period is followed by the next at once. Results in a row
//! count; a result of the other kind begins a new row, and one that tells nothing (the engine could not ask)
//! changes nothing.

use aci_model::group::probe::ContainerProbe;
use jiff::{SignedDuration, Timestamp};

/// Kubernetes' defaults of what a probe leaves out (core/v1 `Probe`); Azure's specification has none.
pub(super) const PERIOD_SECONDS: i32 = 10;
/// The same for the time that one run may take.
pub(super) const TIMEOUT_SECONDS: i32 = 1;
/// The same for failures in a row.
const FAILURE_THRESHOLD: i32 = 3;
/// The same for successes in a row.
const SUCCESS_THRESHOLD: i32 = 1;

/// What a probe decides about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ProbeKind {
    /// Whether the container must be killed.
    Liveness,
    /// Whether the container should get traffic.
    Readiness,
}

/// A probe's timing and counts for one attempt of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Schedule {
    period: SignedDuration,
    failure_threshold: u32,
    success_threshold: u32,
    turn: Turn,
    /// The latest result and how often it came in a row.
    row: Option<(bool, u32)>,
}

/// What is next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// A run begins.
    Due { at: Timestamp },
    /// A run is under way; results of others are stale.
    Running { run: u64, since: Timestamp },
    /// The container has been found unhealthy; nothing more is asked of this attempt.
    Over,
}

/// What a result amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Not enough in a row.
    Undecided,
    /// Enough successes in a row.
    Well,
    /// Enough failures in a row.
    Unwell,
}

impl Schedule {
    /// The schedule of a probe whose container runs since `started`.
    pub(super) fn new(probe: &ContainerProbe, started: Timestamp) -> Self {
        let count = |given: Option<i32>, default| {
            u32::try_from(given.unwrap_or(default)).map_or(1, |count| count.max(1))
        };
        let delay = SignedDuration::from_secs(probe.initial_delay_seconds.unwrap_or(0).max(0).into());
        Self {
            period: SignedDuration::from_secs(probe.period_seconds.unwrap_or(PERIOD_SECONDS).max(1).into()),
            failure_threshold: count(probe.failure_threshold, FAILURE_THRESHOLD),
            success_threshold: count(probe.success_threshold, SUCCESS_THRESHOLD),
            turn: Turn::Due { at: after(started, delay) },
            row: None,
        }
    }

    /// When the next run begins, unless one is under way.
    pub(super) fn due(&self) -> Option<Timestamp> {
        match self.turn {
            Turn::Due { at } => Some(at),
            Turn::Running { .. } | Turn::Over => None,
        }
    }

    /// Begins a run under a number of its own.
    pub(super) fn begin(&mut self, run: u64, now: Timestamp) {
        self.turn = Turn::Running { run, since: now };
    }

    /// Takes a run's result into account, `None` where there is none; `None` when it is stale.
    pub(super) fn end(&mut self, run: u64, success: Option<bool>, now: Timestamp) -> Option<Verdict> {
        let Turn::Running { run: current, since } = self.turn else { return None };
        if current != run {
            return None;
        }
        self.turn = Turn::Due { at: after(since, self.period).max(now) };
        let Some(success) = success else { return Some(Verdict::Undecided) };
        let before = self.row.filter(|(kind, _)| *kind == success).map_or(0, |(_, count)| count);
        let count = before.saturating_add(1);
        self.row = Some((success, count));
        Some(match success {
            true if count >= self.success_threshold => Verdict::Well,
            false if count >= self.failure_threshold => Verdict::Unwell,
            _ => Verdict::Undecided,
        })
    }

    /// Asks no more.
    pub(super) fn stop(&mut self) {
        self.turn = Turn::Over;
    }
}

fn after(time: Timestamp, duration: SignedDuration) -> Timestamp {
    time.checked_add(duration).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    fn probe(delay: i32, period: i32, failures: i32, successes: i32) -> ContainerProbe {
        ContainerProbe {
            initial_delay_seconds: Some(delay),
            period_seconds: Some(period),
            failure_threshold: Some(failures),
            success_threshold: Some(successes),
            ..ContainerProbe::default()
        }
    }

    /// The verdicts of runs that take no time and begin when they are due.
    fn verdicts(schedule: &mut Schedule, results: &[Option<bool>]) -> Vec<Verdict> {
        let mut run = 0;
        let mut one = |success: &Option<bool>| {
            let now = schedule.due()?;
            run += 1;
            schedule.begin(run, now);
            schedule.end(run, *success, now)
        };
        results.iter().filter_map(&mut one).collect()
    }

    #[test]
    fn what_a_probe_leaves_out_is_kubernetes_default() {
        let mut schedule = Schedule::new(&ContainerProbe::default(), at(100));
        assert_eq!(schedule.due(), Some(at(100)), "no delay");
        schedule.begin(1, at(100));
        assert_eq!(schedule.end(1, Some(false), at(100)), Some(Verdict::Undecided));
        assert_eq!(schedule.due(), Some(at(110)));
        let rest = verdicts(&mut schedule, &[Some(false), Some(false), Some(true)]);
        assert_eq!(rest, [Verdict::Undecided, Verdict::Unwell, Verdict::Well]);
    }

    #[test]
    fn the_first_run_waits_for_the_delay_and_the_next_for_the_period() {
        let mut schedule = Schedule::new(&probe(7, 5, 3, 1), at(0));
        assert_eq!(schedule.due(), Some(at(7)));
        schedule.begin(1, at(7));
        assert_eq!(schedule.due(), None, "never two at a time");
        schedule.end(1, Some(true), at(9));
        assert_eq!(schedule.due(), Some(at(12)), "counted from the beginning of the run");
        schedule.begin(2, at(12));
        schedule.end(2, Some(true), at(30));
        assert_eq!(schedule.due(), Some(at(30)), "a slow run is followed at once, and by one only");
    }

    #[test]
    fn a_result_of_another_run_is_stale() {
        let mut schedule = Schedule::new(&probe(0, 1, 1, 1), at(0));
        assert_eq!(schedule.end(1, Some(false), at(0)), None);
        schedule.begin(2, at(0));
        assert_eq!(schedule.end(1, Some(false), at(0)), None);
        assert_eq!(schedule.end(2, Some(true), at(0)), Some(Verdict::Well));
        assert_eq!(schedule.end(2, Some(true), at(0)), None, "it comes twice");
    }

    #[test]
    fn a_success_in_between_begins_the_row_anew_and_a_run_without_result_does_not() {
        let results = [Some(false), Some(true), Some(false), None, Some(false)];
        let verdicts = verdicts(&mut Schedule::new(&probe(0, 1, 2, 1), at(0)), &results);
        use Verdict::{Undecided, Unwell, Well};
        assert_eq!(verdicts, [Undecided, Well, Undecided, Undecided, Unwell]);
    }

    proptest! {
        #[test]
        fn unwell_is_exactly_a_full_row_of_failures_and_well_one_of_successes(
            failures in 1..5i32,
            successes in 1..5i32,
            results in prop::collection::vec(prop::option::weighted(0.8, any::<bool>()), 0..40),
        ) {
            let given = verdicts(&mut Schedule::new(&probe(0, 1, failures, successes), at(0)), &results);
            prop_assert_eq!(given.len(), results.len());
            for (index, verdict) in given.iter().enumerate() {
                let told: Vec<bool> = results[..=index].iter().copied().flatten().collect();
                let row = |kind: bool| told.iter().rev().take_while(|one| **one == kind).count() as i32;
                let expected = match results[index] {
                    Some(false) if row(false) >= failures => Verdict::Unwell,
                    Some(true) if row(true) >= successes => Verdict::Well,
                    _ => Verdict::Undecided,
                };
                prop_assert_eq!(*verdict, expected);
            }
        }

        #[test]
        fn runs_begin_no_sooner_than_delay_and_period_say_and_never_overlap(
            delay in 0..100i32,
            period in 1..50i32,
            durations in prop::collection::vec(0..120i64, 1..20),
        ) {
            let mut schedule = Schedule::new(&probe(delay, period, 3, 1), at(0));
            let (mut earliest, mut run) = (at(i64::from(delay)), 0);
            for seconds in durations {
                let begun = schedule.due().unwrap();
                prop_assert_eq!(begun, earliest);
                run += 1;
                schedule.begin(run, begun);
                prop_assert_eq!(schedule.due(), None);
                let ended = begun + SignedDuration::from_secs(seconds);
                schedule.end(run, Some(true), ended);
                earliest = ended.max(begun + SignedDuration::from_secs(period.into()));
            }
        }
    }
}
