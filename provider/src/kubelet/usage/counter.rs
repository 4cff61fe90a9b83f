//! A total that never goes back, from rates that are told now and then.

use jiff::Timestamp;

/// Processor time of a container.
///
/// Between two rates the last one is taken to hold. So whoever reads the total twice and divides by the time in
/// between gets the rate, whenever they read: that is what metrics-server does.
#[derive(Clone, Copy, Debug)]
pub(super) struct CpuCounter {
    /// What was used until `since`.
    total: u64,
    since: Timestamp,
    nano_cores: u64,
}

impl CpuCounter {
    /// A counter of a container that has used this much ever since it was started, as far as is known: a total of
    /// nothing would be taken for a container that does not run.
    pub(super) fn begin(nano_cores: u64, started: Timestamp, now: Timestamp) -> Self {
        let first = Self { total: 0, since: started.min(now), nano_cores };
        Self { total: first.total(now), since: now, nano_cores }
    }

    /// The rate from `now` on.
    pub(super) fn set_rate(&mut self, nano_cores: u64, now: Timestamp) {
        *self = Self { total: self.total(now), since: self.since.max(now), nano_cores };
    }

    /// The rate.
    pub(super) fn rate(&self) -> u64 {
        self.nano_cores
    }

    /// The total, in billionths of a core-second.
    pub(super) fn total(&self, now: Timestamp) -> u64 {
        let elapsed = u128::try_from(now.duration_since(self.since).as_nanos()).unwrap_or_default();
        let used = u128::from(self.nano_cores) * elapsed / 1_000_000_000;
        self.total.saturating_add(u64::try_from(used).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use proptest::prelude::*;

    use super::*;

    const START: Timestamp = Timestamp::UNIX_EPOCH;

    fn after(millis: i64) -> Timestamp {
        START + SignedDuration::from_millis(millis)
    }

    #[test]
    fn a_rate_between_two_readings_is_the_difference_over_the_time() {
        let mut counter = CpuCounter::begin(500_000_000, START, after(10_000));
        assert_eq!(counter.total(after(10_000)), 5_000_000_000);
        assert_eq!(counter.total(after(25_000)) - counter.total(after(10_000)), 7_500_000_000);
        counter.set_rate(0, after(30_000));
        assert_eq!(counter.total(after(90_000)), 15_000_000_000);
        assert_eq!(counter.rate(), 0);
    }

    proptest! {
        #[test]
        fn a_total_never_goes_back(steps in prop::collection::vec((-1000i64..100_000, 0u64..=u64::MAX), 1..20)) {
            let mut counter = CpuCounter::begin(1, START, START);
            let (mut now, mut before) = (START, 0);
            for (millis, rate) in steps {
                now += SignedDuration::from_millis(millis);
                counter.set_rate(rate, now);
                let total = counter.total(now);
                prop_assert!(total >= before, "{total} after {before}");
                before = total;
            }
        }
    }
}
