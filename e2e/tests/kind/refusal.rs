//! Pods that cannot become container groups.

use aci_e2e::cluster::with_namespace;
use aci_e2e::manifest::{script, virtual_pod};
use aci_e2e::wait::{Check, PATIENCE, wait_for};
use anyhow::ensure;
use serde_json::{Value, json};

/// Fields that no container group has, and what the refusal says to do.
const REFUSED: [(&str, &str, &str); 5] = [
    (
        "hosts",
        r#"{"hostAliases": [{"ip": "127.0.0.1", "hostnames": ["foo"]}]}"#,
        "use names that DNS resolves",
    ),
    ("network", r#"{"hostNetwork": true}"#, "a virtual node has no host to share"),
    ("process", r#"{"hostPID": true}"#, "a virtual node has no host to share"),
    ("nfs", r#"{"volumes": [{"name": "v", "nfs": {"server": "s", "path": "/"}}]}"#, "use azureFile"),
    ("user", r#"{"securityContext": {"runAsNonRoot": true, "runAsUser": 0}}"#, "runAsNonRoot"),
];

#[tokio::test]
async fn fields_that_no_group_has_are_refused_by_events_that_say_what_to_do() {
    with_namespace("refused", async |cluster| {
        for (name, fields, _) in REFUSED {
            let mut container = script("main", "exec sleep infinity");
            if name == "nfs" {
                container["volumeMounts"] = json!([{"name": "v", "mountPath": "/v"}]);
            }
            let mut pod = virtual_pod(name, "Always", json!([container]));
            let fields: Value = serde_json::from_str(fields)?;
            for (field, value) in fields.as_object().into_iter().flatten() {
                pod["spec"][field] = value.clone();
            }
            cluster.create_pod(pod).await?;
        }
        for (name, _, remedy) in REFUSED {
            cluster.await_event(name, remedy, |event| event.contains(remedy)).await?;
            let is_told = |pod: &Value| pod["status"]["reason"] == "ProviderFailed";
            let pod = cluster.await_pod(name, "is refused", PATIENCE, is_told).await?;
            ensure!(pod["status"]["message"].as_str().is_some_and(|m| m.contains(remedy)), "{pod}");
        }
        let groups = cluster.arm.groups().await?;
        let ours = groups.iter().filter(|group| group["tags"]["Namespace"] == cluster.namespace.as_str());
        ensure!(ours.count() == 0, "a refused pod has a group");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_field_that_a_group_can_do_without_is_told_and_the_pod_runs() {
    with_namespace("told", async |cluster| {
        let mut container = script("main", "exec sleep infinity");
        container["lifecycle"] = json!({"preStop": {"exec": {"command": ["true"]}}});
        cluster.create_pod(virtual_pod("polite", "Always", json!([container]))).await?;
        cluster.await_ready("polite").await?;
        cluster
            .await_event("polite", "preStop", |event| {
                event.starts_with("FieldIgnored") && event.contains("preStop")
            })
            .await
            .map(drop)
    })
    .await;
}

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
