//! Services before pods of both kinds. Container groups have no kube-proxy, so their way back is a node's port.

use aci_e2e::HELLOWORLD_IMAGE;
use aci_e2e::cluster::{Cluster, with_namespace};
use aci_e2e::manifest::{script, virtual_pod};
use aci_e2e::wait::{Check, PATIENCE, wait_for};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

const TITLE: &str = "<title>Welcome to Azure Container Instances!</title>";

fn web(labels: &Value) -> Value {
    json!({"name": "web", "labels": labels})
}

fn service(kind: &str, labels: &Value) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web"},
        "spec": {"type": kind, "selector": labels, "ports": [{"port": 8080, "targetPort": 80}]},
    })
}

async fn await_endpoint(cluster: &Cluster, address: &Value) -> Result<()> {
    wait_for("the pod is an endpoint of the service", PATIENCE, async || {
        let endpoints = cluster.get("endpoints", "web").await?;
        let known = &endpoints["subsets"][0]["addresses"][0]["ip"];
        Ok(if known == address { Check::Done(()) } else { Check::NotYet(endpoints["subsets"].to_string()) })
    })
    .await
}

/// The sample's web server, also where no registry is reached.
fn server() -> Value {
    json!([{
        "name": "web",
        "image": HELLOWORLD_IMAGE,
        "imagePullPolicy": "IfNotPresent",
        "ports": [{"containerPort": 80}],
    }])
}

#[tokio::test]
async fn an_ordinary_pod_reaches_a_virtual_one_through_its_service() {
    with_namespace("service", async |cluster| {
        let labels = json!({"app": "web"});
        let mut pod = virtual_pod("web", "Always", server());
        pod["metadata"] = web(&labels);
        cluster.create_pod(pod).await?;
        cluster.apply(&[service("ClusterIP", &labels)]).await?;
        let pod = cluster.await_ready("web").await?;
        await_endpoint(cluster, &pod["status"]["podIP"]).await?;
        let service = cluster.get("service", "web").await?;
        let address = service["spec"]["clusterIP"].as_str().context("a service without an address")?;
        let script = format!("curl -sS --retry 5 --retry-connrefused http://{address}:8080");
        let page = cluster.run_in_cluster("curl", &script).await?;
        ensure!(page.contains(TITLE), "{page}");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_virtual_pod_reaches_an_ordinary_one_through_its_service() {
    with_namespace("service", async |cluster| {
        let labels = json!({"app": "web"});
        let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "spec": {"containers": server()}});
        pod["metadata"] = web(&labels);
        cluster.create_pod(pod).await?;
        cluster.apply(&[service("NodePort", &labels)]).await?;
        let pod = cluster.await_ready("web").await?;
        await_endpoint(cluster, &pod["status"]["podIP"]).await?;
        let service = cluster.get("service", "web").await?;
        let port = &service["spec"]["ports"][0]["nodePort"];
        let node = cluster.ordinary_node_address().await?;
        let text = format!("curl -sS --retry 5 --retry-connrefused http://{node}:{port}/");
        cluster.create_pod(virtual_pod("caller", "OnFailure", json!([script("main", &text)]))).await?;
        cluster.await_phase("caller", "Succeeded").await?;
        let said = cluster.logs("caller", "main").await?;
        ensure!(said.contains(TITLE), "{said}");
        Ok(())
    })
    .await;
}
