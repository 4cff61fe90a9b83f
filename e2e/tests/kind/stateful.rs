//! StatefulSets: pods with names that come again.

use aci_e2e::cluster::{Cluster, is_ready, with_namespace};
use aci_e2e::manifest::{script, virtual_spec};
use aci_e2e::wait::{Check, PATIENCE, wait_for};
use anyhow::{Context, Result, ensure};
use kube::api::DeleteParams;
use serde_json::{Value, json};

/// A container that is in no hurry to end.
const SLOW: &str = "trap 'sleep 2; exit 0' TERM; while true; do sleep 0.2; done";

async fn start(cluster: &Cluster) -> Result<()> {
    let labels = json!({"app": "db"});
    let service = json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "db"},
        "spec": {"clusterIP": "None", "selector": labels, "ports": [{"port": 80}]},
    });
    let set = json!({
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "db"},
        "spec": {
            "serviceName": "db",
            "replicas": 2,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": virtual_spec("Always", json!([script("main", SLOW)])),
            },
        },
    });
    cluster.apply(&[service, set]).await?;
    wait_for("both pods are ready", PATIENCE, async || {
        let pods = cluster.pods_of("app=db").await?;
        let ready = pods.iter().filter(|pod| is_ready(pod)).count();
        Ok(if ready == 2 { Check::Done(()) } else { Check::NotYet(format!("{ready} are ready")) })
    })
    .await
}

fn uid(pod: &Value) -> Result<String> {
    Ok(pod["metadata"]["uid"].as_str().context("a pod without a UID")?.to_owned())
}

/// Waits for another pod of the name `db-0`, and looks all the while that no two groups are there for it.
async fn await_successor(cluster: &Cluster, old: &str) -> Result<()> {
    wait_for("another db-0 is ready", PATIENCE, async || {
        let groups = cluster.arm.groups().await?;
        let of_db_0 = |group: &&Value| {
            group["tags"]["Namespace"] == cluster.namespace.as_str() && group["tags"]["PodName"] == "db-0"
        };
        let count = groups.iter().filter(of_db_0).count();
        ensure!(count <= 1, "{count} groups for one name at once");
        let Some(pod) = cluster.pods().get_opt("db-0").await? else {
            return Ok(Check::NotYet("there is none".to_owned()));
        };
        let pod = serde_json::to_value(pod)?;
        let is_another = uid(&pod)? != old;
        Ok(if is_another && is_ready(&pod) {
            Check::Done(())
        } else {
            Check::NotYet(format!("another: {is_another}, {}", pod["status"]))
        })
    })
    .await
}

#[tokio::test]
async fn a_stateful_set_s_pod_comes_back_under_its_name_once_the_old_group_has_ended() {
    with_namespace("stateful", async |cluster| {
        start(cluster).await?;
        let first = cluster.get("pod", "db-0").await?;
        cluster.get("pod", "db-1").await?;
        cluster.pods().delete("db-0", &DeleteParams::default()).await?;
        await_successor(cluster, &uid(&first)?).await?;
        // By force the name is free at once, and the group is not.
        let second = cluster.get("pod", "db-0").await?;
        cluster.pods().delete("db-0", &DeleteParams::default().grace_period(0)).await?;
        await_successor(cluster, &uid(&second)?).await?;
        let third = cluster.get("pod", "db-0").await?;
        ensure!(third["spec"]["hostname"] == "db-0", "{}", third["spec"]["hostname"]);
        Ok(())
    })
    .await;
}
