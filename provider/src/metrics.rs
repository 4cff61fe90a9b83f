//! The provider's own metrics: how it fares with ARM, and what it looks after.
//!
//! One registry is made at start and handed down; nothing is global.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::Pod;
use kube::runtime::reflector::Store;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

/// Every name begins with it.
const PREFIX: &str = "aci_provider";
/// The phases of pods, all of which are always told.
const PHASES: [&str; 5] = ["Pending", "Running", "Succeeded", "Failed", "Unknown"];

/// How calls to ARM went; clones count together.
#[derive(Clone, Debug)]
pub struct ArmMetrics {
    calls: Family<Call, Counter>,
    durations: Family<Method, Histogram>,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Call {
    method: String,
    status: String,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Method {
    method: String,
}

/// Counts the node's pods when somebody asks.
struct Pods(Store<Pod>);

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Phase {
    phase: &'static str,
}

impl Default for ArmMetrics {
    fn default() -> Self {
        // From 10 ms, faster than which is not even the emulator over TLS, to 40 s, beyond the time limit.
        let histogram = || Histogram::new(exponential_buckets(0.01, 2.0, 13));
        Self { calls: Family::default(), durations: Family::new_with_constructor(histogram) }
    }
}

impl ArmMetrics {
    /// Counts a call; `status` is `None` where there was no answer.
    pub fn called(&self, method: &http::Method, status: Option<u16>, took: Duration) {
        let method = method.to_string();
        let status = status.map_or_else(|| "none".to_owned(), |status| status.to_string());
        self.durations.get_or_create(&Method { method: method.clone() }).observe(took.as_secs_f64());
        self.calls.get_or_create(&Call { method, status }).inc();
    }
}

/// The registry of everything.
pub fn registry(arm: &ArmMetrics, pods: Store<Pod>) -> Arc<Registry> {
    let mut registry = Registry::with_prefix(PREFIX);
    let version = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
    registry.register("build", "The provider's version", version);
    registry.register("arm_calls", "Calls to Azure Resource Manager by status", arm.calls.clone());
    registry.register_with_unit(
        "arm_call_duration",
        "How long calls to Azure Resource Manager took",
        Unit::Seconds,
        arm.durations.clone(),
    );
    registry.register_collector(Box::new(Pods(pods)));
    Arc::new(registry)
}

impl std::fmt::Debug for Pods {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Pods").finish_non_exhaustive()
    }
}

impl Collector for Pods {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let pods = self.0.state();
        let help = "Pods bound to the node by phase";
        let mut family = encoder.encode_descriptor("pods", help, None, MetricType::Gauge)?;
        for phase in PHASES {
            let phase_of =
                |pod: &Pod| pod.status.as_ref().and_then(|status| status.phase.as_deref()) == Some(phase);
            let count = pods.iter().filter(|pod| phase_of(pod)).count();
            let gauge = ConstGauge::new(i64::try_from(count).unwrap_or(i64::MAX));
            gauge.encode(family.encode_family(&Phase { phase })?)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use kube::runtime::reflector;
    use kube::runtime::watcher::Event;
    use prometheus_client::encoding::text::encode;
    use serde_json::json;

    use super::*;

    #[test]
    fn calls_and_pods_are_told_in_the_form_that_prometheus_reads() {
        let (store, mut writer) = reflector::store::<Pod>();
        let pod = json!({ "metadata": { "name": "web", "namespace": "default" }, "status": { "phase": "Running" } });
        writer.apply_watcher_event(&Event::Apply(serde_json::from_value(pod).unwrap()));
        let arm = ArmMetrics::default();
        let registry = registry(&arm, store);
        arm.called(&http::Method::GET, Some(200), Duration::from_millis(15));
        arm.called(&http::Method::GET, Some(200), Duration::from_millis(15));
        arm.called(&http::Method::PUT, None, Duration::from_secs(30));
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        for line in [
            r#"aci_provider_arm_calls_total{method="GET",status="200"} 2"#,
            r#"aci_provider_arm_calls_total{method="PUT",status="none"} 1"#,
            r#"aci_provider_arm_call_duration_seconds_bucket{le="0.02",method="GET"} 2"#,
            r#"aci_provider_pods{phase="Running"} 1"#,
            r#"aci_provider_pods{phase="Failed"} 0"#,
        ] {
            assert!(text.lines().any(|known| known == line), "{line} is not in\n{text}");
        }
    }
}
