//! `kubectl port-forward`: ports of a virtual pod on this machine.

use std::process::Stdio;

use aci_e2e::HELLOWORLD_IMAGE;
use aci_e2e::cluster::with_namespace;
use aci_e2e::manifest::{script, virtual_pod};
use aci_e2e::wait::PATIENCE;
use anyhow::{Context, Result, ensure};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// A running port-forward, and where it listens.
async fn forward(namespace: &str, pod: &str, port: u16) -> Result<(Child, String)> {
    let mut child = Command::new("kubectl")
        .args(["-n", namespace, "port-forward", &format!("pod/{pod}"), &format!(":{port}")])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut lines = BufReader::new(child.stdout.take().context("no output")?).lines();
    let line = tokio::time::timeout(PATIENCE, lines.next_line()).await.context("nothing is forwarded")??;
    let line = line.context("port-forward ended")?;
    // Forwarding from 127.0.0.1:40123 -> 80
    let local = line.split(' ').nth(2).with_context(|| line.clone())?.to_owned();
    // kubectl stops when nobody reads what it says.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    Ok((child, local))
}

#[tokio::test]
async fn a_port_of_a_pod_is_served_on_this_machine_again_and_again() {
    with_namespace("forward", async |cluster| {
        let mut container = script("web", "exec /bin/serve");
        container["image"] = json!(HELLOWORLD_IMAGE);
        container["command"] = json!(null);
        container["ports"] = json!([{"containerPort": 80}]);
        cluster.create_pod(virtual_pod("web", "Always", json!([container]))).await?;
        cluster.await_ready("web").await?;
        let (_forwarding, local) = forward(&cluster.namespace, "web", 80).await?;
        for _ in 0..3 {
            let page = reqwest::get(format!("http://{local}/")).await?.error_for_status()?.text().await?;
            ensure!(page.contains("<html"), "{page}");
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_port_on_which_nothing_listens_is_told_to_the_user() {
    with_namespace("forward", async |cluster| {
        let containers = json!([script("main", "exec sleep infinity")]);
        cluster.create_pod(virtual_pod("deaf", "Always", containers)).await?;
        cluster.await_ready("deaf").await?;
        let (mut forwarding, local) = forward(&cluster.namespace, "deaf", 81).await?;
        let mut errors = BufReader::new(forwarding.stderr.take().context("no errors")?).lines();
        ensure!(reqwest::get(format!("http://{local}/")).await.is_err());
        let line = tokio::time::timeout(PATIENCE, errors.next_line()).await.context("nothing was told")??;
        let line = line.context("port-forward ended without a word")?;
        ensure!(line.contains("error forwarding port 81 to pod deaf"), "{line}");
        Ok(())
    })
    .await;
}
