//! Deletion leaves nothing behind.

use aci_e2e::VIRTUAL_NODE;
use aci_e2e::cluster::{Cluster, with_namespace};
use aci_e2e::docker::containers_of;
use aci_e2e::manifest::{script, virtual_pod};
use aci_e2e::process::run;
use aci_e2e::wait::{Check, PATIENCE, wait_for};
use anyhow::{Context, Result, ensure};
use kube::api::DeleteParams;
use serde_json::{Value, json};

#[tokio::test]
async fn a_deleted_pod_leaves_no_group_and_no_container() {
    with_namespace("delete", async |cluster| {
        let group = run_one(cluster).await?;
        cluster.pods().delete("sleeper", &DeleteParams::default()).await?;
        wait_for("the pod is gone", PATIENCE, async || {
            Ok(match cluster.pods().get_opt("sleeper").await? {
                None => Check::Done(()),
                Some(_) => Check::NotYet("the pod is there".to_owned()),
            })
        })
        .await?;
        nothing_left(cluster, &group).await
    })
    .await;
}

#[tokio::test]
async fn a_running_pod_is_listed_by_its_uid_until_it_is_deleted() {
    with_namespace("listed", async |cluster| {
        run_one(cluster).await?;
        let pod = cluster.pods().get("sleeper").await?;
        let uid = pod.metadata.uid.context("the pod has no UID")?;
        let path = format!("/api/v1/nodes/{VIRTUAL_NODE}/proxy/runningpods/");
        let is_listed = async || -> Result<bool> {
            let list: Value = serde_json::from_str(&run("kubectl", &["get", "--raw", &path]).await?)?;
            let items = list["items"].as_array().context("there is no list")?;
            Ok(items.iter().any(|item| item["metadata"]["uid"] == uid.as_str()))
        };
        ensure!(is_listed().await?, "the pod runs and is not listed");
        cluster.pods().delete("sleeper", &DeleteParams::default()).await?;
        wait_for("the pod is not listed any more", PATIENCE, async || {
            Ok(if is_listed().await? { Check::NotYet("it is".to_owned()) } else { Check::Done(()) })
        })
        .await
    })
    .await;
}

#[tokio::test]
async fn a_pod_deleted_by_force_leaves_no_group_and_no_container() {
    with_namespace("force", async |cluster| {
        let group = run_one(cluster).await?;
        cluster.pods().delete("sleeper", &DeleteParams::default().grace_period(0)).await?;
        nothing_left(cluster, &group).await
    })
    .await;
}

#[tokio::test]
async fn a_deleted_namespace_leaves_no_group_and_no_container() {
    with_namespace("namespace", async |cluster| {
        let group = run_one(cluster).await?;
        cluster.remove_namespace().await?;
        nothing_left(cluster, &group).await
    })
    .await;
}

/// Runs a pod and returns the id of its group.
async fn run_one(cluster: &Cluster) -> Result<String> {
    let containers = json!([script("main", "exec sleep infinity")]);
    let uid = cluster.create_pod(virtual_pod("sleeper", "Always", containers)).await?;
    cluster.await_ready("sleeper").await?;
    let group = cluster.arm.group_of_pod(&uid).await?.context("a ready pod without a group")?;
    Ok(group["id"].as_str().context("a group without an id")?.to_owned())
}

async fn nothing_left(cluster: &Cluster, group: &str) -> Result<()> {
    wait_for("neither group nor container is left", PATIENCE, async || {
        let containers = containers_of(group).await?;
        let groups = cluster.arm.groups().await?;
        let listed = groups.iter().any(|found| found["id"] == group);
        Ok(if containers.is_empty() && !listed {
            Check::Done(())
        } else {
            Check::NotYet(format!("listed: {listed}, containers: {containers:?}"))
        })
    })
    .await
}
