//! Restart policies, exit codes and restart counts.

use aci_e2e::cluster::with_namespace;
use aci_e2e::docker;
use aci_e2e::manifest::{script, virtual_pod};
use aci_e2e::wait::PATIENCE;
use anyhow::{Context, ensure};
use serde_json::json;

const EXIT_3: &str = "exit 3";

#[tokio::test]
async fn a_pod_that_exits_3_and_is_never_restarted_fails_with_its_exit_code() {
    with_namespace("never", async |cluster| {
        cluster.create_pod(virtual_pod("leaver", "Never", json!([script("main", EXIT_3)]))).await?;
        let pod = cluster.await_phase("leaver", "Failed").await?;
        let status = &pod["status"]["containerStatuses"][0];
        let terminated = &status["state"]["terminated"];
        ensure!(terminated["exitCode"] == 3 && terminated["reason"] == "Error", "{status}");
        ensure!(status["restartCount"] == 0, "{status}");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_pod_that_exits_3_is_restarted_on_failure_and_backs_off() {
    restarted_until_it_backs_off("onfailure", "OnFailure").await;
}

#[tokio::test]
async fn a_pod_that_exits_3_is_always_restarted_and_backs_off() {
    restarted_until_it_backs_off("always", "Always").await;
}

async fn restarted_until_it_backs_off(name: &str, policy: &str) {
    with_namespace(name, async |cluster| {
        cluster.create_pod(virtual_pod("leaver", policy, json!([script("main", EXIT_3)]))).await?;
        cluster
            .await_pod(
                "leaver",
                "is restarted and waits in CrashLoopBackOff with exit code 3 before",
                PATIENCE,
                |pod| {
                    let status = &pod["status"]["containerStatuses"][0];
                    status["state"]["waiting"]["reason"] == "CrashLoopBackOff"
                        && status["lastState"]["terminated"]["exitCode"] == 3
                        && status["restartCount"].as_i64() >= Some(1)
                        && pod["status"]["phase"] == "Running"
                },
            )
            .await?;
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_pod_that_exits_0_is_done_under_on_failure() {
    with_namespace("done", async |cluster| {
        cluster.create_pod(virtual_pod("leaver", "OnFailure", json!([script("main", "true")]))).await?;
        let pod = cluster.await_phase("leaver", "Succeeded").await?;
        let terminated = &pod["status"]["containerStatuses"][0]["state"]["terminated"];
        ensure!(terminated["exitCode"] == 0 && terminated["reason"] == "Completed", "{terminated}");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_killed_container_is_restarted_and_counted() {
    with_namespace("killed", async |cluster| {
        let containers = json!([script("main", "exec sleep infinity")]);
        let uid = cluster.create_pod(virtual_pod("victim", "Always", containers)).await?;
        cluster.await_ready("victim").await?;
        let before = cluster.containers_of_pod(&uid).await?;
        let main = before.iter().find(|container| container.name == "main").context("no container")?;
        docker::kill(&main.id).await?;
        let pod = cluster
            .await_pod("victim", "runs again and has one restart", PATIENCE, |pod| {
                let status = &pod["status"]["containerStatuses"][0];
                status["restartCount"] == 1 && status["state"]["running"].is_object()
            })
            .await?;
        let last = &pod["status"]["containerStatuses"][0]["lastState"]["terminated"];
        ensure!(last["exitCode"] == 137, "{last}");
        Ok(())
    })
    .await;
}
