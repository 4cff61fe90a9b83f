//! Claims of Azure Files: what a pod leaves in its volume the next one finds.

use aci_e2e::arm::{RESOURCE_GROUP, SUBSCRIPTION};
use aci_e2e::cluster::{Cluster, with_namespace};
use aci_e2e::manifest::{claim_of, script, virtual_pod};
use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};

/// A storage account with a share `data`, under a name made of the namespace's; its name and its key.
async fn account(cluster: &Cluster) -> Result<(String, String)> {
    let name: String = cluster.namespace.chars().filter(char::is_ascii_alphanumeric).take(24).collect();
    let path = format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/{RESOURCE_GROUP}/providers/Microsoft.Storage\
         /storageAccounts/{name}"
    );
    let body = json!({"location": "westus2", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}});
    let (status, answer) = cluster.arm.send(Method::PUT, &path, Some(&body)).await?;
    ensure!(status < 300, "{status} {answer}");
    let share = format!("{path}/fileServices/default/shares/data");
    let (status, answer) = cluster.arm.send(Method::PUT, &share, Some(&json!({"properties": {}}))).await?;
    ensure!(status < 300, "{status} {answer}");
    let (status, keys) = cluster.arm.send(Method::POST, &format!("{path}/listKeys"), None).await?;
    ensure!(status == 200, "{status} {keys}");
    let key = keys["keys"][0]["value"].as_str().context("an account without keys")?.to_owned();
    Ok((name, key))
}

/// The volume as file.csi.azure.com provisions it, the claim that is bound to it, and the account's secret.
fn claimed(cluster: &Cluster, account: &str, key: &str) -> [Value; 3] {
    let (namespace, secret) = (&cluster.namespace, format!("azure-storage-account-{account}-secret"));
    let keys = json!({"azurestorageaccountname": account, "azurestorageaccountkey": key});
    let stored =
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": secret}, "stringData": keys});
    let volume = json!({
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": namespace},
        "spec": {
            "accessModes": ["ReadWriteMany"],
            "capacity": {"storage": "1Gi"},
            "persistentVolumeReclaimPolicy": "Retain",
            "storageClassName": "",
            "csi": {
                "driver": "file.csi.azure.com",
                "volumeHandle": namespace,
                "volumeAttributes": {"shareName": "data"},
                "nodeStageSecretRef": {"name": secret, "namespace": namespace},
            },
        },
    });
    let claim = claim_of(namespace);
    [stored, volume, claim]
}

/// A pod that runs a script with the claim at `/data`.
fn user(name: &str, text: &str) -> Value {
    let mut container = script("main", text);
    container["volumeMounts"] = json!([{"name": "data", "mountPath": "/data"}]);
    let mut pod = virtual_pod(name, "Never", json!([container]));
    pod["spec"]["volumes"] = json!([{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]);
    pod
}

#[tokio::test]
async fn what_a_pod_leaves_in_a_claimed_share_the_next_one_finds() {
    with_namespace("claim", async |cluster| {
        let (account, key) = account(cluster).await?;
        cluster.apply(&claimed(cluster, &account, &key)).await?;
        let outcome = write_and_read(cluster).await;
        // Volumes belong to no namespace.
        let volume = ["delete", "persistentvolume", &cluster.namespace, "--wait=false"];
        let removed = aci_e2e::process::run("kubectl", &volume).await;
        outcome?;
        removed.map(drop)
    })
    .await;
}

async fn write_and_read(cluster: &Cluster) -> Result<()> {
    cluster.create_pod(user("writer", "echo kept > /data/note")).await?;
    cluster.await_phase("writer", "Succeeded").await?;
    cluster.create_pod(user("reader", "cat /data/note")).await?;
    cluster.await_phase("reader", "Succeeded").await?;
    let found = cluster.logs("reader", "main").await?;
    ensure!(found == "kept\n", "{found:?}");
    Ok(())
}
