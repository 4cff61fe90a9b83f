//! The pods controller: pods bound to the node become container groups, and their state comes back.

use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use k8s_openapi::api::core::v1::{Namespace, Pod};
use kube::runtime::reflector::store::Writer;
use kube::runtime::reflector::{self, Store};
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Client};
use thiserror::Error;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

mod budget;
mod census;
mod collect;
pub mod events;
mod heralds;
mod inputs;
pub mod plan;
mod report;
mod roll;
mod supervisor;
mod worker;

use budget::Budget;
use census::Census;
use events::Events;
use heralds::Heralds;
use roll::Roll;
use supervisor::Supervisor;
use worker::Context;

use crate::arm::{SharedArm, SharedStreams};
use crate::clock::SharedClock;
use crate::images::SharedImages;
use crate::translate;

/// The poll interval at rest when `ACI_POLL_INTERVAL` says nothing, as of the Go provider.
pub const DEFAULT_POLL_INTERVAL: Duration = Duration::from_secs(5);

/// ARM calls under way at the same time, whatever the number of pods.
pub const DEFAULT_CONCURRENCY: usize = 16;

/// What the controller is told.
#[derive(Clone, Debug)]
pub struct PodsConfig {
    /// How pods are translated.
    pub translate: translate::Settings,
    /// What pods report as their host's address (`VKUBELET_POD_IP`).
    pub host_ip: Option<IpAddr>,
    /// How often a group at rest is looked at when the number of pods allows it; one in transition is looked at
    /// every second or sooner.
    pub poll_interval: Duration,
    /// How many ARM calls may be under way at the same time.
    pub concurrency: usize,
}

/// Why the controller ended before it was told to.
#[derive(Debug, Error)]
pub enum PodsError {
    /// The watch of pods ended, which it never should: it reconnects by itself.
    #[error("the watch of pods ended")]
    WatchEnded,
}

/// The controller; made first, so that its store of pods can be handed to the kubelet API, then run.
pub struct PodsController {
    context: Arc<Context>,
    store: Store<Pod>,
    writer: Writer<Pod>,
}

impl PodsController {
    /// A controller; nothing is asked of anybody yet.
    pub fn new(config: PodsConfig, client: Client, arm: SharedArm, clock: SharedClock) -> Self {
        let (store, writer) = reflector::store();
        let budget = Budget::new(config.concurrency, Arc::clone(&clock));
        let events = Events::new(client.clone(), config.translate.node_name.clone());
        let (census, roll, orphans) = (Census::new(), Roll::new(), Notify::new());
        let context = Context {
            config,
            client,
            arm,
            clock,
            budget,
            census,
            roll,
            orphans,
            events,
            images: None,
            heralds: None,
        };
        Self { context: Arc::new(context), store, writer }
    }

    /// The same with somebody who knows images; without, a pod with arguments alone waits for ever.
    #[must_use]
    pub fn with_images(mut self, images: SharedImages) -> Self {
        if let Some(context) = Arc::get_mut(&mut self.context) {
            context.images = Some(images);
        }
        self
    }

    /// The same with log streams that tell of the ends of containers, so many at most; without, changes at rest
    /// show as soon as looks in turn allow.
    #[must_use]
    pub fn with_streams(mut self, streams: SharedStreams, most: usize) -> Self {
        if let Some(context) = Arc::get_mut(&mut self.context) {
            context.heralds = Some(Heralds::new(streams, most));
        }
        self
    }

    /// The pods bound to the node, kept up to date while the controller runs.
    pub fn pods(&self) -> Store<Pod> {
        self.store.clone()
    }

    /// Serves the pods until `shutdown`; running groups are left as they are.
    ///
    /// # Errors
    /// [`PodsError`]; everything that concerns single pods is retried or told to their owners instead.
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), PodsError> {
        let Self { context, store, writer } = self;
        let bound = format!("spec.nodeName={}", context.config.translate.node_name);
        let watch =
            watcher(Api::<Pod>::all(context.client.clone()), watcher::Config::default().fields(&bound));
        let mut events = pin!(reflector::reflector(writer, watch).default_backoff());
        let collector = tokio::spawn(
            shutdown.clone().run_until_cancelled_owned(collect::run(Arc::clone(&context), store.clone())),
        );
        let lists = tokio::spawn(shutdown.clone().run_until_cancelled_owned(roll::run(Arc::clone(&context))));
        let mut supervisor = Supervisor::new(context, store, shutdown.clone());
        let result = loop {
            tokio::select! {
                () = shutdown.cancelled() => break Ok(()),
                event = events.next() => match event {
                    Some(Ok(event)) => supervisor.handle(event),
                    Some(Err(error)) => tracing::warn!(%error, "the watch of pods is interrupted"),
                    None => break Err(PodsError::WatchEnded),
                },
                ended = supervisor.ended() => supervisor.forget(ended),
            }
        };
        shutdown.cancel();
        supervisor.drain().await;
        collector.await.ok();
        lists.await.ok();
        result
    }
}

/// The id that tells this cluster from others: the UID of its namespace `kube-system`.
///
/// # Errors
/// The API server's; needs `get` on that namespace.
pub async fn cluster_id(client: &Client) -> Result<String, kube::Error> {
    let namespace = Api::<Namespace>::all(client.clone()).get("kube-system").await?;
    Ok(namespace.metadata.uid.unwrap_or_default())
}
