//! A thousand pods at once: the provider between an API server of a few lines and the simulated runtime.

use std::collections::HashMap;
use std::time::Duration;

use aci_e2e::arm::{Arm, SUBSCRIPTION};
use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};

mod api_server;
mod provider;

use crate::emulator::Emulator;
use crate::measure::{median, now, report, report_time};
use api_server::ApiServer;
use provider::Provider;

/// Pods that are bound at the same moment.
const PODS: usize = 1000;
/// Groups whose end is waited for, one after the other.
const ENDS: usize = 200;
/// How long calls are counted while nothing happens.
const REST: Duration = Duration::from_secs(60);
/// How long after the last change pods count as at rest, their log streams opened.
const SETTLE: Duration = Duration::from_secs(90);
/// Longer than this nothing here takes, or it is broken.
const PATIENCE: Duration = Duration::from_secs(300);
/// What the Go provider does: two looks at every pod every five seconds.
const GO_CALLS: f64 = 24.0;

const RESOURCE_GROUP: &str = "fleet";

pub(crate) async fn measure() -> Result<()> {
    let emulator = Emulator::start("sim").await?;
    let arm = Arm::connect(&format!("http://{}", emulator.address)).await?;
    create_resource_group(&arm).await?;
    let server = ApiServer::start().await?;
    let provider = Provider::start(&emulator.address, &server.address, RESOURCE_GROUP)?;
    server.until("the node is Ready", PATIENCE, |state| state.kubelet_port().is_some()).await?;
    let idle = provider.memory()?;

    let began = now();
    server.bind((0..PODS).map(pod));
    server.until("all pods run", PATIENCE, |state| state.in_phase("Running") == PODS).await?;
    let took = now() - began;
    report_time("1,000 pods bound to Running / raw PUT, GET", took, raw(&arm).await?);
    report("provider memory (PSS), 1,000 pods / idle", "MiB", provider.memory()?, idle);

    let port = server.with(|state| state.kubelet_port()).context("no kubelet port")?;
    pass(SETTLE).await;
    let before = provider::arm_calls(port).await?;
    pass(REST).await;
    let calls = provider::arm_calls(port).await? - before;
    report(
        "ARM calls per pod-minute at rest / Go",
        "",
        calls / count(PODS) / (REST.as_secs_f64() / 60.0),
        GO_CALLS,
    );
    report("provider memory (PSS) at rest / idle", "MiB", provider.memory()?, idle);

    let groups_by_pod = groups_by_pod(&arm).await?;
    let (mut ends, mut looks) = (Vec::new(), Vec::new());
    for number in 0..ENDS {
        let name = format!("fleet-{number}");
        let group = groups_by_pod.get(&name).with_context(|| format!("{name} has no group"))?;
        let path = format!("{}/{group}", groups());
        let begin = now();
        arm.send(Method::GET, &path, None).await?;
        looks.push(now() - begin);
        let begin = now();
        let (status, body) = arm.send(Method::POST, &format!("{path}/stop"), None).await?;
        ensure!(status == 204, "{status}: {body}");
        server.until("the end shows", PATIENCE, |state| state.has_ended(&name)).await?;
        ends.push(now() - begin);
    }
    report_time("end of a container to its status, p50 / GET", median(ends.clone()), median(looks.clone()));
    report_time("end of a container to its status, p99 / GET", late(ends), late(looks));
    Ok(())
}

fn groups() -> String {
    format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/{RESOURCE_GROUP}/providers/Microsoft.ContainerInstance/containerGroups"
    )
}

async fn groups_by_pod(arm: &Arm) -> Result<HashMap<String, String>> {
    let (status, body) = arm.send(Method::GET, &groups(), None).await?;
    ensure!(status == 200, "{status}: {body}");
    let pair = |group: &Value| {
        Some((group["tags"]["PodName"].as_str()?.to_owned(), group["name"].as_str()?.to_owned()))
    };
    Ok(body["value"].as_array().into_iter().flatten().filter_map(pair).collect())
}

fn pod(number: usize) -> Value {
    let name = format!("fleet-{number}");
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "default", "uid": format!("uid-{name}")},
        "spec": {
            "nodeName": provider::NODE, "restartPolicy": "Never", "enableServiceLinks": false,
            "automountServiceAccountToken": false,
            "containers": [{"name": "app", "image": "registry.example/app:1",
                "resources": {"requests": {"cpu": "100m", "memory": "100Mi"}}}],
        },
        "status": {"phase": "Pending", "qosClass": "Burstable"},
    })
}

async fn create_resource_group(arm: &Arm) -> Result<()> {
    let path = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/{RESOURCE_GROUP}");
    let (status, body) = arm.send(Method::PUT, &path, Some(&json!({"location": "westus2"}))).await?;
    ensure!(status < 300, "{status}: {body}");
    Ok(())
}

/// The least that a thousand groups cost: one PUT and one GET each, with as many side by side as the provider has.
async fn raw(arm: &Arm) -> Result<Duration> {
    const SIDE_BY_SIDE: usize = 16;
    let body = json!({"location": "westus2", "properties": {"osType": "Linux", "containers": [
        {"name": "app", "properties": {"image": "registry.example/app:1",
            "resources": {"requests": {"cpu": 0.1, "memoryInGB": 0.1}}}}]}});
    let begin = now();
    let calls = futures::stream::iter((0..PODS).map(|number| {
        let (path, body) = (format!("{}/raw-{number}", groups()), &body);
        async move {
            let (status, answer) = arm.send(Method::PUT, &path, Some(body)).await?;
            ensure!(status < 300, "{status}: {answer}");
            arm.send(Method::GET, &path, None).await?;
            Ok(())
        }
    }));
    let answers: Vec<Result<()>> =
        futures::StreamExt::collect(futures::StreamExt::buffer_unordered(calls, SIDE_BY_SIDE)).await;
    let took = now() - begin;
    answers.into_iter().collect::<Result<()>>()?;
    Ok(took)
}

fn late(mut samples: Vec<Duration>) -> Duration {
    samples.sort_unstable();
    samples.get(samples.len() * 99 / 100).copied().unwrap_or_default()
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::INFINITY, f64::from)
}

/// Lets time pass, for that nothing happens meanwhile is what is measured.
async fn pass(time: Duration) {
    tokio::time::timeout(time, std::future::pending::<()>()).await.ok();
}
