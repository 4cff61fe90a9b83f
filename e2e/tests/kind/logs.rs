//! `kubectl logs`, through the API server and the provider's kubelet API.

use aci_e2e::cluster::with_namespace;
use aci_e2e::manifest::{script, virtual_pod};
use aci_e2e::process::run;
use aci_e2e::wait::PATIENCE;
use anyhow::{Context, Result, ensure};
use futures::{AsyncBufReadExt, TryStreamExt};
use kube::api::LogParams;
use serde_json::json;

#[tokio::test]
async fn logs_show_what_the_container_wrote_and_tail_shows_the_end_of_it() {
    with_namespace("logs", async |cluster| {
        let text = "echo one; echo two; echo three; exec sleep infinity";
        cluster.create_pod(virtual_pod("talker", "Always", json!([script("main", text)]))).await?;
        cluster.await_ready("talker").await?;
        let whole = run("kubectl", &["-n", &cluster.namespace, "logs", "talker"]).await?;
        ensure!(whole == "one\ntwo\nthree\n", "{whole:?}");
        let tail = LogParams { tail_lines: Some(1), ..LogParams::default() };
        ensure!(cluster.pods().logs("talker", &tail).await? == "three\n");
        let stamped = LogParams { timestamps: true, ..LogParams::default() };
        let stamped = cluster.pods().logs("talker", &stamped).await?;
        let (time, word) = stamped.lines().next().and_then(|line| line.split_once(' ')).context("no line")?;
        ensure!(word == "one" && time.ends_with('Z') && time.contains('T'), "{stamped}");
        let recent = LogParams { since_seconds: Some(3600), ..LogParams::default() };
        ensure!(cluster.pods().logs("talker", &recent).await? == "one\ntwo\nthree\n");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn followed_logs_arrive_while_the_container_writes() {
    with_namespace("follow", async |cluster| {
        // The second line is written only after the first was seen: the test itself touches the file.
        let text = "echo first; while [ ! -e /tmp/go ]; do sleep 0.2; done; echo second; exec sleep infinity";
        let uid = cluster.create_pod(virtual_pod("talker", "Always", json!([script("main", text)]))).await?;
        cluster.await_ready("talker").await?;
        let follow = LogParams { follow: true, ..LogParams::default() };
        let mut lines = cluster.pods().log_stream("talker", &follow).await?.lines();
        ensure!(next_line(&mut lines).await? == "first");
        let containers = cluster.containers_of_pod(&uid).await?;
        let main = containers.iter().find(|container| container.name == "main").context("no container")?;
        run("docker", &["exec", &main.id, "touch", "/tmp/go"]).await?;
        ensure!(next_line(&mut lines).await? == "second");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn followed_logs_go_on_through_a_restart_and_end_with_the_container() {
    with_namespace("follow", async |cluster| {
        // The first attempt leaves a mark in the volume and fails; the second finds it and ends well.
        let text =
            "if [ -e /mark/it ]; then echo second; exit 0; fi; echo first; sleep 2; touch /mark/it; exit 1";
        let mut container = script("main", text);
        container["volumeMounts"] = json!([{"name": "mark", "mountPath": "/mark"}]);
        let mut pod = virtual_pod("talker", "OnFailure", json!([container]));
        pod["spec"]["volumes"] = json!([{"name": "mark", "emptyDir": {}}]);
        cluster.create_pod(pod).await?;
        let started = |pod: &serde_json::Value| {
            let state = &pod["status"]["containerStatuses"][0]["state"];
            state["running"].is_object() || state["terminated"].is_object()
        };
        cluster.await_pod("talker", "has started", PATIENCE, started).await?;
        let follow = LogParams { follow: true, ..LogParams::default() };
        let mut lines = cluster.pods().log_stream("talker", &follow).await?.lines();
        ensure!(next_line(&mut lines).await? == "first");
        ensure!(next_line(&mut lines).await? == "second");
        let end = tokio::time::timeout(PATIENCE, lines.try_next()).await.context("the log did not end")??;
        ensure!(end.is_none(), "{end:?}");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn logs_of_the_attempt_before_are_refused_with_the_reason() {
    with_namespace("previous", async |cluster| {
        let text = "echo here; exec sleep infinity";
        cluster.create_pod(virtual_pod("talker", "Always", json!([script("main", text)]))).await?;
        cluster.await_ready("talker").await?;
        let previous = LogParams { previous: true, ..LogParams::default() };
        let refused = cluster.pods().logs("talker", &previous).await.err().context("it was not refused")?;
        ensure!(refused.to_string().contains("previous"), "{refused}");
        Ok(())
    })
    .await;
}

async fn next_line<S>(lines: &mut S) -> Result<String>
where
    S: futures::Stream<Item = std::io::Result<String>> + Unpin,
{
    let line = tokio::time::timeout(PATIENCE, lines.try_next()).await.context("no line arrived")??;
    line.context("the log ended")
}
