//! A clock that stands still until a test moves it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use super::Clock;

/// A clock that a test moves; clones share the time.
#[derive(Clone, Debug)]
pub struct ManualClock {
    now: watch::Sender<Timestamp>,
    sleepers: watch::Sender<BTreeMap<u64, Timestamp>>,
    next: Arc<AtomicU64>,
}

impl ManualClock {
    /// A clock that stands at a time.
    pub fn new(now: Timestamp) -> Self {
        Self {
            now: watch::Sender::new(now),
            sleepers: watch::Sender::new(BTreeMap::new()),
            next: Arc::default(),
        }
    }

    /// Moves the time forward and wakes who waited for it.
    pub fn advance(&self, by: SignedDuration) {
        self.now.send_modify(|now| *now += by);
    }

    /// The earliest time that somebody waits for.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.sleepers.borrow().values().min().copied()
    }

    /// Ends when somebody waits for this very time: what a test must know before it advances, for a
    /// sleeper that comes later would count from the new time.
    pub async fn until_awaited(&self, deadline: Timestamp) {
        let mut sleepers = self.sleepers.subscribe();
        // The sender lives in `self`, so the channel cannot close while this waits.
        let _open = sleepers.wait_for(|all| all.values().any(|at| *at == deadline)).await;
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
            let _sleeper = Sleeper::register(&clock, deadline);
            let _open = now.wait_for(|now| *now >= deadline).await;
        }
        .boxed()
    }
}

/// An entry among the sleepers, taken out when the sleep ends or is given up.
struct Sleeper {
    id: u64,
    sleepers: watch::Sender<BTreeMap<u64, Timestamp>>,
}

impl Sleeper {
    fn register(clock: &ManualClock, deadline: Timestamp) -> Self {
        let id = clock.next.fetch_add(1, Ordering::Relaxed);
        clock.sleepers.send_modify(|all| {
            all.insert(id, deadline);
        });
        Self { id, sleepers: clock.sleepers.clone() }
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        self.sleepers.send_modify(|all| {
            all.remove(&self.id);
        });
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
