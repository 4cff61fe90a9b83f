//! `/stats/summary`: what the node's pods use, as kubelets tell it to old metrics-servers and to people.
//!
//! The types are those of `k8s.io/kubelet/pkg/apis/stats/v1alpha1`, as far as there is something to say.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::Serialize;

use super::KubeletState;
use super::usage::{ContainerUsage, PodUsage};

/// The summary.
#[derive(Debug, Serialize)]
pub(super) struct Summary {
    node: NodeStats,
    pods: Vec<PodStats>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct NodeStats {
    node_name: String,
    cpu: CpuStats,
    memory: MemoryStats,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PodStats {
    pod_ref: PodReference,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_time: Option<Timestamp>,
    containers: Vec<ContainerStats>,
    cpu: CpuStats,
    memory: MemoryStats,
}

#[derive(Debug, Serialize)]
struct PodReference {
    name: String,
    namespace: String,
    uid: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ContainerStats {
    name: String,
    start_time: Timestamp,
    cpu: CpuStats,
    memory: MemoryStats,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CpuStats {
    time: Timestamp,
    usage_nano_cores: u64,
    usage_core_nano_seconds: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct MemoryStats {
    time: Timestamp,
    usage_bytes: u64,
    working_set_bytes: u64,
}

/// Serves the summary; pods of which nothing is known are left out.
pub(super) async fn summary(State(state): State<KubeletState>) -> Json<Summary> {
    let usage = state.usage.read(&state).await;
    let now = state.clock.now();
    let all = || usage.pods.iter().flat_map(|pod| &pod.containers);
    let node = NodeStats {
        node_name: state.node.name.clone(),
        cpu: CpuStats::of(all(), now),
        memory: MemoryStats::of(all(), now),
    };
    Json(Summary { node, pods: usage.pods.iter().map(|pod| PodStats::of(pod, now)).collect() })
}

impl PodStats {
    fn of(pod: &PodUsage, now: Timestamp) -> Self {
        let PodUsage { namespace, name, uid, created, containers } = pod.clone();
        Self {
            cpu: CpuStats::of(&containers, now),
            memory: MemoryStats::of(&containers, now),
            pod_ref: PodReference { name, namespace, uid },
            start_time: created,
            containers: containers
                .into_iter()
                .map(|container| ContainerStats {
                    cpu: CpuStats::of([&container], now),
                    memory: MemoryStats::of([&container], now),
                    name: container.name,
                    start_time: container.started,
                })
                .collect(),
        }
    }
}

impl CpuStats {
    fn of<'a>(containers: impl IntoIterator<Item = &'a ContainerUsage>, time: Timestamp) -> Self {
        let stats = Self { time, usage_nano_cores: 0, usage_core_nano_seconds: 0 };
        containers.into_iter().fold(stats, |stats, container| Self {
            usage_nano_cores: stats.usage_nano_cores.saturating_add(container.nano_cores),
            usage_core_nano_seconds: stats.usage_core_nano_seconds.saturating_add(container.core_nanos),
            ..stats
        })
    }
}

impl MemoryStats {
    /// Azure Monitor tells one figure for both.
    fn of<'a>(containers: impl IntoIterator<Item = &'a ContainerUsage>, time: Timestamp) -> Self {
        let bytes = containers.into_iter().fold(0u64, |sum, container| sum.saturating_add(container.memory));
        Self { time, usage_bytes: bytes, working_set_bytes: bytes }
    }
}
