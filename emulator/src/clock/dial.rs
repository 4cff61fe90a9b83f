//! A clock that runs like another until somebody stops it, and then moves when told.

use futures::FutureExt as _;
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use super::sleepers::Sleepers;
use super::{Clock, SharedClock};

/// How long somebody may take to begin to wait, by the clock beneath: what a request began is under way within a
/// fraction of it.
const PATIENCE: SignedDuration = SignedDuration::from_secs(1);

/// The clock; clones share it.
#[derive(Clone)]
pub struct DialClock {
    beneath: SharedClock,
    state: watch::Sender<State>,
    sleepers: Sleepers,
}

/// Whether it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// As the clock beneath, and so much ahead of it.
    Running { ahead: SignedDuration },
    /// It stands.
    Stepped { at: Timestamp },
}

impl DialClock {
    /// A clock that runs, or stands from the first moment on.
    pub fn new(beneath: SharedClock, stepped: bool) -> Self {
        let state = match stepped {
            true => State::Stepped { at: beneath.now() },
            false => State::Running { ahead: SignedDuration::ZERO },
        };
        Self { beneath, state: watch::Sender::new(state), sleepers: Sleepers::default() }
    }

    /// Whether it stands.
    pub fn is_stepped(&self) -> bool {
        matches!(*self.state.borrow(), State::Stepped { .. })
    }

    /// Stops it.
    pub fn stop(&self) {
        let at = self.now();
        self.state.send_replace(State::Stepped { at });
    }

    /// Lets it run from where it stands.
    pub fn run(&self) {
        let ahead = self.now().duration_since(self.beneath.now());
        self.state.send_replace(State::Running { ahead });
    }

    /// Moves it forward; whether it stood, as it must.
    pub fn advance(&self, by: SignedDuration) -> bool {
        self.state.send_if_modified(|state| match state {
            State::Stepped { at } => {
                *at = at.saturating_add(by).unwrap_or(Timestamp::MAX);
                true
            }
            State::Running { .. } => false,
        })
    }

    /// The earliest time that something waits for.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.sleepers.earliest()
    }

    /// Moves it to the earliest time that something waits for, which may take a moment to begin to wait; whether there
    /// was one.
    pub async fn advance_to_next(&self) -> bool {
        let begun = self.sleepers.until(|all| !all.is_empty());
        let patience = self.beneath.sleep_until(self.beneath.now() + PATIENCE);
        tokio::select! {
            () = begun => {}
            () = patience => {}
        }
        let Some(deadline) = self.next_deadline() else { return false };
        self.advance(deadline.duration_since(self.now()).max(SignedDuration::ZERO))
    }
}

impl Clock for DialClock {
    fn now(&self) -> Timestamp {
        match *self.state.borrow() {
            State::Running { ahead } => self.beneath.now().saturating_add(ahead).unwrap_or(Timestamp::MAX),
            State::Stepped { at } => at,
        }
    }

    fn sleep_until(&self, deadline: Timestamp) -> BoxFuture<'static, ()> {
        let clock = self.clone();
        let mut changes = self.state.subscribe();
        async move {
            changes.mark_unchanged();
            if clock.now() >= deadline {
                return;
            }
            let _sleeper = clock.sleepers.register(deadline);
            while clock.now() < deadline {
                let state = *changes.borrow_and_update();
                // The sender lives in `clock`, so the channel cannot close while this waits.
                match state {
                    State::Running { ahead } => {
                        let beneath = deadline.saturating_sub(ahead).unwrap_or(Timestamp::MAX);
                        tokio::select! {
                            () = clock.beneath.sleep_until(beneath) => {}
                            _open = changes.changed() => {}
                        }
                    }
                    State::Stepped { at } if at < deadline => {
                        let _open = changes.changed().await;
                    }
                    State::Stepped { .. } => {}
                }
            }
        }
        .boxed()
    }

    fn dial(&self) -> Option<&DialClock> {
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock::ManualClock;

    fn seconds(count: i64) -> SignedDuration {
        SignedDuration::from_secs(count)
    }

    #[tokio::test]
    async fn a_clock_that_stands_moves_when_told_and_runs_on_from_there() {
        let beneath = ManualClock::new(Timestamp::UNIX_EPOCH);
        let clock = DialClock::new(Arc::new(beneath.clone()), true);
        beneath.advance(seconds(60));
        assert_eq!(clock.now(), Timestamp::UNIX_EPOCH);
        let sleep = tokio::spawn(clock.sleep_until(Timestamp::UNIX_EPOCH + seconds(10)));
        assert!(clock.advance_to_next().await);
        sleep.await.unwrap();
        assert_eq!(clock.now(), Timestamp::UNIX_EPOCH + seconds(10));
        clock.run();
        beneath.advance(seconds(5));
        assert_eq!(clock.now(), Timestamp::UNIX_EPOCH + seconds(15));
        assert!(!clock.advance(seconds(1)), "a clock that runs is not pushed");
    }

    #[tokio::test]
    async fn a_sleep_outlives_a_change_of_mode() {
        let beneath = ManualClock::new(Timestamp::UNIX_EPOCH);
        let clock = DialClock::new(Arc::new(beneath.clone()), false);
        let sleep = tokio::spawn(clock.sleep_until(Timestamp::UNIX_EPOCH + seconds(10)));
        beneath.until_awaited(Timestamp::UNIX_EPOCH + seconds(10)).await;
        clock.stop();
        beneath.advance(seconds(20));
        assert_eq!(clock.now(), Timestamp::UNIX_EPOCH);
        assert!(clock.advance(seconds(10)));
        sleep.await.unwrap();
    }
}
