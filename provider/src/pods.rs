//! The pods controller: pods bound to the node become container groups, and their state comes back.

use std::net::IpAddr;
use std::time::Duration;

use k8s_openapi::api::core::v1::Pod;
use kube::Client;
use kube::runtime::reflector::Store;
use thiserror::Error;
use tokio_util::sync::CancellationToken;

use crate::arm::SharedArm;
use crate::clock::SharedClock;
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
    /// How often a group at rest is looked at; one in transition is looked at every second or sooner.
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
    store: Store<Pod>,
}

impl PodsController {
    /// A controller; nothing is asked of anybody yet.
    pub fn new(_config: PodsConfig, _client: Client, _arm: SharedArm, _clock: SharedClock) -> Self {
        let (store, _writer) = kube::runtime::reflector::store();
        Self { store }
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
        shutdown.cancelled().await;
        Ok(())
    }
}

/// The id that tells this cluster from others: the UID of its namespace `kube-system`.
///
/// # Errors
/// The API server's; needs `get` on that namespace.
pub async fn cluster_id(client: &Client) -> Result<String, kube::Error> {
    let namespaces = kube::Api::<k8s_openapi::api::core::v1::Namespace>::all(client.clone());
    Ok(namespaces.get("kube-system").await?.metadata.uid.unwrap_or_default())
}
