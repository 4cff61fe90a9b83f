//! The AKS virtual-nodes sample, unchanged.

use std::net::IpAddr;

use aci_e2e::HELLOWORLD_IMAGE;
use aci_e2e::VIRTUAL_NODE;
use aci_e2e::cluster::{Cluster, is_ready, with_namespace};
use aci_e2e::wait::{Check, PATIENCE, wait_for};
use anyhow::{Context, Result, ensure};
use k8s_openapi::api::apps::v1::Deployment;
use kube::Api;
use kube::api::{ListParams, Patch, PatchParams, PostParams};
use serde_json::{Value, json};

const SAMPLE: &str = include_str!("../../../kind-config/samples/aci-helloworld.yaml");

#[tokio::test]
async fn the_sample_runs_on_the_virtual_node_and_answers_a_cluster_pod() {
    with_namespace("sample", async |cluster| {
        deploy(cluster).await?;
        let pods = await_pods(cluster, 1).await?;
        let pod = &pods[0];
        ensure!(pod["spec"]["nodeName"] == VIRTUAL_NODE, "it runs on {}", pod["spec"]["nodeName"]);
        ensure!(pod["spec"]["containers"][0]["image"] == HELLOWORLD_IMAGE);
        let page = cluster.run_in_cluster("curl", &format!("curl -sSL http://{}", ip_of(pod)?)).await?;
        ensure!(page.contains("<title>Welcome to Azure Container Instances!</title>"), "{page}");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn the_sample_scales_to_three_addresses_and_back() {
    with_namespace("scale", async |cluster| {
        deploy(cluster).await?;
        await_pods(cluster, 1).await?;
        scale(cluster, 3).await?;
        let pods = await_pods(cluster, 3).await?;
        let mut addresses = pods.iter().map(ip_of).collect::<Result<Vec<_>>>()?;
        addresses.sort();
        addresses.dedup();
        ensure!(addresses.len() == 3, "addresses are shared: {addresses:?}");
        scale(cluster, 1).await?;
        await_pods(cluster, 1).await?;
        wait_for("ARM holds one group of the namespace", PATIENCE, async || {
            let groups = cluster.arm.groups().await?;
            let left = groups
                .iter()
                .filter(|group| group["tags"]["Namespace"] == cluster.namespace.as_str())
                .count();
            Ok(if left == 1 { Check::Done(()) } else { Check::NotYet(format!("{left} groups")) })
        })
        .await
    })
    .await;
}

async fn deploy(cluster: &Cluster) -> Result<()> {
    let deployments: Api<Deployment> = Api::namespaced(cluster.client.clone(), &cluster.namespace);
    let manifest: Deployment = serde_saphyr::from_str(SAMPLE).context("the sample is no Deployment")?;
    deployments.create(&PostParams::default(), &manifest).await?;
    Ok(())
}

async fn scale(cluster: &Cluster, replicas: u32) -> Result<()> {
    let deployments: Api<Deployment> = Api::namespaced(cluster.client.clone(), &cluster.namespace);
    let patch = Patch::Merge(json!({"spec": {"replicas": replicas}}));
    deployments.patch("aci-helloworld", &PatchParams::default(), &patch).await?;
    Ok(())
}

/// Waits until the sample has exactly so many pods and all are ready.
async fn await_pods(cluster: &Cluster, count: usize) -> Result<Vec<Value>> {
    wait_for(&format!("{count} sample pods are ready"), PATIENCE, async || {
        let listed = cluster.pods().list(&ListParams::default().labels("app=aci-helloworld")).await?;
        let pods = listed.items.iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>()?;
        let ready = pods.iter().filter(|pod| is_ready(pod)).count();
        Ok(if pods.len() == count && ready == count {
            Check::Done(pods)
        } else {
            Check::NotYet(format!("{ready} of {} are ready", pods.len()))
        })
    })
    .await
}

fn ip_of(pod: &Value) -> Result<IpAddr> {
    let text = pod["status"]["podIP"].as_str().context("a ready pod without an address")?;
    text.parse().with_context(|| format!("{text} is no address"))
}
