//! The delivery of what containers write, and of what happens to them, to the group's Log Analytics workspace.

use std::collections::HashMap;

use futures::StreamExt as _;
use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use super::effects::insist;
use super::{ContainerStatus, EventRecord, Group, GroupStatus, plan};
use crate::clock::SharedClock;
use crate::log_analytics::LogAnalytics;
use crate::log_analytics::record::{Origin, Record, diagnostics};
use crate::platform::Platform;
use crate::runtime::{LogLine, RuntimeError, SandboxId, SharedRuntime};

/// How many lines are written at once, at most.
const BATCH: usize = 256;

/// How long the last lines of a container may take to come before it is removed all the same.
const PATIENCE: SignedDuration = SignedDuration::from_secs(5);

/// The deliveries of a group by deployment and container: each with the end of its latest one.
#[derive(Default)]
pub(crate) struct Deliveries(HashMap<(SandboxId, String), CancellationToken>);

/// A container's lines on their way to a workspace.
pub(super) struct Delivery {
    runtime: SharedRuntime,
    clock: SharedClock,
    workspaces: LogAnalytics,
    origin: Origin,
    sandbox: SandboxId,
    container: String,
    ended: CancellationToken,
}

/// A delivery that may have begun, and that must end before its container is removed.
pub(super) struct Ending {
    ended: CancellationToken,
    /// The container.
    pub(super) container: String,
}

impl Deliveries {
    /// Plans the delivery of an attempt's lines; `None` for a group without a workspace, or whose key is not the
    /// workspace's.
    pub(super) fn begin(
        &mut self,
        group: &Group,
        platform: &Platform,
        (runtime, clock): (&SharedRuntime, &SharedClock),
        (sandbox, container, attempt): (&SandboxId, &str, u32),
    ) -> Option<Delivery> {
        let origin = origin(group, platform, sandbox, container, attempt)?;
        let ended = CancellationToken::new();
        self.0.insert((sandbox.clone(), container.to_owned()), ended.clone());
        Some(Delivery {
            runtime: runtime.clone(),
            clock: clock.clone(),
            workspaces: platform.workspaces.clone(),
            origin,
            sandbox: sandbox.clone(),
            container: container.to_owned(),
            ended,
        })
    }

    /// What must end before the container is replaced.
    pub(super) fn of_container(&mut self, sandbox: &SandboxId, container: &str) -> Option<Ending> {
        let ended = self.0.remove(&(sandbox.clone(), container.to_owned()))?;
        Some(Ending { ended, container: container.to_owned() })
    }

    /// What must end before the deployment is removed.
    pub(super) fn of_sandbox(&mut self, sandbox: &SandboxId) -> Vec<Ending> {
        let its: Vec<_> = self.0.extract_if(|(other, _), _| other == sandbox).collect();
        its.into_iter().map(|((_, container), ended)| Ending { ended, container }).collect()
    }
}

impl Ending {
    /// Whether it has ended.
    pub(super) fn is_over(&self) -> bool {
        self.ended.is_cancelled()
    }

    /// Ends with the delivery, or when it has taken too long.
    pub(super) async fn wait(self, clock: &SharedClock) {
        tokio::select! {
            () = self.ended.cancelled() => {}
            () = clock.sleep_until(clock.now() + PATIENCE) => {
                tracing::warn!(container = self.container, "The last lines of a container are not delivered");
            }
        }
    }
}

/// However it ends, and also when it never began.
impl Drop for Delivery {
    fn drop(&mut self) {
        self.ended.cancel();
    }
}

impl Delivery {
    /// Delivers what is new until the attempt has ended.
    pub(super) async fn run(self) {
        if let Err(error) = self.deliver().await {
            let Self { sandbox, container, .. } = &self;
            tracing::warn!(sandbox = sandbox.0, container, %error, "Lines of a container are not delivered");
        }
    }

    async fn deliver(&self) -> Result<(), RuntimeError> {
        let refused = |error: std::io::Error| RuntimeError::Refused(error.to_string());
        let (workspaces, origin) = (self.workspaces.clone(), self.origin.clone());
        let cursor = blocking(move || workspaces.cursor(&origin.workspace, origin.container_id())).await;
        let mut cursor = cursor.map_err(refused)?;
        let follow = || self.runtime.follow(&self.sandbox, &self.container, cursor.since());
        let lines = match insist(&self.clock, follow).await {
            Err(RuntimeError::Gone(_)) => return Ok(()),
            other => other?,
        };
        let mut batches = lines.ready_chunks(BATCH);
        while let Some(batch) = batches.next().await {
            let mut records = Vec::new();
            for line in batch {
                let LogLine { at, is_error, text } = line?;
                if cursor.is_new(at) {
                    records.push(self.origin.sign(Record::log(at, is_error, text)));
                }
            }
            let (workspaces, workspace) = (self.workspaces.clone(), self.origin.workspace.clone());
            blocking(move || workspaces.append(&workspace, &records)).await.map_err(refused)?;
        }
        Ok(())
    }
}

fn origin(
    group: &Group,
    platform: &Platform,
    sandbox: &SandboxId,
    container: &str,
    attempt: u32,
) -> Option<Origin> {
    let workspace = diagnostics(group)?;
    let id = workspace.workspace_id.as_deref()?;
    let key = workspace.workspace_key.clone().unwrap_or_else(|| aci_model::Secret::new(""));
    if !platform.surroundings.takes_records(id, &key) {
        return None;
    }
    let image = plan::image(group, container).unwrap_or_default();
    Origin::of(group, container, &image, sandbox, attempt)
}

/// Delivers what has happened to a group's containers since an earlier status. Called after the step is stored, so
/// that an event is never told twice; one that a kill cuts off is not told.
pub(super) async fn deliver_events(group: &Group, before: &GroupStatus, platform: &Platform) {
    if diagnostics(group).is_none() {
        return;
    }
    let Some(sandbox) = group.status.sandbox.as_ref().or(before.sandbox.as_ref()) else { return };
    let statuses = |status: &GroupStatus| -> Vec<ContainerStatus> {
        status.init_containers.iter().chain(&status.containers).cloned().collect()
    };
    let earlier = statuses(before);
    for status in statuses(&group.status) {
        let known =
            earlier.iter().find(|other| other.name == status.name).map(|other| other.events.as_slice());
        let new: Vec<Record> = new_events(known.unwrap_or_default(), &status.events);
        if new.is_empty() {
            continue;
        }
        let Some(origin) = origin(group, platform, sandbox, &status.name, status.attempt) else { return };
        let records: Vec<Record> = new.into_iter().map(|record| origin.sign(record)).collect();
        let workspaces = platform.workspaces.clone();
        if let Err(error) = blocking(move || workspaces.append(&origin.workspace, &records)).await {
            tracing::warn!(group = %group.id, %error, "Events of a container are not delivered");
        }
    }
}

/// The events that were not there, or not as often.
fn new_events(before: &[EventRecord], after: &[EventRecord]) -> Vec<Record> {
    let is_known = |event: &EventRecord| {
        let same = |other: &&EventRecord| other.name == event.name && other.message == event.message;
        before.iter().find(same).is_some_and(|other| other.count >= event.count && other.last >= event.last)
    };
    after.iter().filter(|event| !is_known(event)).map(Record::event).collect()
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> std::io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|panic| Err(std::io::Error::other(panic)))
}
