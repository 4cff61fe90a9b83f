//! Many pods on a node, and a node that is to be emptied. Containers are simulated: what is tested is the way to them.

use std::collections::BTreeSet;

use aci_e2e::cluster::is_ready;
use aci_e2e::manifest::script;
use aci_e2e::process::run;
use aci_e2e::stack::{Stack, with_stack};
use aci_e2e::wait::{Check, PATIENCE, wait_for};
use anyhow::{Result, ensure};
use serde_json::{Value, json};

const FLEET: usize = 100;

async fn deploy(stack: &Stack<'_>, replicas: usize) -> Result<()> {
    let labels = json!({"fleet": "ship"});
    let spec = stack.spec("Always", json!([script("main", "exec sleep infinity")]));
    let deployment = json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "fleet"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": spec},
        },
    });
    stack.cluster.apply(&[deployment]).await
}

async fn await_ready(stack: &Stack<'_>, count: usize) -> Result<Vec<Value>> {
    wait_for(&format!("{count} pods are ready"), PATIENCE, async || {
        let pods = stack.cluster.pods_of("fleet=ship").await?;
        let ready = pods.iter().filter(|pod| is_ready(pod)).count();
        Ok(if ready == count && pods.len() == count {
            Check::Done(pods)
        } else {
            Check::NotYet(format!("{ready} of {} are", pods.len()))
        })
    })
    .await
}

async fn await_groups(stack: &Stack<'_>, count: usize) -> Result<()> {
    wait_for(&format!("ARM holds {count} groups"), PATIENCE, async || {
        let groups = stack.arm.groups().await?.len();
        Ok(if groups == count { Check::Done(()) } else { Check::NotYet(format!("{groups}")) })
    })
    .await
}

#[tokio::test]
async fn a_hundred_pods_at_once_all_run_and_all_go() {
    with_stack("fleet", async |stack| {
        deploy(stack, FLEET).await?;
        let pods = await_ready(stack, FLEET).await?;
        let addresses: BTreeSet<_> = pods.iter().filter_map(|pod| pod["status"]["podIP"].as_str()).collect();
        ensure!(addresses.len() == FLEET, "{} addresses", addresses.len());
        ensure!(pods.iter().all(|pod| pod["spec"]["nodeName"] == stack.name()));
        await_groups(stack, FLEET).await?;
        let summary = format!("/api/v1/nodes/{}/proxy/stats/summary", stack.name());
        let summary: Value = serde_json::from_str(&run("kubectl", &["get", "--raw", &summary]).await?)?;
        let counted = summary["pods"].as_array().map_or(0, Vec::len);
        ensure!(counted == FLEET, "{counted} pods in the summary");
        deploy(stack, 0).await?;
        await_ready(stack, 0).await?;
        await_groups(stack, 0).await
    })
    .await;
}

#[tokio::test]
async fn a_cordoned_node_gets_no_pods_and_a_drained_one_loses_them() {
    with_stack("drain", async |stack| {
        let node = stack.name();
        deploy(stack, 2).await?;
        await_ready(stack, 2).await?;
        run("kubectl", &["cordon", node]).await?;
        deploy(stack, 3).await?;
        wait_for("the third pod cannot be placed", PATIENCE, async || {
            let pods = stack.cluster.pods_of("fleet=ship").await?;
            let waiting = pods.iter().filter(|pod| {
                pod["spec"]["nodeName"].is_null()
                    && pod["status"]["conditions"][0]["reason"] == "Unschedulable"
            });
            Ok(match waiting.count() {
                1 => Check::Done(()),
                other => Check::NotYet(format!("{other} wait of {}", pods.len())),
            })
        })
        .await?;
        run("kubectl", &["drain", node, "--ignore-daemonsets", "--timeout=60s"]).await?;
        await_groups(stack, 0).await?;
        // A provider that starts leaves the mark of whoever cordoned the node.
        stack.stop_provider().await?;
        stack.start_provider().await?;
        stack.await_node("True").await?;
        let drained = stack.cluster.get("node", node).await?;
        ensure!(drained["spec"]["unschedulable"] == true, "{}", drained["spec"]);
        run("kubectl", &["uncordon", node]).await?;
        await_ready(stack, 3).await.map(drop)
    })
    .await;
}
