//! From totals to rates. Pure.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use crate::runtime::SandboxUsage;

/// What a deployment used at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// When.
    pub at: Timestamp,
    /// By the names of the containers.
    pub containers: BTreeMap<String, Rates>,
    /// Bytes from the network in a second.
    pub received: f64,
    /// Bytes to the network in a second.
    pub transmitted: f64,
}

/// What a container used at a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// Thousandths of a core.
    pub millicores: f64,
    /// Bytes of memory.
    pub memory: f64,
}

/// The readings of one deployment and the sample that the next one is measured against.
#[derive(Debug, Default)]
pub(super) struct History {
    last: Option<Sample>,
    readings: VecDeque<Reading>,
}

#[derive(Debug)]
struct Sample {
    at: Timestamp,
    usage: SandboxUsage,
    started: BTreeMap<String, Timestamp>,
}

impl History {
    /// Whether something was learnt within some time before `now`.
    pub(super) fn is_known_at(&self, now: Timestamp, within: SignedDuration) -> bool {
        self.last.as_ref().is_some_and(|last| now.duration_since(last.at) < within)
    }

    /// Takes a sample of containers that started when `started` says. Over the time since the sample before, or since
    /// the start where there is none of the same attempt.
    pub(super) fn learn(
        &mut self,
        now: Timestamp,
        usage: SandboxUsage,
        started: BTreeMap<String, Timestamp>,
    ) {
        let last = self.last.as_ref();
        let rates = |name: &String, used: u64| {
            let start = started.get(name).copied().unwrap_or(now);
            let same = last.filter(|last| last.started.get(name) == Some(&start));
            let before = same.and_then(|last| Some((last.at, last.usage.containers.get(name)?.cpu_nanos)));
            // Billionths of a core-second in a second, in thousandths of a core.
            per_second(before.unwrap_or((start, 0)), (now, used)) / 1e6
        };
        let containers = usage.containers.iter().map(|(name, used)| {
            let rates = Rates { millicores: rates(name, used.cpu_nanos), memory: number(used.memory) };
            (name.clone(), rates)
        });
        let begin = started.values().min().copied().unwrap_or(now);
        let (received, transmitted) = last.map_or(((begin, 0), (begin, 0)), |last| {
            ((last.at, last.usage.received), (last.at, last.usage.transmitted))
        });
        self.readings.push_back(Reading {
            at: now,
            containers: containers.collect(),
            received: per_second(received, (now, usage.received)),
            transmitted: per_second(transmitted, (now, usage.transmitted)),
        });
        self.last = Some(Sample { at: now, usage, started });
    }

    /// Drops the readings before a time.
    pub(super) fn forget(&mut self, before: Timestamp) {
        self.readings.retain(|reading| reading.at >= before);
    }

    /// Oldest first.
    pub(super) fn readings(&self) -> impl Iterator<Item = &Reading> {
        self.readings.iter()
    }
}

/// The pace from one total to another; none where no time has passed or the total began anew.
fn per_second((from, before): (Timestamp, u64), (to, after): (Timestamp, u64)) -> f64 {
    let seconds = to.duration_since(from).as_secs_f64();
    if seconds > 0.0 { number(after.saturating_sub(before)) / seconds } else { 0.0 }
}

#[expect(clippy::cast_precision_loss, reason = "a measured value needs no more than 53 bits")]
fn number(value: u64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::ContainerUsage;

    fn at(second: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second)
    }

    fn usage(cpu_seconds: u64, network: u64) -> SandboxUsage {
        let web = ContainerUsage { cpu_nanos: cpu_seconds * 1_000_000_000, memory: 5 };
        SandboxUsage {
            containers: BTreeMap::from([("web".to_owned(), web)]),
            received: network,
            transmitted: 0,
        }
    }

    fn learnt(samples: &[(i64, SandboxUsage, i64)]) -> Vec<(f64, f64)> {
        let mut history = History::default();
        for (now, usage, start) in samples {
            let started = BTreeMap::from([("web".to_owned(), at(*start))]);
            history.learn(at(*now), usage.clone(), started);
        }
        history.readings().map(|it| (it.containers["web"].millicores, it.received)).collect()
    }

    #[test]
    fn the_first_reading_is_over_the_time_since_the_start_and_others_since_the_one_before() {
        let samples = [(10, usage(5, 100), 0), (20, usage(15, 100), 0), (30, usage(15, 400), 0)];
        assert_eq!(learnt(&samples), [(500.0, 10.0), (1000.0, 0.0), (0.0, 30.0)]);
    }

    #[test]
    fn another_attempt_is_measured_from_its_own_start() {
        let samples = [(10, usage(5, 0), 0), (20, usage(1, 0), 16)];
        assert_eq!(learnt(&samples)[1].0, 250.0);
    }

    #[test]
    fn no_time_is_no_rate_and_a_total_that_went_back_is_none() {
        assert_eq!(learnt(&[(0, usage(5, 9), 0)]), [(0.0, 0.0)]);
        assert_eq!(learnt(&[(10, usage(5, 9), 0), (20, usage(4, 1), 0)])[1], (0.0, 0.0));
    }

    #[test]
    fn what_is_old_is_forgotten_and_what_is_fresh_is_known() {
        let mut history = History::default();
        assert!(!history.is_known_at(at(0), SignedDuration::from_secs(10)));
        for now in [0, 30, 60] {
            history.learn(at(now), usage(0, 0), BTreeMap::new());
        }
        history.forget(at(30));
        assert_eq!(history.readings().map(|it| it.at).collect::<Vec<_>>(), [at(30), at(60)]);
        assert!(history.is_known_at(at(69), SignedDuration::from_secs(10)));
        assert!(!history.is_known_at(at(70), SignedDuration::from_secs(10)));
    }
}
