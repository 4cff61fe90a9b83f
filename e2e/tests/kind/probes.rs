//! Liveness and readiness, decided on Azure's side and seen in the pod.

use aci_e2e::HELLOWORLD_IMAGE;
use aci_e2e::cluster::with_namespace;
use aci_e2e::manifest::{script, virtual_pod};
use aci_e2e::process::run;
use aci_e2e::wait::{Check, PATIENCE, wait_for};
use anyhow::{Context, ensure};
use serde_json::json;

#[tokio::test]
async fn a_container_whose_liveness_probe_fails_is_restarted_with_an_event() {
    with_namespace("liveness", async |cluster| {
        let mut main = script("main", "exec sleep infinity");
        main["livenessProbe"] = json!({
            "exec": {"command": ["test", "!", "-e", "/tmp/bad"]},
            "periodSeconds": 1,
            "failureThreshold": 2,
        });
        let uid = cluster.create_pod(virtual_pod("patient", "Always", json!([main]))).await?;
        cluster.await_ready("patient").await?;
        let containers = cluster.containers_of_pod(&uid).await?;
        let main = containers.iter().find(|container| container.name == "main").context("no container")?;
        run("docker", &["exec", &main.id, "touch", "/tmp/bad"]).await?;
        cluster
            .await_pod("patient", "runs again and has one restart", PATIENCE, |pod| {
                let status = &pod["status"]["containerStatuses"][0];
                status["restartCount"] == 1 && status["state"]["running"].is_object()
            })
            .await?;
        let events = cluster.events_of("patient").await?;
        ensure!(
            events.iter().any(|event| event.starts_with("Unhealthy: Liveness probe failed")),
            "{events:?}"
        );
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_web_server_with_http_probes_becomes_ready_and_stays_up() {
    with_namespace("http", async |cluster| {
        let probe = json!({"httpGet": {"path": "/", "port": 80}, "periodSeconds": 1, "failureThreshold": 1});
        let container = json!({
            "name": "main",
            "image": HELLOWORLD_IMAGE,
            "ports": [{"containerPort": 80}],
            "livenessProbe": probe,
            "readinessProbe": probe,
        });
        cluster.create_pod(virtual_pod("server", "Always", json!([container]))).await?;
        cluster.await_ready("server").await?;
        // The server logs each request, ours as `url:/`, that of the sample's own image as `GET /`.
        wait_for("the probes have asked five times", PATIENCE, async || {
            let log = cluster.logs("server", "main").await?;
            let asked = log.lines().filter(|line| line.contains("url:/") || line.contains("GET /")).count();
            Ok(if asked >= 5 { Check::Done(()) } else { Check::NotYet(log) })
        })
        .await?;
        let pod = cluster.await_ready("server").await?;
        ensure!(pod["status"]["containerStatuses"][0]["restartCount"] == 0, "{}", pod["status"]);
        Ok(())
    })
    .await;
}
