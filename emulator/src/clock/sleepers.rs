//! Who waits for which time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use tokio::sync::watch;

/// All who wait; clones share them.
#[derive(Clone, Debug)]
pub(super) struct Sleepers {
    all: watch::Sender<BTreeMap<u64, Timestamp>>,
    next: Arc<AtomicU64>,
}

impl Default for Sleepers {
    fn default() -> Self {
        Self { all: watch::Sender::new(BTreeMap::new()), next: Arc::default() }
    }
}

impl Sleepers {
    /// Somebody waits for a time from now until the entry is dropped.
    pub(super) fn register(&self, deadline: Timestamp) -> Sleeper {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        self.all.send_modify(|all| {
            all.insert(id, deadline);
        });
        Sleeper { id, sleepers: self.clone() }
    }

    /// The earliest time that somebody waits for.
    pub(super) fn earliest(&self) -> Option<Timestamp> {
        self.all.borrow().values().min().copied()
    }

    /// Ends when those who wait are as described.
    pub(super) async fn until(&self, is_so: impl Fn(&BTreeMap<u64, Timestamp>) -> bool) {
        let mut all = self.all.subscribe();
        // The sender lives in `self`, so the channel cannot close while this waits.
        let _open = all.wait_for(|all| is_so(all)).await;
    }
}

/// An entry among the sleepers, taken out when the sleep ends or is given up.
pub(super) struct Sleeper {
    id: u64,
    sleepers: Sleepers,
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        self.sleepers.all.send_modify(|all| {
            all.remove(&self.id);
        });
    }
}
