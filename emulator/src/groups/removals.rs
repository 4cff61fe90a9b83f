//! Which groups' deployments are being removed, so that a successor can wait for its ports.

use std::collections::HashMap;

use tokio::sync::watch;

/// Removals under way, by the key of the group's id; clones share them.
#[derive(Clone, Default)]
pub(crate) struct Removals {
    under_way: watch::Sender<HashMap<String, usize>>,
}

/// A removal; it is over when this is dropped.
pub(crate) struct Removal {
    key: String,
    under_way: watch::Sender<HashMap<String, usize>>,
}

impl Removals {
    pub(crate) fn begin(&self, key: &str) -> Removal {
        self.under_way.send_modify(|all| *all.entry(key.to_owned()).or_default() += 1);
        Removal { key: key.to_owned(), under_way: self.under_way.clone() }
    }

    /// Ends when no deployment of the group is being removed.
    pub(crate) async fn finished(&self, key: &str) {
        // The sender lives in `self`, so the channel cannot close while this waits.
        let mut under_way = self.under_way.subscribe();
        let _open = under_way.wait_for(|all| !all.contains_key(key)).await;
    }

    /// Ends when no deployment at all is being removed.
    pub(crate) async fn all_finished(&self) {
        let mut under_way = self.under_way.subscribe();
        let _open = under_way.wait_for(HashMap::is_empty).await;
    }
}

impl Drop for Removal {
    fn drop(&mut self) {
        self.under_way.send_modify(|all| {
            if let Some(count) = all.get_mut(&self.key) {
                *count -= 1;
                if *count == 0 {
                    all.remove(&self.key);
                }
            }
        });
    }
}
