//! What containers use, from Azure Monitor.
//!
//! ACI itself tells nothing of it. Azure Monitor keeps `CpuUsage` (millicores over all cores) and `MemoryUsage`
//! (bytes) of each container, a value a minute, some minutes late (DOC: supported metrics of
//! Microsoft.ContainerInstance/containerGroups; dimension `containerName`).

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::ArmError;
use super::client::HttpArm;

/// The api-version of metrics, stable in every cloud.
const API_VERSION: &str = "2018-01-01";
/// How far back is asked for: values come up to some minutes late.
const WINDOW: SignedDuration = SignedDuration::from_mins(6);
const CPU: &str = "CpuUsage";
const MEMORY: &str = "MemoryUsage";
/// The dimension, as answers spell it or not: case does not count.
const CONTAINER: &str = "containerName";

/// What one container uses.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    /// In thousandths of a core, over the newest minute that is known.
    pub millicores: Option<f64>,
    /// In bytes.
    pub memory: Option<f64>,
}

/// What the containers of groups use.
#[async_trait]
pub trait ContainerMetrics: Send + Sync + 'static {
    /// The newest that is known of each container of a group; those of which nothing is known are left out.
    async fn usage(&self, group: &str, now: Timestamp) -> Result<BTreeMap<String, Usage>, ArmError>;
}

/// The metrics as they are handed around.
pub type SharedMetrics = Arc<dyn ContainerMetrics>;

#[async_trait]
impl ContainerMetrics for HttpArm {
    async fn usage(&self, group: &str, now: Timestamp) -> Result<BTreeMap<String, Usage>, ArmError> {
        let mut url = self.groups(&[group, "providers", "Microsoft.Insights", "metrics"]);
        let from = now.checked_sub(WINDOW).unwrap_or(now);
        url.query_pairs_mut()
            .clear()
            .append_pair("api-version", API_VERSION)
            .append_pair("metricnames", &format!("{CPU},{MEMORY}"))
            .append_pair("aggregation", "Average")
            .append_pair("interval", "PT1M")
            .append_pair("timespan", &format!("{}/{}", seconds(from), seconds(now)))
            .append_pair("$filter", &format!("{CONTAINER} eq '*'"));
        Ok(newest(self.read::<Metrics>(&url).await?))
    }
}

/// A time as Azure Monitor takes it.
fn seconds(time: Timestamp) -> impl std::fmt::Display {
    time.strftime("%Y-%m-%dT%H:%M:%SZ")
}

/// The answer, as far as it matters.
#[derive(Debug, Deserialize)]
struct Metrics {
    #[serde(default)]
    value: Vec<Metric>,
}

#[derive(Debug, Deserialize)]
struct Metric {
    name: Name,
    #[serde(default)]
    timeseries: Vec<Series>,
}

#[derive(Debug, Deserialize)]
struct Name {
    value: String,
}

#[derive(Debug, Deserialize)]
struct Series {
    #[serde(default)]
    metadatavalues: Vec<Dimension>,
    #[serde(default)]
    data: Vec<Point>,
}

#[derive(Debug, Deserialize)]
struct Dimension {
    name: Name,
    value: String,
}

#[derive(Debug, Deserialize)]
struct Point {
    average: Option<f64>,
}

/// The last value of each series; minutes of which nothing is known yet have none.
fn newest(metrics: Metrics) -> BTreeMap<String, Usage> {
    let mut usages: BTreeMap<String, Usage> = BTreeMap::new();
    for Metric { name, timeseries } in metrics.value {
        for Series { metadatavalues, data } in timeseries {
            let container = metadatavalues.into_iter().find(|d| d.name.value.eq_ignore_ascii_case(CONTAINER));
            let average = data.iter().rev().find_map(|point| point.average).filter(|value| *value >= 0.0);
            let (Some(container), Some(average)) = (container, average) else { continue };
            let usage = usages.entry(container.value).or_default();
            if name.value.eq_ignore_ascii_case(CPU) {
                usage.millicores = Some(average);
            } else if name.value.eq_ignore_ascii_case(MEMORY) {
                usage.memory = Some(average);
            }
        }
    }
    usages
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn series(container: &str, averages: &[Option<f64>]) -> serde_json::Value {
        let points: Vec<_> = averages
            .iter()
            .map(|average| match average {
                Some(average) => json!({ "timeStamp": "2026-01-01T00:00:00Z", "average": average }),
                None => json!({ "timeStamp": "2026-01-01T00:00:00Z" }),
            })
            .collect();
        let name = json!({ "value": "containername", "localizedValue": "containername" });
        json!({ "metadatavalues": [{ "name": name, "value": container }], "data": points })
    }

    #[test]
    fn the_newest_value_of_each_container_counts() {
        let answer = json!({
            "cost": 9, "timespan": "a/b", "interval": "PT1M", "namespace": "Microsoft.ContainerInstance/containerGroups",
            "resourceregion": "westus2",
            "value": [
                {
                    "id": "i", "type": "Microsoft.Insights/metrics", "unit": "Count",
                    "name": { "value": "CpuUsage", "localizedValue": "CPU Usage" },
                    "timeseries": [series("app", &[Some(1.0), Some(250.5), None]), series("side", &[None])],
                },
                {
                    "id": "i", "type": "Microsoft.Insights/metrics", "unit": "Bytes",
                    "name": { "value": "MemoryUsage", "localizedValue": "Memory Usage" },
                    "timeseries": [series("app", &[Some(1e6)]), series("side", &[Some(2e6)])],
                },
            ],
        });
        let usages = newest(serde_json::from_value(answer).unwrap());
        let usage = |millicores, memory| Usage { millicores, memory };
        assert_eq!(usages["app"], usage(Some(250.5), Some(1e6)));
        assert_eq!(usages["side"], usage(None, Some(2e6)));
    }

    #[test]
    fn an_answer_without_values_is_no_usage() {
        for answer in [json!({}), json!({ "value": [{ "name": { "value": "CpuUsage" } }] })] {
            assert!(newest(serde_json::from_value(answer).unwrap()).is_empty());
        }
    }
}
