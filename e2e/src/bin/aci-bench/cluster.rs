//! Pod created to Running against the group's own time, on the demo's cluster and emulator.

use std::time::Duration;

use aci_e2e::HELLOWORLD_IMAGE;
use aci_e2e::arm::{Arm, demo_subnet, groups_path};
use aci_e2e::manifest::virtual_pod;
use aci_e2e::wait::{Check, PATIENCE};
use anyhow::{Context, Result, ensure};
use futures::TryStreamExt;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{DeleteParams, PostParams, WatchParams};
use kube::core::WatchEvent;
use kube::{Api, Client};
use reqwest::Method;
use serde_json::{Value, json};

use crate::measure::{median, now, report_time};

/// Pods made for a median; each takes a few seconds.
const ROUNDS: usize = 5;

pub(crate) async fn measure() -> Result<()> {
    let client = Client::try_default().await.context("KUBECONFIG names no cluster")?;
    let arm = Arm::of_the_demo().await?;
    let pods: Api<Pod> = Api::namespaced(client, "default");
    let mut ours = Vec::new();
    let mut groups = Vec::new();
    for round in 0..ROUNDS {
        ours.push(pod_time(&pods, &format!("bench-{round}")).await?);
        groups.push(group_time(&arm, &format!("bench-{round}")).await?);
    }
    report_time("pod created to Running / its group alone", median(ours), median(groups));
    Ok(())
}

async fn pod_time(pods: &Api<Pod>, name: &str) -> Result<Duration> {
    let containers = json!([{"name": "main", "image": HELLOWORLD_IMAGE}]);
    let pod: Pod = serde_json::from_value(virtual_pod(name, "Always", containers))?;
    let begin = now();
    let created = pods.create(&PostParams::default(), &pod).await?;
    let version = created.metadata.resource_version.context("no resource version")?;
    let params = WatchParams::default().fields(&format!("metadata.name={name}"));
    let events = pods.watch(&params, &version).await?;
    let mut events = std::pin::pin!(events);
    let running = async {
        while let Some(event) = events.try_next().await? {
            if let WatchEvent::Modified(pod) = event
                && pod.status.and_then(|status| status.phase).as_deref() == Some("Running")
            {
                return Ok(now() - begin);
            }
        }
        anyhow::bail!("the watch ended before the pod ran")
    };
    let time = tokio::time::timeout(PATIENCE, running).await.context("the pod does not run")?;
    pods.delete(name, &DeleteParams::default().grace_period(0)).await?;
    time
}

async fn group_time(arm: &Arm, name: &str) -> Result<Duration> {
    let path = format!("{}/{name}", groups_path());
    let resources = json!({"requests": {"cpu": 1.0, "memoryInGB": 1.5}});
    let container = json!({"image": HELLOWORLD_IMAGE, "resources": resources});
    let body = json!({
        "location": "westus2",
        "properties": {
            "osType": "Linux",
            "containers": [{"name": "main", "properties": container}],
            // Where the provider puts its pods, so that both are made on the same network.
            "subnetIds": [{"id": demo_subnet()}],
        },
    });
    let begin = now();
    let (status, answer) = arm.send(Method::PUT, &path, Some(&body)).await?;
    ensure!(status == 201, "{status} {answer}");
    let patience = begin + PATIENCE;
    let check = async || -> Result<Check<()>> {
        let (_, group): (u16, Value) = arm.send(Method::GET, &path, None).await?;
        let state = &group["properties"]["instanceView"]["state"];
        Ok(if state == "Running" { Check::Done(()) } else { Check::NotYet(state.to_string()) })
    };
    while let Check::NotYet(state) = check().await? {
        ensure!(now() < patience, "the group does not run: {state}");
    }
    let time = now() - begin;
    arm.send(Method::DELETE, &path, None).await?;
    Ok(time)
}
