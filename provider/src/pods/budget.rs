//! The share of ARM that the provider takes: so many calls at once, none while ARM asks for patience.

use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Semaphore;

use crate::arm::ArmError;
use crate::arm::retry::{Verdict, verdict};
use crate::clock::{SharedClock, later, until};

/// The pause after a 429 without Retry-After: ARM's token buckets refill within seconds.
const DEFAULT_PAUSE: Duration = Duration::from_secs(10);

/// Waits are at most eight times as long as usual.
const MOST_DOUBLINGS: u32 = 3;

/// Shared by all workers.
pub(super) struct Budget {
    permits: Semaphore,
    patience: Mutex<Patience>,
    clock: SharedClock,
}

impl Budget {
    pub(super) fn new(concurrency: usize, clock: SharedClock) -> Self {
        let patience = Mutex::new(Patience { until: Timestamp::MIN, refused: 0, last: Timestamp::MIN });
        Self { permits: Semaphore::new(concurrency.max(1)), patience, clock }
    }

    /// By how much waits between questions are longer than usual, for ARM has asked for patience lately.
    pub(super) fn strain(&self) -> u32 {
        let now = self.clock.now();
        self.patience.lock().unwrap_or_else(PoisonError::into_inner).strain(now)
    }

    /// Runs `call` when it is its turn.
    pub(super) async fn run<T>(
        &self,
        call: impl Future<Output = Result<T, ArmError>>,
    ) -> Result<T, ArmError> {
        // The semaphore is never closed, so a permit always comes.
        let _permit = self.permits.acquire().await.ok();
        loop {
            let wait = until(self.clock.now(), self.pause());
            if wait.is_zero() {
                break;
            }
            self.clock.sleep(wait).await;
        }
        let answer = call.await;
        if let Err(error) = &answer
            && verdict(error) == Verdict::Throttled
        {
            let pause = retry_after(error).unwrap_or(DEFAULT_PAUSE);
            tracing::warn!(%error, pause_s = pause.as_secs(), "ARM throttles the provider; all calls pause");
            let now = self.clock.now();
            self.patience.lock().unwrap_or_else(PoisonError::into_inner).refused(now, pause);
        }
        answer
    }

    fn pause(&self) -> Timestamp {
        self.patience.lock().unwrap_or_else(PoisonError::into_inner).until
    }
}

/// What ARM's refusals amount to.
#[derive(Clone, Copy, Debug)]
struct Patience {
    /// No call before.
    until: Timestamp,
    /// The doublings of all waits.
    refused: u32,
    /// When the last refusal came.
    last: Timestamp,
}

impl Patience {
    /// Takes one more refusal; those that came while a pause was on belong to the one that caused it.
    fn refused(&mut self, now: Timestamp, pause: Duration) {
        if now >= self.until {
            self.refused = (self.doublings(now) + 1).min(MOST_DOUBLINGS);
            self.last = now;
        }
        self.until = self.until.max(later(now, pause));
    }

    fn strain(&self, now: Timestamp) -> u32 {
        1 << self.doublings(now)
    }

    /// One doubling is forgotten with every minute without a refusal.
    fn doublings(&self, now: Timestamp) -> u32 {
        let minutes = now.duration_since(self.last).as_mins();
        self.refused.saturating_sub(u32::try_from(minutes).unwrap_or(u32::MAX))
    }
}

/// What ARM asked for.
pub(super) fn retry_after(error: &ArmError) -> Option<Duration> {
    match error {
        ArmError::Refused { retry_after, .. } => *retry_after,
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_double_all_waits_and_quiet_minutes_halve_them() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let pause = Duration::from_secs(5);
        let mut patience = Patience { until: Timestamp::MIN, refused: 0, last: Timestamp::MIN };
        assert_eq!(patience.strain(at(0)), 1);
        patience.refused(at(0), pause);
        patience.refused(at(1), pause);
        assert_eq!(patience.strain(at(1)), 2, "both are of one burst");
        for second in [10, 20, 30, 40] {
            patience.refused(at(second), pause);
        }
        assert_eq!(patience.strain(at(41)), 8);
        assert_eq!((patience.strain(at(101)), patience.strain(at(400))), (4, 1));
        assert_eq!(patience.until, at(45));
    }
}
