//! Which pods the virtual node gets.

use aci_e2e::VIRTUAL_NODE;
use aci_e2e::cluster::with_namespace;
use aci_e2e::manifest::script;
use aci_e2e::wait::{Check, PATIENCE, wait_for};
use anyhow::{Context, ensure};
use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::core::v1::Node;
use kube::Api;
use kube::api::{ListParams, PostParams};
use serde_json::json;

#[tokio::test]
async fn a_daemon_set_places_no_pod_on_the_virtual_node() {
    with_namespace("daemons", async |cluster| {
        let daemons: Api<DaemonSet> = Api::namespaced(cluster.client.clone(), &cluster.namespace);
        let labels = json!({"app": "daemon"});
        let manifest = json!({
            "metadata": {"name": "daemon"},
            "spec": {
                "selector": {"matchLabels": labels},
                "template": {
                    "metadata": {"labels": labels},
                    "spec": {"containers": [script("main", "exec sleep infinity")]},
                },
            },
        });
        daemons.create(&PostParams::default(), &serde_json::from_value(manifest)?).await?;
        wait_for("the daemon set has placed its pods", PATIENCE, async || {
            let status = daemons.get("daemon").await?.status.unwrap_or_default();
            let settled =
                status.desired_number_scheduled > 0 && status.number_ready == status.desired_number_scheduled;
            Ok(if settled { Check::Done(()) } else { Check::NotYet(format!("{status:?}")) })
        })
        .await?;
        for pod in cluster.pods().list(&ListParams::default()).await? {
            let node = pod.spec.and_then(|spec| spec.node_name);
            ensure!(node.as_deref() != Some(VIRTUAL_NODE), "a daemon pod is on the virtual node");
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn the_node_looks_as_aks_shows_it() {
    with_namespace("node", async |cluster| {
        let nodes: Api<Node> = Api::all(cluster.client.clone());
        let node = serde_json::to_value(nodes.get(VIRTUAL_NODE).await?)?;
        let labels = &node["metadata"]["labels"];
        for (label, value) in [
            ("type", "virtual-kubelet"),
            ("kubernetes.io/role", "agent"),
            ("beta.kubernetes.io/os", "linux"),
            ("kubernetes.io/os", "linux"),
            ("kubernetes.io/hostname", VIRTUAL_NODE),
        ] {
            ensure!(labels[label] == value, "label {label} is {}", labels[label]);
        }
        let taints = node["spec"]["taints"].as_array().context("no taints")?;
        let taint = json!({"key": "virtual-kubelet.io/provider", "value": "azure", "effect": "NoSchedule"});
        ensure!(taints.contains(&taint), "{taints:?}");
        ensure!(cluster.node_condition(VIRTUAL_NODE, "Ready").await? == "True");
        Ok(())
    })
    .await;
}
