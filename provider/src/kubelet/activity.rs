//! Whether anything still happens on a connection.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::clock::SharedClock;

/// What has happened so far, counted.
#[derive(Debug, Default)]
pub(super) struct Activity(AtomicU64);

impl Activity {
    /// Something happens.
    pub(super) fn note(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Ends when nothing has happened for `limit`, at the latest after twice that: the count is compared from
    /// time to time, so that a busy connection costs no timers.
    pub(super) async fn ceased(&self, clock: &SharedClock, limit: Duration) {
        loop {
            let before = self.0.load(Ordering::Relaxed);
            clock.sleep(limit).await;
            if self.0.load(Ordering::Relaxed) == before {
                return;
            }
        }
    }
}
