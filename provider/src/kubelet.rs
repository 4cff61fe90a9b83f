//! The kubelet API: what the API server asks of a node, over TLS.
//!
//! Nobody is served without a verified client certificate, unless the operator says so: exec and logs of
//! every pod are behind this port.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::middleware;
use axum::response::Response;
use axum::routing::get;
use k8s_openapi::api::core::v1::Pod;
use kube::runtime::reflector::Store;
use prometheus_client::registry::Registry;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::arm::{SharedArm, SharedStreams};
use crate::clock::SharedClock;
use crate::profile::Profile;
use crate::random::SharedRandomness;

mod access;
mod activity;
mod attach;
mod channel;
mod client_ca;
mod configz;
mod connection;
mod exec;
mod issuance;
mod listener;
mod logs;
mod pods;
mod port_forward;
mod query;
mod remote;
mod resource_metrics;
mod server;
mod spdy;
mod stats;
mod target;
mod tls;
mod usage;

pub use access::{AccessAttributes, Gate, KubeReviews, Peer, ReviewError, ReviewTtls, Reviews, User};
pub use client_ca::{ClientCaError, cluster_client_ca};
pub use issuance::{Issuance, KUBELET_SERVING};
pub use server::{KubeletServer, ServerError};
pub use tls::{PemPair, TlsError, TrustedClients};
pub use usage::UsageBook;

/// What the kubelet API is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KubeletSettings {
    /// Where it listens; port 0 picks one.
    pub listen: SocketAddr,
    /// What it shows to clients.
    pub certificate: ServerCertificate,
    /// Whose certificates it believes.
    pub clients: ClientPolicy,
    /// How long the API server's word on clients holds; `None` to believe certificates alone, for everything.
    pub reviews: Option<ReviewTtls>,
}

/// The server's certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerCertificate {
    /// PEM files, read again when they change.
    Files {
        /// The chain, the server's own first.
        certificate: PathBuf,
        /// Its private key.
        key: PathBuf,
    },
    /// Made at start and kept in memory, until the cluster issues another; API servers do not verify kubelets
    /// unless told to.
    SelfMade {
        /// Host names and addresses.
        names: Vec<String>,
        /// The signer that is asked for another; `None` to ask none.
        signer: Option<String>,
    },
}

/// Whom the kubelet API serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientPolicy {
    /// Holders of a certificate of this CA; the file is read again when it changes.
    CaFile(PathBuf),
    /// Holders of a certificate of the cluster's client CA.
    ClusterCa,
    /// Anyone who can reach the port.
    Anyone,
}

/// What the handlers stand on.
#[derive(Clone)]
pub struct KubeletState {
    /// The pods bound to the node.
    pub pods: Store<Pod>,
    /// Their container groups.
    pub arm: SharedArm,
    /// The terminals and logs of their containers.
    pub streams: SharedStreams,
    /// What their containers use.
    pub usage: Arc<UsageBook>,
    /// The provider's own metrics.
    pub registry: Arc<Registry>,
    /// How it is set up.
    pub settings: Arc<KubeletSettings>,
    /// The time, for `sinceSeconds`.
    pub clock: SharedClock,
    /// How often a followed log is asked for.
    pub poll_interval: Duration,
    /// Tokens that nobody can guess.
    pub randomness: SharedRandomness,
    /// The node whose kubelet this is.
    pub node: NodeFacts,
    /// Ends followed logs, and what goes over streams.
    pub shutdown: CancellationToken,
    /// What goes over streams, so that its end can be waited for.
    pub sessions: TaskTracker,
}

/// What the kubelet API knows about its node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeFacts {
    /// Its name.
    pub name: String,
    /// The id of its cluster, as container groups are tagged with it.
    pub cluster_id: String,
    /// Whether its containers may have a `/bin/sh`: those of Linux.
    pub has_shells: bool,
    /// Whose limits hold.
    pub profile: Profile,
}

/// The routes; each request must carry a [`Peer`] as its connection info.
pub fn router(state: KubeletState, gate: Gate) -> Router {
    Router::new()
        // kubectl logs
        .route("/containerLogs/{namespace}/{pod}/{container}", get(logs::container_logs))
        // kubectl exec, attach, port-forward
        .route("/exec/{namespace}/{pod}/{container}", get(exec::exec).post(exec::exec))
        .route("/exec/{namespace}/{pod}/{uid}/{container}", get(exec::exec_of_uid).post(exec::exec_of_uid))
        .route("/attach/{namespace}/{pod}/{container}", get(attach::attach).post(attach::attach))
        .route(
            "/attach/{namespace}/{pod}/{uid}/{container}",
            get(attach::attach_of_uid).post(attach::attach_of_uid),
        )
        .route(
            "/portForward/{namespace}/{pod}",
            get(port_forward::port_forward).post(port_forward::port_forward),
        )
        .route(
            "/portForward/{namespace}/{pod}/{uid}",
            get(port_forward::port_forward).post(port_forward::port_forward),
        )
        // metrics-server
        .route("/stats/summary", get(stats::summary))
        .route("/stats/summary/", get(stats::summary))
        .route("/metrics/resource", get(resource_metrics::resource))
        .route("/metrics/resource/", get(resource_metrics::resource))
        // Prometheus
        .route("/metrics", get(own_metrics))
        .route("/metrics/", get(own_metrics))
        .route("/metrics/cadvisor", get(resource_metrics::cadvisor))
        // People and monitors
        .route("/pods", get(pods::pods))
        .route("/pods/", get(pods::pods))
        .route("/runningpods", get(pods::running_pods))
        .route("/runningpods/", get(pods::running_pods))
        .route("/healthz", get(async || "ok"))
        .route("/configz", get(configz::configz))
        .fallback(async || (StatusCode::NOT_FOUND, "404 request not found"))
        .layer(middleware::from_fn_with_state(Arc::new(gate), access::admit))
        .with_state(state)
}

async fn own_metrics(State(state): State<KubeletState>) -> Response {
    resource_metrics::text(&state.registry)
}
