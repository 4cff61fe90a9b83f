//! The programs may end at any time; containers do not notice.

use aci_e2e::cluster::{Cluster, is_ready, with_namespace};
use aci_e2e::docker::{self, GroupContainer};
use aci_e2e::manifest::{script, virtual_pod};
use aci_e2e::process::run;
use aci_e2e::wait::{Check, PATIENCE, wait_for};
use aci_e2e::{EMULATOR_CONTAINER, PROVIDER_DEPLOYMENT, VIRTUAL_NODE};
use anyhow::{Context, Result, ensure};
use k8s_openapi::api::core::v1::Pod;
use kube::api::{DeleteParams, ListParams};
use kube::{Api, ResourceExt};
use serde_json::json;

#[tokio::test]
async fn a_restarted_provider_restarts_no_container() {
    with_namespace("provider", async |cluster| {
        let (uid, before, address) = run_one(cluster).await?;
        let system: Api<Pod> = Api::namespaced(cluster.client.clone(), "kube-system");
        // Killed, not asked: no grace.
        let killed = providers(&system).await?;
        for pod in &killed {
            system.delete(&pod.name_any(), &DeleteParams::default().grace_period(0)).await?;
        }
        await_another_provider(&system, &killed).await?;
        still_followed(cluster, &uid, &before, &address).await
    })
    .await;
}

#[tokio::test]
async fn a_killed_emulator_comes_back_with_the_same_containers_and_addresses() {
    with_namespace("emulator", async |cluster| {
        let (uid, before, address) = run_one(cluster).await?;
        run("docker", &["kill", "--signal", "KILL", EMULATOR_CONTAINER]).await?;
        run("docker", &["start", EMULATOR_CONTAINER]).await?;
        await_emulator(cluster).await?;
        still_followed(cluster, &uid, &before, &address).await
    })
    .await;
}

#[tokio::test]
async fn a_container_that_ends_while_the_emulator_is_down_is_restarted_and_counted() {
    with_namespace("missed", async |cluster| {
        let (uid, before, _) = run_one(cluster).await?;
        run("docker", &["kill", "--signal", "KILL", EMULATOR_CONTAINER]).await?;
        let main = before.iter().find(|container| container.name == "main").context("no container")?;
        docker::kill(&main.id).await?;
        run("docker", &["start", EMULATOR_CONTAINER]).await?;
        await_emulator(cluster).await?;
        restarted_once(cluster).await?;
        ensure!(!cluster.containers_of_pod(&uid).await?.is_empty());
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn the_node_is_not_ready_while_arm_does_not_answer() {
    with_namespace("outage", async |cluster| {
        run("docker", &["stop", EMULATOR_CONTAINER]).await?;
        let seen = await_node(cluster, "False").await;
        run("docker", &["start", EMULATOR_CONTAINER]).await?;
        seen?;
        await_emulator(cluster).await?;
        await_node(cluster, "True").await
    })
    .await;
}

/// Runs a pod; returns its UID, its containers and its address.
async fn run_one(cluster: &Cluster) -> Result<(String, Vec<GroupContainer>, String)> {
    let containers = json!([script("main", "exec sleep infinity")]);
    let uid = cluster.create_pod(virtual_pod("sleeper", "Always", containers)).await?;
    let pod = cluster.await_ready("sleeper").await?;
    let address = pod["status"]["podIP"].as_str().context("a ready pod without an address")?.to_owned();
    let containers = cluster.containers_of_pod(&uid).await?;
    ensure!(containers.len() == 2, "a sandbox and a container, not {containers:?}");
    Ok((uid, containers, address))
}

/// The containers and the address are the same, and what happens to them still reaches the pod's status.
async fn still_followed(
    cluster: &Cluster,
    uid: &str,
    before: &[GroupContainer],
    address: &str,
) -> Result<()> {
    let after = cluster.containers_of_pod(uid).await?;
    ensure!(after == before, "{before:?} became {after:?}");
    let pod = cluster.await_ready("sleeper").await?;
    ensure!(pod["status"]["podIP"] == address, "{address} became {}", pod["status"]["podIP"]);
    ensure!(pod["status"]["containerStatuses"][0]["restartCount"] == 0, "{}", pod["status"]);
    let main = after.iter().find(|container| container.name == "main").context("no container")?;
    docker::kill(&main.id).await?;
    restarted_once(cluster).await
}

async fn restarted_once(cluster: &Cluster) -> Result<()> {
    cluster
        .await_pod("sleeper", "runs again and has one restart", PATIENCE, |pod| {
            let status = &pod["status"]["containerStatuses"][0];
            status["restartCount"] == 1 && status["state"]["running"].is_object()
        })
        .await
        .map(drop)
}

async fn providers(system: &Api<Pod>) -> Result<Vec<Pod>> {
    Ok(system.list(&ListParams::default().labels(&format!("app={PROVIDER_DEPLOYMENT}"))).await?.items)
}

async fn await_another_provider(system: &Api<Pod>, killed: &[Pod]) -> Result<()> {
    wait_for("another provider is ready", PATIENCE, async || {
        for pod in providers(system).await? {
            let is_new = killed.iter().all(|old| old.metadata.uid != pod.metadata.uid);
            if is_new && is_ready(&serde_json::to_value(&pod)?) {
                return Ok(Check::Done(()));
            }
        }
        Ok(Check::NotYet("no new pod of the provider is ready".to_owned()))
    })
    .await
}

async fn await_emulator(cluster: &Cluster) -> Result<()> {
    wait_for("the emulator answers again", PATIENCE, async || {
        Ok(match cluster.arm.groups().await {
            Ok(_) => Check::Done(()),
            Err(error) => Check::NotYet(format!("{error:#}")),
        })
    })
    .await
}

async fn await_node(cluster: &Cluster, ready: &str) -> Result<()> {
    wait_for(&format!("the node's condition Ready is {ready}"), PATIENCE, async || {
        let status = cluster.node_condition(VIRTUAL_NODE, "Ready").await?;
        Ok(if status == ready { Check::Done(()) } else { Check::NotYet(status) })
    })
    .await
}
