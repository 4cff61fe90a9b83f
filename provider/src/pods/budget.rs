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

/// Shared by all workers.
pub(super) struct Budget {
    permits: Semaphore,
    paused_until: Mutex<Timestamp>,
    clock: SharedClock,
}

impl Budget {
    pub(super) fn new(concurrency: usize, clock: SharedClock) -> Self {
        let paused_until = Mutex::new(Timestamp::MIN);
        Self { permits: Semaphore::new(concurrency.max(1)), paused_until, clock }
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
            let mut paused = self.paused_until.lock().unwrap_or_else(PoisonError::into_inner);
            *paused = (*paused).max(later(self.clock.now(), pause));
        }
        answer
    }

    fn pause(&self) -> Timestamp {
        *self.paused_until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What ARM asked for.
pub(super) fn retry_after(error: &ArmError) -> Option<Duration> {
    match error {
        ArmError::Refused { retry_after, .. } => *retry_after,
        _ => None,
    }
}
