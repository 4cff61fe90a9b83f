//! What pods use, as metrics-server, Prometheus and people read it.

use std::sync::Mutex;

use aci_provider::arm::metrics::Usage;
use aci_provider::arm::{ArmError, ContainerMetrics};
use aci_provider::naming::group_name;
use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::Value;

use super::*;

/// Azure Monitor: usages by pod, and how often it was asked.
#[derive(Default)]
pub(super) struct Monitor(Mutex<Known>);

#[derive(Default)]
struct Known {
    usages: BTreeMap<String, BTreeMap<String, Usage>>,
    asked: usize,
}

impl Monitor {
    fn knowing(pods: &[(&str, &str, f64, f64)]) -> Arc<Self> {
        let monitor = Self::default();
        for (uid, container, millicores, memory) in pods {
            let usage = Usage { millicores: Some(*millicores), memory: Some(*memory) };
            let group = group_name("default", uid, uid);
            let mut known = monitor.0.lock().unwrap();
            known.usages.entry(group).or_default().insert((*container).to_owned(), usage);
        }
        Arc::new(monitor)
    }
}

#[async_trait]
impl ContainerMetrics for Monitor {
    async fn usage(&self, group: &str, _: Timestamp) -> Result<BTreeMap<String, Usage>, ArmError> {
        let mut known = self.0.lock().unwrap();
        known.asked += 1;
        known.usages.get(group).cloned().ok_or_else(|| ArmError::Transport("no such metrics".to_owned()))
    }
}

/// A running pod whose name is its UID.
fn running(name: &str, containers: &[&str]) -> Pod {
    let statuses: Vec<_> = containers
        .iter()
        .map(|container| {
            json!({ "name": container, "image": "i", "imageID": "", "ready": true, "restartCount": 0,
                    "state": { "running": { "startedAt": "2026-01-01T00:00:00Z" } } })
        })
        .collect();
    serde_json::from_value(json!({
        "metadata": { "namespace": "default", "name": name, "uid": name, "creationTimestamp": "2025-12-31T23:59:00Z" },
        "spec": { "containers": [] },
        "status": { "phase": "Running", "containerStatuses": statuses },
    }))
    .unwrap()
}

async fn kubelet(monitor: &Arc<Monitor>) -> Kubelet {
    Kubelet::serve(Setup {
        pod: running("a", &["app", "side"]),
        more: vec![running("b", &["app"]), running("c", &["app"])],
        monitor: Arc::clone(monitor),
        ..Setup::default()
    })
    .await
}

#[tokio::test]
async fn the_summary_tells_pods_and_containers_and_one_bad_pod_spoils_nothing() {
    let monitor = Monitor::knowing(&[
        ("a", "app", 250.0, 1e6),
        ("a", "side", 0.5, 2e6),
        ("a", "unknown", 1.0, 1.0),
        ("b", "app", 1000.0, 3e6),
    ]);
    let kubelet = kubelet(&monitor).await;
    let (status, text) = kubelet.ask("/stats/summary").await;
    let summary: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((status, &summary["node"]["nodeName"]), (200, &json!("n")));
    assert_eq!(summary["node"]["cpu"]["usageNanoCores"], 1_250_500_000);
    assert_eq!(summary["node"]["memory"]["workingSetBytes"], 6_000_000);
    let mut pods = summary["pods"].as_array().unwrap().clone();
    pods.sort_by_key(|pod| pod["podRef"]["name"].to_string());
    assert_eq!(pods.len(), 2, "c fails and is left out");
    assert_eq!(pods[0]["podRef"], json!({ "name": "a", "namespace": "default", "uid": "a" }));
    assert_eq!(pods[0]["startTime"], "2025-12-31T23:59:00Z");
    let containers = pods[0]["containers"].as_array().unwrap();
    assert_eq!(containers.len(), 2, "what the pod has no container for is left out");
    assert_eq!(containers[0]["name"], "app");
    assert_eq!(containers[0]["startTime"], "2026-01-01T00:00:00Z");
    assert_eq!(containers[0]["cpu"]["usageNanoCores"], 250_000_000);
    assert!(containers[0]["cpu"]["usageCoreNanoSeconds"].as_u64().unwrap() > 0);
    assert_eq!(containers[0]["memory"]["workingSetBytes"], 1_000_000);
}

#[tokio::test]
async fn resource_metrics_have_the_kubelet_s_families() {
    let monitor =
        Monitor::knowing(&[("a", "app", 250.0, 1e6), ("a", "side", 0.5, 2e6), ("b", "app", 1e3, 3e6)]);
    let kubelet = kubelet(&monitor).await;
    let response = kubelet.get(None, "/metrics/resource").await.unwrap();
    let form = response.headers()["content-type"].to_str().unwrap().to_owned();
    assert!(form.starts_with("application/openmetrics-text"), "{form}");
    let text = response.text().await.unwrap();
    for line in [
        r#"container_memory_working_set_bytes{container="app",namespace="default",pod="a"} 1000000.0"#,
        r#"container_start_time_seconds{container="app",namespace="default",pod="b"} 1767225600.0"#,
        r#"pod_memory_working_set_bytes{namespace="default",pod="a"} 3000000.0"#,
        "node_memory_working_set_bytes 6000000.0",
        "scrape_error 1",
    ] {
        assert!(text.lines().any(|known| known == line), "{line} is not in\n{text}");
    }
    for name in [
        "container_cpu_usage_seconds_total{",
        "pod_cpu_usage_seconds_total{",
        "node_cpu_usage_seconds_total ",
    ] {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap();
        assert!(line.rsplit(' ').next().unwrap().parse::<f64>().unwrap() > 0.0, "{line}");
    }
    let (_, cadvisor) = kubelet.ask("/metrics/cadvisor").await;
    assert!(cadvisor.contains("container_memory_working_set_bytes{"), "{cadvisor}");
}

#[tokio::test]
async fn azure_monitor_is_asked_once_a_minute_however_many_ask() {
    let monitor = Monitor::knowing(&[("a", "app", 250.0, 1e6)]);
    let kubelet = kubelet(&monitor).await;
    for path in ["/stats/summary", "/metrics/resource", "/metrics/cadvisor", "/stats/summary/"] {
        assert_eq!(kubelet.ask(path).await.0, 200);
    }
    assert_eq!(monitor.0.lock().unwrap().asked, 3, "once for each pod");
}

#[tokio::test]
async fn the_provider_s_own_metrics_and_settings_are_told() {
    let kubelet = kubelet(&Monitor::knowing(&[])).await;
    let (status, text) = kubelet.ask("/metrics").await;
    assert_eq!(status, 200);
    assert!(text.contains("aci_provider_pods{phase=\"Running\"} 3"), "{text}");
    let (_, text) = kubelet.ask("/configz").await;
    let config: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(config["kubeletconfig"]["authentication"]["webhook"]["cacheTTL"], "120s");
    assert_eq!(config["kubeletconfig"]["streamingConnectionIdleTimeout"], "14400s");
}
