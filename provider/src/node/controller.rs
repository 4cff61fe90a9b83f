//! Keeps the node registered, alive and honest: one beat every ten seconds.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Node;
use kube::Client;
use kube::api::{Api, DeleteParams, Patch, PatchParams, PostParams, Preconditions};
use thiserror::Error;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::lease::{NodeLease, Renewal};
use super::object::{self, node_object};
use super::readiness::{Health, Readiness};
use super::{NodeSettings, patch};
use crate::arm::{ArmError, SharedArm};
use crate::clock::SharedClock;

/// How often ARM is asked and the lease renewed: a quarter of the lease's life, as the kubelet does.
const BEAT: Duration = Duration::from_secs(10);
/// How old a reported status may grow while nothing changes.
const REPORT: Duration = Duration::from_secs(60);

/// Why the node cannot be kept.
#[derive(Debug, Error)]
pub enum NodeError {
    /// Taking over a machine's node would break the machine.
    #[error("node {0} exists and is not a virtual node: choose another --nodename, or delete that node")]
    Foreign(String),
}

/// Registers the node and keeps its lease and status.
pub struct NodeController {
    settings: NodeSettings,
    nodes: Api<Node>,
    lease: NodeLease,
    arm: SharedArm,
    clock: SharedClock,
    health: Health,
    readiness: watch::Sender<Readiness>,
    /// The node as the API server last showed it; `None` until registered, and when it vanished.
    node: Option<Node>,
    /// What was last reported, and when.
    reported: Option<(Readiness, Timestamp)>,
}

/// A beat that failed and is made up for by the next one.
#[derive(Debug, Error)]
enum BeatError {
    #[error(transparent)]
    Node(#[from] NodeError),
    #[error("failed to {0}: {1}")]
    Api(&'static str, #[source] Box<kube::Error>),
    #[error("the API server did not answer within {} s", BEAT.as_secs())]
    Silent,
}

// === impl NodeController ===

impl NodeController {
    /// A controller; nothing is asked of anybody yet.
    pub fn new(settings: NodeSettings, client: Client, arm: SharedArm, clock: SharedClock) -> Self {
        Self {
            nodes: Api::all(client.clone()),
            lease: NodeLease::new(client, &settings.name),
            settings,
            arm,
            clock,
            health: Health::new(),
            readiness: watch::Sender::new(Readiness::Starting),
            node: None,
            reported: None,
        }
    }

    /// What the API server was last told about the node.
    pub fn readiness(&self) -> watch::Receiver<Readiness> {
        self.readiness.subscribe()
    }

    /// Keeps the node until `shutdown`; then leaves node and lease as they are, unless it is to be deregistered.
    ///
    /// # Errors
    /// [`NodeError`]; whatever may pass by itself is logged and tried again.
    pub async fn run(mut self, shutdown: CancellationToken) -> Result<(), NodeError> {
        let mut beats = interval(BEAT);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = shutdown.cancelled() => break,
                _ = beats.tick() => {}
            }
            tokio::select! {
                () = shutdown.cancelled() => break,
                beaten = self.beat() => match beaten {
                    Ok(()) => {}
                    Err(BeatError::Node(fatal)) => return Err(fatal),
                    Err(passing) => {
                        // The node controller may have called us dead by now: the next beat reports anew.
                        self.reported = None;
                        warn!(node = self.settings.name, error = %passing, "node heartbeat failed");
                    }
                },
            }
        }
        self.leave().await;
        Ok(())
    }

    /// Deletes the node, if that is wanted; its lease goes with it, and its pods after it.
    async fn leave(&self) {
        let Some(node) = self.node.as_ref().filter(|_| self.settings.deregister) else { return };
        let preconditions = Preconditions { uid: node.metadata.uid.clone(), resource_version: None };
        let parameters = DeleteParams { preconditions: Some(preconditions), ..DeleteParams::default() };
        match timeout(BEAT, self.nodes.delete(&self.settings.name, &parameters)).await {
            Ok(Ok(_)) => info!(node = self.settings.name, "the node is deregistered"),
            Ok(Err(error)) => warn!(node = self.settings.name, %error, "the node cannot be deregistered"),
            Err(_) => warn!(node = self.settings.name, "the node cannot be deregistered: no answer in time"),
        }
    }

