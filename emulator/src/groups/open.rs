//! The start: what the store remembers and what the engine still runs are brought together.

use std::collections::HashMap;
use std::sync::Arc;

use futures::StreamExt;
use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::names::HostNames;
use super::registry::{self, Registry};
use super::{GroupError, Operations, Removals};
use crate::clock::SharedClock;
use crate::group::machine::Machine;
use crate::group::transition::Input;
use crate::host_name;
use crate::ids::SharedIds;
use crate::platform::Platform;
use crate::runtime::{FoundSandbox, Observation, SandboxId, SharedRuntime};
use crate::store::{Store, Table};

pub(super) async fn open(
    runtime: SharedRuntime,
    store: Store,
    clock: SharedClock,
    ids: SharedIds,
    platform: Platform,
) -> Result<Arc<Registry>, GroupError> {
    let machines: Vec<(String, Machine)> = store.scan(Table::Groups)?;
    let operations = Operations::load(&store)?;
    let registry = Arc::new(Registry {
        runtime,
        store,
        clock,
        ids,
        platform,
        operations,
        removals: Removals::default(),
        tasks: TaskTracker::new(),
        stop: CancellationToken::new(),
        membership: Mutex::new(()),
        handles: Arc::default(),
        names: HostNames::default(),
    });
    // Watched from before the inventory, so that nothing falls between the two; what is seen twice is told
    // apart by its attempt.
    let seen = watch(&registry);
    let found = registry.runtime.adopt().await?;
    let mut found: HashMap<SandboxId, FoundSandbox> =
        found.into_iter().map(|sandbox| (sandbox.id.clone(), sandbox)).collect();
    for (_, machine) in machines {
        let key = machine.group.id.key();
        match registry.names.claim(&key, host_name::of(&machine.group)) {
            Some(claim) => claim.keep(),
            None => tracing::error!(group = key, "another group has this group's host name"),
        }
        let sandbox = machine.group.status.sandbox.as_ref().and_then(|id| found.remove(id));
        registry.run(machine, Some(Input::Found(sandbox)));
    }
    for (id, sandbox) in found {
        tracing::info!(sandbox = id.0, group = %sandbox.group, "removing a deployment that no group wants");
        registry.discard(&sandbox.group, id);
    }
    distribute(&registry, seen);
    Ok(registry)
}

/// Collects what the runtime sees, to be handed out once the groups are there.
fn watch(registry: &Registry) -> mpsc::UnboundedReceiver<Observation> {
    let (sender, seen) = mpsc::unbounded_channel();
    let mut observations = registry.runtime.observe();
    let stop = registry.stop.clone();
    registry.tasks.spawn(async move {
        let forward = async {
            while let Some(observation) = observations.next().await {
                if sender.send(observation).is_err() {
                    return;
                }
            }
            tracing::error!("the runtime's observations ended; container exits go unseen until a restart");
        };
        stop.run_until_cancelled(forward).await;
    });
    seen
}

fn distribute(registry: &Registry, mut seen: mpsc::UnboundedReceiver<Observation>) {
    let (handles, stop) = (registry.handles.clone(), registry.stop.clone());
    registry.tasks.spawn(async move {
        let distribute = async {
            while let Some(observation) = seen.recv().await {
                registry::route(&handles, observation);
            }
        };
        stop.run_until_cancelled(distribute).await;
    });
}
