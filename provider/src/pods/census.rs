//! How often groups are looked at: what all pods together may cost, and what each of them needs.
//!
//! ARM shows instance views for one group at a time, and in lists not at all (recorded with every version), so a
//! look at a group is a call of its own. Two things make that cheap: one list tells of all groups whether they exist
//! and how their provisioning goes, and a container whose end announces itself needs few looks.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

/// Calls a minute that a pod at rest may cause, lists included: two, less what changes and retries cost.
const CALLS_PER_POD: f64 = 1.9;
/// How often a pod whose changes announce themselves is looked at all the same: nothing rests on a hint alone.
const ANNOUNCED: Duration = Duration::from_secs(60);
/// The longest wait at rest, whatever the number of pods.
const LONGEST: Duration = Duration::from_secs(60);
/// Looks a second at pods in motion; ARM refills 25 reads a second.
const LOOKS_PER_SECOND: u32 = 16;
/// From so many pods in motion on, lists find those that have arrived sooner than looks in turn.
const MANY: usize = 8;
/// How often groups are listed then.
const LIST_IN_MOTION: Duration = Duration::from_secs(1);
/// The part of the allowance of pods at rest that goes into lists.
const LISTS_PER_POD: f64 = 0.5;
/// Fewer pods than these are looked at one by one: a list would tell nothing that the looks do not.
const FEW: usize = 2;

/// What a pod needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Something is on its way: a look again after this, when there are not too many.
    Moving(Duration),
    /// Nothing happens, and nobody would tell if something did.
    Resting,
    /// Nothing happens, and the end of its containers announces itself.
    Announced,
}

/// How many pods need what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Pods in motion.
    pub(super) moving: usize,
    /// Pods at rest.
    pub(super) resting: usize,
    /// Pods at rest whose changes announce themselves.
    pub(super) announced: usize,
}

impl Counts {
    fn all(self) -> usize {
        self.moving + self.resting + self.announced
    }

    fn of(&mut self, need: Need) -> &mut usize {
        match need {
            Need::Moving(_) => &mut self.moving,
            Need::Resting => &mut self.resting,
            Need::Announced => &mut self.announced,
        }
    }

    /// How long until the next look at a group; `rest` is the shortest wait at rest.
    pub(super) fn wait(self, need: Need, rest: Duration) -> Duration {
        match need {
            Need::Moving(wait) => {
                let in_turn = Duration::from_secs(1) * count(self.moving) / LOOKS_PER_SECOND;
                wait.max(in_turn).min(LONGEST)
            }
            Need::Announced => ANNOUNCED.max(rest),
            Need::Resting => {
                let whole = (CALLS_PER_POD * f64::from(count(self.all()))).max(a_minute(rest));
                let lists = self.list_every(rest).map_or(0.0, a_minute);
                let announced = f64::from(count(self.announced)) * a_minute(ANNOUNCED);
                let share = (whole - lists - announced) / f64::from(count(self.resting.max(1)));
                let wait = Duration::try_from_secs_f64(60.0 / share).unwrap_or(LONGEST);
                wait.clamp(rest, LONGEST.max(rest))
            }
        }
    }

    /// How often all groups are listed; `None` where lists would tell nothing.
    pub(super) fn list_every(self, rest: Duration) -> Option<Duration> {
        if self.moving >= MANY {
            return Some(LIST_IN_MOTION.min(rest));
        }
        let all = self.all();
        let wait = Duration::try_from_secs_f64(60.0 / (LISTS_PER_POD * f64::from(count(all)))).ok()?;
        (all >= FEW).then(|| wait.max(rest))
    }
}

fn count(pods: usize) -> u32 {
    u32::try_from(pods).unwrap_or(u32::MAX)
}

fn a_minute(every: Duration) -> f64 {
    60.0 / every.as_secs_f64()
}

/// All pods that are looked at, by their UIDs.
pub(super) struct Census {
    needs: Mutex<HashMap<String, Need>>,
    counts: watch::Sender<Counts>,
}

impl Census {
    pub(super) fn new() -> Self {
        Self { needs: Mutex::default(), counts: watch::Sender::default() }
    }

    /// How many pods need what, now and later.
    pub(super) fn counts(&self) -> watch::Receiver<Counts> {
        self.counts.subscribe()
    }

    /// Notes what the pod needs, and answers how many need what then.
    pub(super) fn note(&self, uid: &str, need: Option<Need>) -> Counts {
        let mut needs = self.needs.lock().unwrap_or_else(PoisonError::into_inner);
        let before = match need {
            Some(need) => needs.insert(uid.to_owned(), need),
            None => needs.remove(uid),
        };
        self.counts.send_if_modified(|counts| {
            let old = *counts;
            if let Some(before) = before {
                *counts.of(before) -= 1;
            }
            if let Some(need) = need {
                *counts.of(need) += 1;
            }
            *counts != old
        });
        *self.counts.borrow()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const REST: Duration = Duration::from_secs(5);

    /// The calls a minute that so many pods at rest cause.
    fn cost(counts: Counts) -> f64 {
        let looks = |need, pods| f64::from(count(pods)) * a_minute(counts.wait(need, REST));
        let lists = counts.list_every(REST).map_or(0.0, a_minute);
        looks(Need::Resting, counts.resting) + looks(Need::Announced, counts.announced) + lists
    }

    proptest! {
        #[test]
        fn pods_at_rest_cost_two_calls_a_minute_or_less(resting in 0usize..3000, announced in 0usize..3000) {
            let counts = Counts { moving: 0, resting, announced };
            let all = f64::from(count(resting + announced));
            // A handful of pods shares what one look every five seconds costs.
            prop_assert!(cost(counts) <= (CALLS_PER_POD * all).max(12.0) + 1e-6, "{}", cost(counts));
            prop_assert!(counts.wait(Need::Resting, REST) >= REST);
        }

        #[test]
        fn looks_at_pods_in_motion_are_bounded(moving in 1usize..900) {
            let wait = Counts { moving, ..Counts::default() }.wait(Need::Moving(Duration::from_millis(500)), REST);
            let per_second = f64::from(count(moving)) / wait.as_secs_f64();
            prop_assert!(per_second <= f64::from(LOOKS_PER_SECOND) + 1e-6, "{per_second}");
        }
    }

    #[test]
    fn a_single_pod_is_looked_at_as_often_as_it_may_be() {
        let counts = Counts { resting: 1, ..Counts::default() };
        assert_eq!((counts.wait(Need::Resting, REST), counts.list_every(REST)), (REST, None));
    }

    #[test]
    fn pods_that_announce_themselves_leave_their_share_to_the_others() {
        let alone = Counts { resting: 100, ..Counts::default() };
        let among = Counts { resting: 100, announced: 900, ..Counts::default() };
        assert!(among.wait(Need::Resting, REST) < alone.wait(Need::Resting, REST) / 4);
    }

    #[test]
    fn the_census_counts_every_pod_once() {
        let census = Census::new();
        census.note("a", Some(Need::Resting));
        census.note("b", Some(Need::Moving(REST)));
        assert_eq!(census.note("a", Some(Need::Announced)), Counts { moving: 1, resting: 0, announced: 1 });
        census.note("b", None);
        assert_eq!(census.note("a", None), Counts::default());
    }
}
