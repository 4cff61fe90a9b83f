//! The metrics that there are.

use serde_json::{Value, json};

use crate::usage::Reading;

/// The one dimension, as definitions and filters write it; answers write it in small letters.
pub const CONTAINER: &str = "containerName";
/// The type that the metrics are of.
pub const NAMESPACE: &str = "Microsoft.ContainerInstance/containerGroups";

/// A metric of a container group.
#[derive(Debug)]
pub struct Metric {
    /// Its name in the API.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// What it is.
    pub description: &'static str,
    /// Of what it is.
    pub unit: &'static str,
    /// Where it stands in a reading.
    pub part: Part,
}

/// Where a metric stands in a reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Of each container.
    Cpu,
    /// Of each container.
    Memory,
    /// Of the group.
    Received,
    /// Of the group.
    Transmitted,
}

/// All metrics, in Azure's order (recorded in the list of the provider's operations).
pub const METRICS: &[Metric] = &[
    Metric {
        name: "CpuUsage",
        title: "CPU Usage",
        description: "CPU usage on all cores in millicores.",
        unit: "Count",
        part: Part::Cpu,
    },
    Metric {
        name: "MemoryUsage",
        title: "Memory Usage",
        description: "Total memory usage in byte.",
        unit: "Bytes",
        part: Part::Memory,
    },
    Metric {
        name: "NetworkBytesReceivedPerSecond",
        title: "Network Bytes Received Per Second",
        description: "The network bytes received per second.",
        unit: "Bytes",
        part: Part::Received,
    },
    Metric {
        name: "NetworkBytesTransmittedPerSecond",
        title: "Network Bytes Transmitted Per Second",
        description: "The network bytes transmitted per second.",
        unit: "Bytes",
        part: Part::Transmitted,
    },
];

impl Metric {
    /// The metric with a name, in any case.
    pub fn named(name: &str) -> Option<&'static Self> {
        METRICS.iter().find(|metric| metric.name.eq_ignore_ascii_case(name))
    }

    /// Whether it is told of each container.
    pub fn has_containers(&self) -> bool {
        matches!(self.part, Part::Cpu | Part::Memory)
    }

    /// Its values in a reading: of one container, or of all that there are.
    pub fn values(&self, reading: &Reading, container: Option<&str>) -> Vec<f64> {
        let wanted = |name: &str| container.is_none_or(|container| container == name);
        let of_containers = |value: fn(&crate::usage::Rates) -> f64| {
            reading
                .containers
                .iter()
                .filter(|(name, _)| wanted(name))
                .map(|(_, rates)| value(rates))
                .collect()
        };
        match self.part {
            Part::Cpu => of_containers(|rates| rates.millicores),
            Part::Memory => of_containers(|rates| rates.memory),
            Part::Received => vec![reading.received],
            Part::Transmitted => vec![reading.transmitted],
        }
    }

    /// Both of its names, as Azure Monitor writes them.
    pub fn names(&self) -> Value {
        json!({ "value": self.name, "localizedValue": self.title })
    }
}
