//! What containers use, as the engine counts it.
//!
//! One shot: Docker would otherwise take two samples with a second between them. Whoever wants rates compares two
//! answers.

use bollard::models::{ContainerMemoryStats, ContainerStatsResponse};
use bollard::query_parameters::StatsOptionsBuilder;
use futures::StreamExt as _;
use futures::future::join_all;

use super::engine::Engine;
use super::error::{is_missing, refused};
use crate::runtime::{ContainerUsage, RuntimeError, SandboxId, SandboxUsage};

/// Memory that counts as used although it would be given up first; the names of cgroup v1 and v2. Docker's own
/// client subtracts the same (`calculateMemUsageUnixNoCache` in docker/cli).
const INACTIVE_FILE: [&str; 2] = ["total_inactive_file", "inactive_file"];

impl Engine {
    /// What a deployment and some of its containers have used.
    pub(crate) async fn stats(
        &self,
        sandbox: &SandboxId,
        containers: &[String],
    ) -> Result<SandboxUsage, RuntimeError> {
        let group = self.group_of(sandbox).await?;
        let owner = self.names.sandbox(sandbox);
        let asked = containers.iter().map(|name| async {
            let answer = self.sample(&self.names.container(&group, sandbox, name)).await?;
            Ok::<_, RuntimeError>(answer.as_ref().and_then(usage).map(|usage| (name.clone(), usage)))
        });
        let (network, asked) = tokio::join!(self.sample(&owner), join_all(asked));
        let network = network?.ok_or_else(|| RuntimeError::Gone(format!("sandbox {}", sandbox.0)))?;
        let (received, transmitted) = traffic(&network);
        let containers = asked.into_iter().filter_map(Result::transpose);
        Ok(SandboxUsage { containers: containers.collect::<Result<_, _>>()?, received, transmitted })
    }

    async fn sample(&self, name: &str) -> Result<Option<ContainerStatsResponse>, RuntimeError> {
        let options = StatsOptionsBuilder::new().stream(false).one_shot(true).build();
        match Box::pin(self.docker.stats(name, Some(options))).next().await {
            Some(Ok(sample)) => Ok(Some(sample)),
            Some(Err(error)) if !is_missing(&error) => Err(refused(error)),
            Some(Err(_)) | None => Ok(None),
        }
    }
}

/// Of a container that has ended Docker answers without numbers.
fn usage(sample: &ContainerStatsResponse) -> Option<ContainerUsage> {
    let cpu_nanos = sample.cpu_stats.as_ref()?.cpu_usage.as_ref()?.total_usage?;
    let memory = memory(sample.memory_stats.as_ref()?)?;
    Some(ContainerUsage { cpu_nanos, memory })
}

fn memory(stats: &ContainerMemoryStats) -> Option<u64> {
    let counters = stats.stats.as_ref();
    let inactive = INACTIVE_FILE.iter().find_map(|name| counters?.get(*name).copied());
    Some(stats.usage?.saturating_sub(inactive.unwrap_or(0)))
}

fn traffic(sample: &ContainerStatsResponse) -> (u64, u64) {
    let networks = sample.networks.iter().flat_map(|networks| networks.values());
    networks.fold((0, 0), |(received, transmitted), network| {
        (received + network.rx_bytes.unwrap_or(0), transmitted + network.tx_bytes.unwrap_or(0))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use bollard::models::{ContainerCpuStats, ContainerCpuUsage};

    use super::*;

    fn sample(total: Option<u64>, used: Option<u64>, inactive: &str) -> ContainerStatsResponse {
        let cpu_usage = Some(ContainerCpuUsage { total_usage: total, ..Default::default() });
        let counters = HashMap::from([(inactive.to_owned(), 300)]);
        let memory = ContainerMemoryStats { usage: used, stats: Some(counters), ..Default::default() };
        ContainerStatsResponse {
            cpu_stats: Some(ContainerCpuStats { cpu_usage, ..Default::default() }),
            memory_stats: Some(memory),
            ..Default::default()
        }
    }

    #[test]
    fn memory_that_would_be_given_up_first_is_not_used() {
        for name in INACTIVE_FILE {
            let wanted = ContainerUsage { cpu_nanos: 7, memory: 700 };
            assert_eq!(usage(&sample(Some(7), Some(1000), name)), Some(wanted), "{name}");
        }
        assert_eq!(usage(&sample(Some(7), Some(200), "inactive_file")).unwrap().memory, 0);
    }

    #[test]
    fn a_container_without_numbers_uses_nothing_that_is_known() {
        assert_eq!(usage(&sample(Some(7), None, "inactive_file")), None);
        assert_eq!(usage(&sample(None, Some(7), "inactive_file")), None);
        assert_eq!(usage(&ContainerStatsResponse::default()), None);
    }
}
