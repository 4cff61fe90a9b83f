//! The instance metadata service of one deployment: from its containers' questions to the answers about the group's
//! identities.

use futures::StreamExt as _;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Group;
use super::effects::{UNAVAILABLE_PAUSE, insist};
use crate::clock::SharedClock;
use crate::identities::{GroupIdentities, SharedIdentities, User};
use crate::platform::Platform;
use crate::runtime::{MetadataCall, MetadataCalls, RuntimeError, SandboxId, SharedRuntime};

/// The service of a deployment.
pub(super) struct MetadataService {
    runtime: SharedRuntime,
    clock: SharedClock,
    identities: SharedIdentities,
    who: GroupIdentities,
    sandbox: SandboxId,
}

impl MetadataService {
    /// The service of a group's deployment; `None` for a group without identities.
    pub(super) fn of(
        group: &Group,
        sandbox: &SandboxId,
        platform: &Platform,
        runtime: &SharedRuntime,
        clock: &SharedClock,
    ) -> Option<Self> {
        Some(Self {
            who: GroupIdentities::of(group, platform.surroundings.as_ref(), User::Containers)?,
            identities: platform.identities.clone(),
            runtime: runtime.clone(),
            clock: clock.clone(),
            sandbox: sandbox.clone(),
        })
    }

    /// Makes the service and answers from then on; it answers when this returns, unless the engine refuses, and then
    /// it is tried again in the background.
    pub(super) async fn start(self, tasks: &TaskTracker, stop: &CancellationToken) {
        let calls = self.open().await.ok();
        let stop = stop.clone();
        tasks.spawn(async move { stop.run_until_cancelled(self.run(calls)).await });
    }

    async fn open(&self) -> Result<MetadataCalls, RuntimeError> {
        let opened = insist(&self.clock, || self.runtime.metadata(&self.sandbox)).await;
        opened.inspect_err(|error| {
            if !matches!(error, RuntimeError::Gone(_)) {
                tracing::warn!(sandbox = self.sandbox.0, %error, "A deployment has no metadata service");
            }
        })
    }

    /// Answers until the deployment is gone.
    async fn run(self, mut calls: Option<MetadataCalls>) {
        loop {
            if let Some(mut calls) = calls.take() {
                while let Some(MetadataCall { request, answer }) = calls.next().await {
                    // A client that has left needs no answer.
                    let _gone = answer.send(self.identities.answer(&self.who, request).await);
                }
            }
            calls = match self.open().await {
                Ok(calls) => Some(calls),
                Err(RuntimeError::Gone(_)) => return,
                Err(_) => {
                    self.clock.sleep_until(self.clock.now() + UNAVAILABLE_PAUSE).await;
                    None
                }
            };
        }
    }
}
