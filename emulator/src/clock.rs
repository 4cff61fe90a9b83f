//! Time as a parameter: the system's, or one that a test moves by hand.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::Timestamp;

pub mod dial;
mod manual;
mod sleepers;

pub use dial::DialClock;
pub use manual::ManualClock;

/// Where every time in the emulator comes from.
pub trait Clock: Send + Sync + 'static {
    /// The present.
    fn now(&self) -> Timestamp;

    /// Ends when `now` has reached `deadline`; at once when it already has.
    fn sleep_until(&self, deadline: Timestamp) -> BoxFuture<'static, ()>;

    /// The clock as one that can be stopped, where it is one.
    fn dial(&self) -> Option<&DialClock> {
        None
    }
}

/// A clock that is handed around.
pub type SharedClock = Arc<dyn Clock>;

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

/// The longest single wait. The timer beneath counts monotonic time, so a wait is cut into pieces after
/// which the wall clock is asked again: a laptop that slept catches up within a minute.
const LONGEST_NAP: Duration = Duration::from_secs(60);

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the Clock")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sleep_until(&self, deadline: Timestamp) -> BoxFuture<'static, ()> {
        let clock = *self;
        async move {
            while let Ok(left) = Duration::try_from(deadline.duration_since(clock.now())) {
                if left.is_zero() {
                    return;
                }
                nap(left.min(LONGEST_NAP)).await;
            }
        }
        .boxed()
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the Clock")]
async fn nap(duration: Duration) {
    tokio::time::sleep(duration).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_deadline_that_has_passed_needs_no_wait() {
        SystemClock.sleep_until(Timestamp::UNIX_EPOCH).await;
        SystemClock.sleep_until(Timestamp::MIN).await;
    }
}
