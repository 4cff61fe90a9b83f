//! What containers use over time: what Azure Monitor would have gathered.
//!
//! The engine counts totals and keeps no past. So each question is also a sample: the rates between two of them are
//! one reading, and the readings of the last hour are kept. A group that nobody asks about costs nothing.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

mod history;

pub use history::{Rates, Reading};

use crate::clock::SharedClock;
use crate::group::{ContainerPhase, Group};
use crate::runtime::{RuntimeError, SandboxId, SharedRuntime};
use history::History;

/// How long a sample stands for the present: several who ask at the same time ask the engine once, and a rate is over
/// no shorter time than this.
const FRESH: SignedDuration = SignedDuration::from_secs(10);
/// How far back readings are kept: as far as Azure Monitor looks when it is asked for no time.
const KEPT: SignedDuration = SignedDuration::from_hours(1);

/// The readings of all deployments that were asked about.
pub struct UsageBook {
    runtime: SharedRuntime,
    clock: SharedClock,
    histories: Mutex<HashMap<SandboxId, Slot>>,
}

/// The past of a deployment. Who asks the engine holds it, and the others wait for what he learns.
type Slot = Arc<tokio::sync::Mutex<History>>;

impl UsageBook {
    /// A book with nothing in it.
    pub fn new(runtime: SharedRuntime, clock: SharedClock) -> Self {
        Self { runtime, clock, histories: Mutex::default() }
    }

    /// The readings of a group's deployment, oldest first, the present among them; none where nothing runs.
    ///
    /// # Errors
    /// When the engine cannot tell.
    pub async fn read(&self, group: &Group) -> Result<Vec<Reading>, RuntimeError> {
        let Some(sandbox) = &group.status.sandbox else { return Ok(Vec::new()) };
        let started = started(group);
        if started.is_empty() {
            return Ok(Vec::new());
        }
        let now = self.clock.now();
        let slot = self.slot(sandbox, now);
        let mut history = slot.lock().await;
        if !history.is_known_at(now, FRESH) {
            let names: Vec<String> = started.keys().cloned().collect();
            match self.runtime.stats(sandbox, &names).await {
                Ok(usage) => history.learn(now, usage, started),
                // It ended between the group's state and the question.
                Err(RuntimeError::Gone(_)) => {}
                Err(error) => return Err(error),
            }
        }
        history.forget(now - KEPT);
        Ok(history.readings().cloned().collect())
    }

    fn slot(&self, sandbox: &SandboxId, now: Timestamp) -> Slot {
        let mut histories = self.histories.lock().unwrap_or_else(PoisonError::into_inner);
        // One that is being asked about is in use; the others go with their last reading.
        histories
            .retain(|_, slot| is_held(slot) || slot.try_lock().is_ok_and(|it| it.is_known_at(now, KEPT)));
        Arc::clone(histories.entry(sandbox.clone()).or_default())
    }
}

fn is_held(slot: &Slot) -> bool {
    Arc::strong_count(slot) > 1
}

/// The containers that run, and since when.
fn started(group: &Group) -> BTreeMap<String, Timestamp> {
    let running = group.status.containers.iter().filter_map(|container| match container.current {
        ContainerPhase::Running { started_at } => Some((container.name.clone(), started_at)),
        _ => None,
    });
    running.collect()
}
