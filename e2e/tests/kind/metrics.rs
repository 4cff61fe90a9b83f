//! What the virtual node's pods use, and who runs on it, through the API server's proxy: what metrics-server and the
//! tests of virtual-kubelet read.

use aci_e2e::VIRTUAL_NODE;
use aci_e2e::cluster::with_namespace;
use aci_e2e::manifest::{script, virtual_pod};
use aci_e2e::process::run;
use aci_e2e::wait::{Check, PATIENCE, wait_for};
use anyhow::{Result, ensure};
use serde_json::{Value, json};

async fn raw(path: &str) -> Result<String> {
    run("kubectl", &["get", "--raw", &format!("/api/v1/nodes/{VIRTUAL_NODE}/proxy{path}")]).await
}

#[tokio::test]
async fn the_summary_and_the_resource_metrics_name_every_container_of_a_pod() {
    with_namespace("metrics", async |cluster| {
        let containers: Vec<Value> =
            ["one", "two", "three"].map(|name| script(name, "exec sleep infinity")).to_vec();
        let uid = cluster.create_pod(virtual_pod("used", "Always", json!(containers))).await?;
        cluster.await_ready("used").await?;
        let pod = wait_for("the summary has the pod", PATIENCE, async || {
            let summary: Value = serde_json::from_str(&raw("/stats/summary").await?)?;
            ensure!(summary["node"]["nodeName"] == VIRTUAL_NODE, "{summary}");
            let pods = summary["pods"].as_array().map_or(&[][..], Vec::as_slice);
            Ok(match pods.iter().find(|pod| pod["podRef"]["uid"] == uid.as_str()) {
                Some(pod) => Check::Done(pod.clone()),
                None => Check::NotYet(summary.to_string()),
            })
        })
        .await?;
        ensure!(pod["containers"].as_array().is_some_and(|containers| containers.len() == 3), "{pod}");
        let metrics = raw("/metrics/resource").await?;
        for family in [
            "container_cpu_usage_seconds_total",
            "container_memory_working_set_bytes",
            "container_start_time_seconds",
        ] {
            let of_pod = |line: &&str| {
                line.starts_with(family) && line.contains(&format!("namespace=\"{}\"", cluster.namespace))
            };
            ensure!(metrics.lines().filter(of_pod).count() == 3, "{family} in {metrics}");
        }
        ensure!(metrics.contains("node_memory_working_set_bytes"), "{metrics}");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn the_node_lists_its_pods_with_their_uids_and_the_provider_tells_how_it_fares() {
    with_namespace("listed", async |cluster| {
        let uid = cluster
            .create_pod(virtual_pod("listed", "Always", json!([script("main", "exec sleep infinity")])))
            .await?;
        cluster.await_ready("listed").await?;
        for path in ["/pods", "/runningpods/"] {
            let list: Value = serde_json::from_str(&raw(path).await?)?;
            let pods = list["items"].as_array().map_or(&[][..], Vec::as_slice);
            ensure!(pods.iter().any(|pod| pod["metadata"]["uid"] == uid.as_str()), "{path}: {list}");
        }
        let metrics = raw("/metrics").await?;
        ensure!(metrics.contains("aci_provider_arm_calls_total{"), "{metrics}");
        ensure!(metrics.contains("aci_provider_pods{phase=\"Running\"}"), "{metrics}");
        ensure!(raw("/configz").await?.contains("kubeletconfig"));
        Ok(())
    })
    .await;
}
