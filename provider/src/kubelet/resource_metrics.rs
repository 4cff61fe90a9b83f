//! `/metrics/resource` and `/metrics/cadvisor`: what the node's pods use, as metrics-server and Prometheus read it.
//!
//! The families of the first are those of the kubelet's `collectors/resource_metrics.go`; of cAdvisor's hundreds
//! the second has those that dashboards of pods are made of and that are known here.

use std::fmt;
use std::sync::atomic::AtomicU64;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::KubeletState;
use super::usage::{ContainerUsage, NodeUsage, PodUsage};

/// The form in which metrics are written.
const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Seconds = Counter<f64, AtomicU64>;
type Amount = Gauge<f64, AtomicU64>;

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct OfContainer {
    container: String,
    namespace: String,
    pod: String,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct OfPod {
    namespace: String,
    pod: String,
}

/// Serves what metrics-server reads.
pub(super) async fn resource(State(state): State<KubeletState>) -> Response {
    let usage = state.usage.read(&state).await;
    let mut registry = Registry::default();
    of_node(&mut registry, &usage);
    of_containers(&mut registry, &usage);
    of_pods(&mut registry, &usage);
    let scrape_error: Gauge = Gauge::default();
    scrape_error.set(i64::from(usage.unknown > 0));
    registry.register(
        "scrape_error",
        "1 if there was an error while getting container metrics, 0 otherwise",
        scrape_error,
    );
    text(&registry)
}

/// Serves what dashboards read.
pub(super) async fn cadvisor(State(state): State<KubeletState>) -> Response {
    let usage = state.usage.read(&state).await;
    let mut registry = Registry::default();
    of_containers(&mut registry, &usage);
    text(&registry)
}

/// Metrics as an answer.
pub(super) fn text(registry: &Registry) -> Response {
    let mut text = String::new();
    match encode(&mut text, registry) {
        Ok(()) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
        Err(fmt::Error) => {
            (StatusCode::INTERNAL_SERVER_ERROR, "the metrics cannot be written").into_response()
        }
    }
}

fn of_node(registry: &mut Registry, usage: &NodeUsage) {
    let containers = || usage.pods.iter().flat_map(|pod| &pod.containers);
    let (cpu, memory) = (Seconds::default(), Amount::default());
    cpu.inc_by(containers().map(cpu_seconds).sum());
    memory.set(containers().map(bytes).sum());
    registry.register_with_unit(
        "node_cpu_usage",
        "Cumulative cpu time consumed by the node in core-seconds",
        Unit::Seconds,
        cpu,
    );
    let help = "Current working set of the node in bytes";
    registry.register_with_unit("node_memory_working_set", help, Unit::Bytes, memory);
}

fn of_containers(registry: &mut Registry, usage: &NodeUsage) {
    let cpu = Family::<OfContainer, Seconds>::default();
    let (memory, start) =
        (Family::<OfContainer, Amount>::default(), Family::<OfContainer, Amount>::default());
    for PodUsage { namespace, name, containers, .. } in &usage.pods {
        for container in containers {
            let labels = OfContainer {
                container: container.name.clone(),
                namespace: namespace.clone(),
                pod: name.clone(),
            };
            cpu.get_or_create(&labels).inc_by(cpu_seconds(container));
            memory.get_or_create(&labels).set(bytes(container));
            start.get_or_create(&labels).set(container.started.as_duration().as_secs_f64());
        }
    }
    registry.register_with_unit(
        "container_cpu_usage",
        "Cumulative cpu time consumed by the container in core-seconds",
        Unit::Seconds,
        cpu,
    );
    let help = "Current working set of the container in bytes";
    registry.register_with_unit("container_memory_working_set", help, Unit::Bytes, memory);
    let help = "Start time of the container since unix epoch in seconds";
    registry.register_with_unit("container_start_time", help, Unit::Seconds, start);
}

fn of_pods(registry: &mut Registry, usage: &NodeUsage) {
    let (cpu, memory) = (Family::<OfPod, Seconds>::default(), Family::<OfPod, Amount>::default());
    for PodUsage { namespace, name, containers, .. } in &usage.pods {
        let labels = OfPod { namespace: namespace.clone(), pod: name.clone() };
        cpu.get_or_create(&labels).inc_by(containers.iter().map(cpu_seconds).sum());
        memory.get_or_create(&labels).set(containers.iter().map(bytes).sum());
    }
    let help = "Cumulative cpu time consumed by the pod in core-seconds";
    registry.register_with_unit("pod_cpu_usage", help, Unit::Seconds, cpu);
    let help = "Current working set of the pod in bytes";
    registry.register_with_unit("pod_memory_working_set", help, Unit::Bytes, memory);
}

#[expect(clippy::cast_precision_loss, reason = "a float holds nanoseconds of weeks, and metrics are floats")]
fn cpu_seconds(container: &ContainerUsage) -> f64 {
    container.core_nanos as f64 / 1e9
}

#[expect(clippy::cast_precision_loss, reason = "a float holds all sizes of memory that there are")]
fn bytes(container: &ContainerUsage) -> f64 {
    container.memory as f64
}
