//! A clock that stands still until a test moves it.

use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use super::Clock;
use super::sleepers::Sleepers;

/// A clock that a test moves; clones share the time.
#[derive(Clone, Debug)]
pub struct ManualClock {
    now: watch::Sender<Timestamp>,
    sleepers: Sleepers,
}

impl ManualClock {
    /// A clock that stands at a time.
    pub fn new(now: Timestamp) -> Self {
        Self { now: watch::Sender::new(now), sleepers: Sleepers::default() }
    }

    /// Moves the time forward and wakes who waited for it.
    pub fn advance(&self, by: SignedDuration) {
        self.now.send_modify(|now| *now += by);
    }

    /// The earliest time that somebody waits for.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.sleepers.earliest()
    }

    /// Ends when somebody waits for this very time: what a test must know before it advances, for a
    /// sleeper that comes later would count from the new time.
    pub async fn until_awaited(&self, deadline: Timestamp) {
        self.sleepers.until(|all| all.values().any(|at| *at == deadline)).await;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.now.borrow()
    }

    fn sleep_until(&self, deadline: Timestamp) -> BoxFuture<'static, ()> {
        let mut now = self.now.subscribe();
        let clock = self.clone();
        async move {
            if *now.borrow_and_update() >= deadline {
                return;
            }
            let _sleeper = clock.sleepers.register(deadline);
            let _open = now.wait_for(|now| *now >= deadline).await;
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_sleeper_wakes_when_the_time_has_come_and_not_before() {
        let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
        let deadline = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(10);
        let sleep = tokio::spawn(clock.sleep_until(deadline));
        clock.until_awaited(deadline).await;
        clock.advance(SignedDuration::from_secs(9));
        assert_eq!(clock.next_deadline(), Some(deadline));
        clock.clone().advance(SignedDuration::from_secs(1));
        sleep.await.unwrap();
        assert_eq!(clock.next_deadline(), None);
    }

    #[tokio::test]
    async fn a_sleep_that_is_given_up_is_not_waited_for() {
        let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
        let deadline = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(10);
        assert!(clock.sleep_until(deadline).now_or_never().is_none());
        assert_eq!(clock.next_deadline(), None);
    }
}