    /// Asks ARM and renews the lease side by side, so that a slow ARM never costs us the lease; then
    /// reports what changed.
    async fn beat(&mut self) -> Result<(), BeatError> {
        let arm = self.arm.clone();
        let ping = async {
            timeout(BEAT, arm.ping())
                .await
                .unwrap_or_else(|_| Err(ArmError::Transport(format!("nothing within {} s", BEAT.as_secs()))))
        };
        let (pinged, kept) = tokio::join!(ping, timeout(BEAT, self.keep()));
        let before = self.health.readiness().clone();
        self.health.observe(pinged);
        let after = self.health.readiness();
        if *after != before {
            info!(node = self.settings.name, readiness = ?after, "node readiness changed");
        }
        kept.map_err(|_| BeatError::Silent)??;
        timeout(BEAT, self.report()).await.map_err(|_| BeatError::Silent)?
    }

    async fn keep(&mut self) -> Result<(), BeatError> {
        let now = self.clock.now();
        let node = match self.node.take() {
            Some(node) => node,
            None => self.register(now).await?,
        };
        let renewal = self.lease.renew(&node, now).await;
        self.node = Some(node);
        // A lease goes with its node: one that had to be made anew may mean that the node is gone.
        if renewal.map_err(api("renew the lease"))? == Renewal::Made {
            self.reported = None;
        }
        Ok(())
    }

    /// Creates the node, or makes ours the one that is there.
    async fn register(&self, now: Timestamp) -> Result<Node, BeatError> {
        let name = &self.settings.name;
        let desired = node_object(&self.settings, now);
        let Some(existing) = self.nodes.get_opt(name).await.map_err(api("get the node"))? else {
            let created = self.nodes.create(&PostParams::default(), &desired).await;
            info!(node = name, "registering the node");
            return created.map_err(api("create the node"));
        };
        if !patch::is_virtual(&existing) {
            return Err(NodeError::Foreign(name.clone()).into());
        }
        match patch::adoption(&existing, &desired, &self.settings) {
            None => Ok(existing),
            Some(patch) => {
                info!(node = name, "adopting the node");
                let patch = Patch::Strategic(patch);
                let adopted = self.nodes.patch(name, &PatchParams::default(), &patch).await;
                adopted.map_err(api("patch the node"))
            }
        }
    }

    /// Reports the status where it changed or the last report is old.
    async fn report(&mut self) -> Result<(), BeatError> {
        let now = self.clock.now();
        let readiness = self.health.readiness().clone();
        let fresh = |at: &Timestamp| now.duration_since(*at).unsigned_abs() < REPORT;
        if self.reported.as_ref().is_some_and(|(said, at)| *said == readiness && fresh(at)) {
            return Ok(());
        }
        let conditions = self
            .node
            .as_ref()
            .and_then(|node| node.status.as_ref())
            .and_then(|status| status.conditions.as_deref());
        let status = object::status(&self.settings, &readiness, conditions.unwrap_or_default(), now);
        let patch = Patch::Strategic(patch::status(&status));
        match self.nodes.patch_status(&self.settings.name, &PatchParams::default(), &patch).await {
            Ok(node) => self.node = Some(node),
            Err(error) => {
                if matches!(&error, kube::Error::Api(status) if status.code == 404) {
                    self.node = None;
                }
                return Err(api("report the node's status")(error));
            }
        }
        self.readiness.send_replace(readiness.clone());
        self.reported = Some((readiness, now));
        Ok(())
    }
}

fn api(action: &'static str) -> impl FnOnce(kube::Error) -> BeatError {
    move |error| BeatError::Api(action, Box::new(error))
}

#[cfg(test)]
mod tests;
