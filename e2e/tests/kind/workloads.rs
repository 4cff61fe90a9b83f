//! Jobs and CronJobs: pods that end.

use std::time::Duration;

use aci_e2e::cluster::{Cluster, with_namespace};
use aci_e2e::manifest::{script, virtual_spec};
use aci_e2e::wait::{Check, PATIENCE, wait_for};
use anyhow::{Result, ensure};
use serde_json::{Value, json};

/// A CronJob of every minute has run by then, pod and all.
const TWO_MINUTES: Duration = Duration::from_secs(150);

fn job_spec(text: &str, completions: u32, backoff_limit: u32) -> Value {
    json!({
        "completions": completions,
        "parallelism": 2,
        "backoffLimit": backoff_limit,
        "template": {"spec": virtual_spec("Never", json!([script("main", text)]))},
    })
}

fn job(name: &str, spec: Value) -> Value {
    json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": spec})
}

async fn await_condition(cluster: &Cluster, name: &str, condition: &str) -> Result<Value> {
    wait_for(&format!("job {name} is {condition}"), PATIENCE, async || {
        let job = cluster.get("job", name).await?;
        let conditions = job["status"]["conditions"].as_array().map_or(&[][..], Vec::as_slice);
        let holds = conditions.iter().any(|found| found["type"] == condition && found["status"] == "True");
        Ok(if holds { Check::Done(job.clone()) } else { Check::NotYet(job["status"].to_string()) })
    })
    .await
}

#[tokio::test]
async fn a_job_is_complete_when_each_of_its_pods_has_succeeded() {
    with_namespace("job", async |cluster| {
        cluster.apply(&[job("sums", job_spec("echo $((6 * 7))", 3, 0))]).await?;
        let job = await_condition(cluster, "sums", "Complete").await?;
        ensure!(job["status"]["succeeded"] == 3 && job["status"]["failed"].is_null(), "{}", job["status"]);
        for pod in cluster.pods_of("job-name=sums").await? {
            let name = pod["metadata"]["name"].as_str().unwrap_or_default();
            let wrote = cluster.logs(name, "main").await?;
            ensure!(wrote == "42\n", "{name} wrote {wrote:?}");
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_job_whose_pods_fail_has_failed_after_its_retries() {
    with_namespace("job", async |cluster| {
        cluster.apply(&[job("hopeless", job_spec("exit 9", 1, 1))]).await?;
        let job = await_condition(cluster, "hopeless", "Failed").await?;
        let failed = job["status"]["failed"].as_i64();
        ensure!(failed == Some(2), "two attempts, not {failed:?}: {}", job["status"]);
        let pods = cluster.pods_of("job-name=hopeless").await?;
        ensure!(pods.iter().all(|pod| exit_code(pod) == Some(9)), "{pods:?}");
        Ok(())
    })
    .await;
}

fn exit_code(pod: &Value) -> Option<i64> {
    pod["status"]["containerStatuses"][0]["state"]["terminated"]["exitCode"].as_i64()
}

#[tokio::test]
async fn a_cron_job_runs_on_time() {
    with_namespace("cron", async |cluster| {
        // The group's first stable version since Kubernetes 1.21.
        let batch = cluster.client.list_api_group_resources("batch/v1").await?;
        let is_stable = batch.resources.iter().any(|resource| resource.name == "cronjobs");
        let spec = json!({
            "schedule": "* * * * *",
            "jobTemplate": {"spec": job_spec("date +%s", 1, 0)},
        });
        let version = if is_stable { "batch/v1" } else { "batch/v1beta1" };
        let minutely =
            json!({"apiVersion": version, "kind": "CronJob", "metadata": {"name": "minutely"}, "spec": spec});
        cluster.apply(&[minutely]).await?;
        wait_for("a job of the cron job's has succeeded", TWO_MINUTES, async || {
            let pods = cluster.pods_of("job-name").await?;
            let done = pods.iter().find(|pod| pod["status"]["phase"] == "Succeeded");
            let Some(pod) = done else { return Ok(Check::NotYet(format!("{} pods", pods.len()))) };
            let owner = pod["metadata"]["ownerReferences"][0]["name"].as_str().unwrap_or_default();
            ensure!(owner.starts_with("minutely-"), "{owner}");
            Ok(Check::Done(()))
        })
        .await
    })
    .await;
}
