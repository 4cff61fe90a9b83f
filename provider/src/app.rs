//! Puts the parts together and runs them until one fails or a signal comes.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aci_model::group::OsType;
use anyhow::{Context as _, bail};
use kube::Client;
use kube::config::{KubeConfigOptions, Kubeconfig};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{info, warn};

use crate::arm::discovery::discover;
use crate::arm::{ArmSettings, HttpArm, SharedArm};
use crate::clock::{SharedClock, SystemClock};
use crate::config::{NetworkSettings, Settings};
use crate::images::{Emulator, KnownImages, Registry, SharedImages};
use crate::kubelet::{KubeletState, NodeFacts, UsageBook};
use crate::node::{FromQuota, NodeController, NodeSettings, OperatingSystem, Readiness};
use crate::pods::{self, PodsConfig, PodsController};
use crate::profile::Profile;
use crate::random::SystemRandomness;
use crate::{limits, metrics, shutdown, telemetry, translate};

mod kubelet_api;

use kubelet_api::KubeletApi;

/// How long what is under way may take once the end is asked for: within the 30 s that Kubernetes grants.
const DRAIN: Duration = Duration::from_secs(20);

/// How long the node waits for its capacity.
const QUOTA: Duration = Duration::from_secs(10);
/// Log streams have this part of all open files: the rest is for calls, the kubelet API and its sessions.
const STREAMS_SHARE: usize = 4;

/// Runs the provider until SIGTERM or SIGINT.
///
/// # Errors
/// When a part cannot start or fails for good; node, lease and container groups stay as they are.
pub async fn run(settings: Settings) -> anyhow::Result<()> {
    let Settings {
        arm,
        region,
        mut node,
        kubelet,
        network,
        profile,
        log_analytics,
        concurrency,
        poll_interval,
        cluster_id,
        startup_timeout,
        kubeconfig,
        log,
        warnings,
    } = settings;
    telemetry::init(log)?;
    for warning in warnings {
        warn!("{warning}");
    }
    // A second one is refused, and then rustls has one anyway.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let ending = CancellationToken::new();
    shutdown::on_signal(ending.clone()).context("failed to listen for signals")?;

    let clock: SharedClock = Arc::new(SystemClock);
    let arm = discover(arm).await.context("the cloud of ACI_CLOUD_METADATA cannot be used")?;
    let endpoint = arm.endpoint.clone();
    let images = known_images(&arm, node.os, clock.clone())?;
    let http = Arc::new(HttpArm::new(arm, clock.clone()).context("ACI_ARM_ENDPOINT cannot be used")?);
    apply_quota(&mut node, &http, &region).await;
    let arm: SharedArm = http.clone();
    let client = client(kubeconfig.as_deref()).await?;
    let api = KubeletApi::bind(&kubelet, &node.name, &client, &clock).await?;
    node.kubelet_port = api.address().port();
    let cluster_id = match cluster_id {
        Some(id) => id,
        None => pods::cluster_id(&client).await.context(
            "failed to read the namespace kube-system, whose UID names the cluster: allow it, or set ACI_CLUSTER_ID",
        )?,
    };
    info!(node = node.name, arm = %endpoint, region, cluster_id, version = env!("CARGO_PKG_VERSION"), "starting");

    let facts = facts(&node, &cluster_id, profile);
    let config = PodsConfig {
        translate: translate::Settings {
            log_analytics,
            ..translation(&node, region, cluster_id, network, profile)
        },
        host_ip: node.internal_ip,
        poll_interval,
        concurrency,
    };
    let pods = PodsController::new(config, client.clone(), arm.clone(), clock.clone())
        .with_images(images)
        .with_streams(http.clone(), limits::raise_open_files() / STREAMS_SHARE);
    let state = KubeletState {
        pods: pods.pods(),
        arm: arm.clone(),
        streams: http.clone(),
        usage: Arc::new(UsageBook::new(http.clone(), clock.clone())),
        registry: metrics::registry(http.metrics(), pods.pods()),
        settings: Arc::new(kubelet),
        clock: clock.clone(),
        poll_interval,
        randomness: Arc::new(SystemRandomness),
        node: facts,
        shutdown: ending.clone(),
        sessions: TaskTracker::new(),
    };
    let node = NodeController::new(node, client, arm, clock);
    let readiness = node.readiness();

    let mut parts: JoinSet<anyhow::Result<()>> = JoinSet::new();
    parts.spawn(api.serve(state));
    let token = ending.clone();
    parts.spawn(async move { Ok(pods.run(token).await?) });
    let token = ending.clone();
    parts.spawn(async move { Ok(node.run(token).await?) });
    let token = ending.clone();
    parts.spawn(async move { ready_in_time(readiness, startup_timeout, token).await });
    join(parts, ending).await
}

