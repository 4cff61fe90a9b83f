//! Pods that cannot become container groups.

use aci_e2e::cluster::with_namespace;
use aci_e2e::manifest::{script, virtual_pod};
use aci_e2e::wait::{Check, PATIENCE, wait_for};
use anyhow::ensure;
use serde_json::json;

#[tokio::test]
async fn a_pod_with_a_host_path_is_refused_once_by_field_and_remedy() {
    with_namespace("refused", async |cluster| {
        let mut pod = virtual_pod("impossible", "Always", json!([script("main", "exec sleep infinity")]));
        pod["spec"]["containers"][0]["volumeMounts"] = json!([{"name": "host", "mountPath": "/host"}]);
        pod["spec"]["volumes"] = json!([{"name": "host", "hostPath": {"path": "/"}}]);
        cluster.create_pod(pod).await?;
        let events = wait_for("an event tells about the refusal", PATIENCE, async || {
            let events: Vec<String> = cluster.events_of("impossible").await?;
            let failed: Vec<String> = events.into_iter().filter(|event| event.contains("hostPath")).collect();
            Ok(if failed.is_empty() {
                Check::NotYet("no such event".to_owned())
            } else {
                Check::Done(failed)
            })
        })
        .await?;
        ensure!(events.len() == 1, "told more than once: {events:?}");
        ensure!(events[0].contains("volumes"), "the field is not named: {events:?}");
        let pod = cluster
            .await_pod("impossible", "says why in its status", PATIENCE, |pod| {
                pod["status"]["message"].as_str().is_some_and(|message| message.contains("hostPath"))
            })
            .await?;
        ensure!(pod["status"]["reason"] == "ProviderFailed", "{}", pod["status"]);
        Ok(())
    })
    .await;
}
