//! What a container finds inside: its neighbours on localhost, environment and volumes.

use aci_e2e::cluster::with_namespace;
use aci_e2e::manifest::{script, virtual_pod};
use aci_e2e::wait::{Check, PATIENCE, wait_for};
use aci_e2e::{HELLOWORLD_IMAGE, VIRTUAL_NODE};
use anyhow::ensure;
use k8s_openapi::api::core::v1::Secret;
use kube::Api;
use kube::api::PostParams;
use serde_json::json;

#[tokio::test]
async fn two_containers_of_a_pod_talk_over_localhost() {
    with_namespace("localhost", async |cluster| {
        let client = "until curl -sf http://localhost:80; do sleep 0.2; done; exec sleep infinity";
        let containers = json!([
            {"name": "server", "image": HELLOWORLD_IMAGE, "ports": [{"containerPort": 80}]},
            script("client", client),
        ]);
        cluster.create_pod(virtual_pod("pair", "Always", containers)).await?;
        cluster.await_ready("pair").await?;
        wait_for("the client has the server's page", PATIENCE, async || {
            let page = cluster.logs("pair", "client").await?;
            Ok(if page.contains("Welcome to Azure Container Instances!") {
                Check::Done(())
            } else {
                Check::NotYet(page)
            })
        })
        .await
    })
    .await;
}

#[tokio::test]
async fn environment_empty_dir_and_secret_volume_are_seen_inside() {
    with_namespace("inside", async |cluster| {
        let secrets: Api<Secret> = Api::namespaced(cluster.client.clone(), &cluster.namespace);
        let secret =
            json!({"metadata": {"name": "keys"}, "stringData": {"password": "hunter2", "user": "jo"}});
        secrets.create(&PostParams::default(), &serde_json::from_value(secret)?).await?;
        cluster.create_pod(pod_with_everything()).await?;
        cluster.await_phase("inspector", "Succeeded").await?;
        let seen = cluster.logs("inspector", "reader").await?;
        let expected = format!("plain jo inspector {VIRTUAL_NODE}\nhunter2\nshared\n");
        ensure!(seen == expected, "{seen:?} instead of {expected:?}");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn secrets_of_a_pod_are_in_no_answer_of_arm() {
    with_namespace("unseen", async |cluster| {
        let secrets: Api<Secret> = Api::namespaced(cluster.client.clone(), &cluster.namespace);
        let secret =
            json!({"metadata": {"name": "keys"}, "stringData": {"password": "hunter2", "user": "jo-3141"}});
        secrets.create(&PostParams::default(), &serde_json::from_value(secret)?).await?;
        let uid = cluster.create_pod(pod_with_everything()).await?;
        cluster.await_phase("inspector", "Succeeded").await?;
        let group = cluster.arm.group_of_pod(&uid).await?;
        let group = group.unwrap_or_default();
        let id = group["id"].as_str().unwrap_or_default();
        let (status, whole) = cluster.arm.send(reqwest::Method::GET, id, None).await?;
        ensure!(status == 200, "{status} {whole}");
        for answer in [&group, &whole] {
            // The password as it is and in base64, and the value that came by secretKeyRef.
            for secret in ["hunter2", "aHVudGVyMg", "jo-3141"] {
                ensure!(!answer.to_string().contains(secret), "{secret} shows in {answer}");
            }
        }
        Ok(())
    })
    .await;
}

fn pod_with_everything() -> serde_json::Value {
    let mut writer = script("writer", "echo shared > /scratch/note");
    writer["volumeMounts"] = json!([{"name": "scratch", "mountPath": "/scratch"}]);
    let text = "until [ -s /scratch/note ]; do sleep 0.2; done; \
                echo $PLAIN $USER_NAME $POD $NODE; cat /keys/password; echo; cat /scratch/note";
    let mut reader = script("reader", text);
    reader["env"] = json!([
        {"name": "PLAIN", "value": "plain"},
        {"name": "USER_NAME", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "user"}}},
        {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
    ]);
    reader["volumeMounts"] = json!([
        {"name": "scratch", "mountPath": "/scratch"},
        {"name": "keys", "mountPath": "/keys", "readOnly": true},
    ]);
    let mut pod = virtual_pod("inspector", "Never", json!([writer, reader]));
    pod["spec"]["volumes"] =
        json!([{"name": "scratch", "emptyDir": {}}, {"name": "keys", "secret": {"secretName": "keys"}}]);
    pod
}