/// Gives the node the capacity that the subscription has, as far as nobody said another.
async fn apply_quota(node: &mut NodeSettings, arm: &HttpArm, region: &str) {
    if node.from_quota == FromQuota::default() {
        return;
    }
    match timeout(QUOTA, arm.quota(region)).await {
        Ok(Ok(quota)) => node.apply_quota(&quota),
        Ok(Err(error)) => warn!(%error, "the quota is not known: the node's capacity is the default"),
        Err(_) => warn!("the quota is not known in time: the node's capacity is the default"),
    }
}

/// Waits for all parts; the first that fails ends the others, and all have [`DRAIN`] to end.
async fn join(mut parts: JoinSet<anyhow::Result<()>>, ending: CancellationToken) -> anyhow::Result<()> {
    let mut outcome = Ok(());
    while !ending.is_cancelled() {
        tokio::select! {
            () = ending.cancelled() => {}
            Some(ended) = parts.join_next() => {
                if let Err(error) = ended.map_err(Into::into).flatten() {
                    outcome = Err(error);
                    ending.cancel();
                }
            }
            else => return outcome,
        }
    }
    let drained = timeout(DRAIN, async {
        while let Some(ended) = parts.join_next().await {
            if let (Err(error), true) = (ended.map_err(Into::into).flatten(), outcome.is_ok()) {
                outcome = Err(error);
            }
        }
    });
    if drained.await.is_err() {
        warn!("{} parts did not end within {} s and were cut off", parts.len(), DRAIN.as_secs());
    }
    outcome
}

async fn ready_in_time(
    mut readiness: watch::Receiver<Readiness>,
    limit: Option<Duration>,
    ending: CancellationToken,
) -> anyhow::Result<()> {
    let ready = async {
        tokio::select! {
            () = ending.cancelled() => {}
            _ = readiness.wait_for(|readiness| *readiness == Readiness::Ready) => info!("the node is Ready"),
        }
    };
    let Some(limit) = limit else {
        ready.await;
        return Ok(());
    };
    if timeout(limit, ready).await.is_err() {
        // Until the API server took a report, the node's log lines say what is in the way.
        let why = match &*readiness.borrow() {
            Readiness::Starting => {
                "the API server has not taken its status; see the warnings above".to_owned()
            }
            told => told.message().to_owned(),
        };
        bail!("the node is not Ready after --startup-timeout={limit:?}: {why}");
    }
    Ok(())
}

async fn client(kubeconfig: Option<&Path>) -> anyhow::Result<Client> {
    const REMEDY: &str = "no usable cluster configuration: set KUBECONFIG or --kubeconfig, or run in a pod with a service account";
    let config = match kubeconfig {
        Some(path) => {
            let file = Kubeconfig::read_from(path).context(REMEDY)?;
            kube::Config::from_custom_kubeconfig(file, &KubeConfigOptions::default()).await.context(REMEDY)?
        }
        None => kube::Config::infer().await.context(REMEDY)?,
    };
    Ok(Client::try_from(config)?)
}

fn known_images(arm: &ArmSettings, os: OperatingSystem, clock: SharedClock) -> anyhow::Result<SharedImages> {
    let os = match os {
        OperatingSystem::Linux => "linux",
        OperatingSystem::Windows => "windows",
    };
    let emulator = Emulator::behind(arm).context("ACI_ARM_ENDPOINT cannot be used")?;
    Ok(Arc::new(KnownImages::new(emulator, Registry::new(os)?, clock)))
}

fn facts(node: &NodeSettings, cluster_id: &str, profile: Profile) -> NodeFacts {
    NodeFacts {
        name: node.name.clone(),
        cluster_id: cluster_id.to_owned(),
        has_shells: node.os == OperatingSystem::Linux,
        profile,
    }
}

fn translation(
    node: &NodeSettings,
    region: String,
    cluster_id: String,
    network: NetworkSettings,
    profile: Profile,
) -> translate::Settings {
    translate::Settings {
        node_name: node.name.clone(),
        host_ip: node.internal_ip,
        cluster_id,
        location: region,
        os_type: match node.os {
            OperatingSystem::Linux => OsType::Linux,
            OperatingSystem::Windows => OsType::Windows,
        },
        subnet: network.subnet,
        kube_dns_ip: network.kube_dns_ip.map(|ip| ip.to_string()),
        cluster_domain: network.cluster_domain,
        profile,
        master: network.master,
        log_analytics: None,
    }
}
