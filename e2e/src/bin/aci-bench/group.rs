//! GETs of a running group, and PUT to Running against the raw Docker calls for the same containers.

use std::time::Duration;

use aci_e2e::HELLOWORLD_IMAGE;
use aci_e2e::arm::{API_VERSION, SUBSCRIPTION};
use anyhow::{Context, Result, ensure};
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::emulator::Emulator;
use crate::http::{Connection, canned_server, rate, request};
use crate::measure::{median, now, report, report_time};

/// Groups made for a median; each takes about a second.
const ROUNDS: usize = 7;

/// The group that stays while others come and go.
const STEADY: &str = "steady";

const LOAD: Duration = Duration::from_secs(3);

pub(crate) async fn measure() -> Result<()> {
    let docker = Docker::connect().await?;
    let emulator = Emulator::start("docker").await?;
    let mut arm = Connection::open(&emulator.address).await?;
    put(&mut arm, &resource_group(), &json!({"location": "westus2"})).await?;
    // One group stays while others come and go, as on an emulator in use: the network that all share is there.
    put(&mut arm, &group_path(STEADY), &group_body()).await?;
    await_running(&mut arm, &request("GET", &group_path(STEADY), None)).await?;
    docker.raw_time("warm").await?;
    let mut ours = Vec::new();
    let mut raw = Vec::new();
    for round in 0..ROUNDS {
        ours.push(group_time(&mut arm, &format!("bench-{round}")).await?);
        raw.push(docker.raw_time(&format!("bench-{round}")).await?);
    }
    report_time("PUT to Running / raw Docker calls", median(ours), median(raw));
    get_rate(&emulator, &mut arm).await?;
    acknowledgements(&mut arm).await?;
    arm.exchange(&request("POST", "/_emulator/reset", None)).await.map(drop)
}

async fn get_rate(emulator: &Emulator, arm: &mut Connection) -> Result<()> {
    let get = request("GET", &group_path(STEADY), None);
    let body = await_running(arm, &get).await?;
    let canned = canned_server(body).await?;
    let ours = rate(&emulator.address, &get, LOAD).await?;
    let baseline = rate(&canned, &get, LOAD).await?;
    report("GET of a running group / canned answer", "/s", ours, baseline);
    Ok(())
}

/// PUT and DELETE while Docker has other groups to make and remove, against a look at one.
async fn acknowledgements(arm: &mut Connection) -> Result<()> {
    let look = request("GET", &group_path(STEADY), None);
    let (mut puts, mut deletes, mut looks) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let names = ["a", "b", "c"].map(|which| format!("ack-{round}-{which}"));
        for name in &names {
            puts.push(timed(arm, &request("PUT", &group_path(name), Some(&group_body()))).await?);
            looks.push(timed(arm, &look).await?);
        }
        // The first is removed while the others are still being made.
        for name in &names {
            deletes.push(timed(arm, &request("DELETE", &group_path(name), None)).await?);
        }
    }
    report_time("PUT acknowledged while Docker works / GET", longest(&puts), median(looks.clone()));
    report_time("DELETE acknowledged while Docker works / GET", longest(&deletes), median(looks));
    Ok(())
}

fn longest(times: &[Duration]) -> Duration {
    times.iter().copied().max().unwrap_or_default()
}

async fn timed(arm: &mut Connection, request: &[u8]) -> Result<Duration> {
    let begin = now();
    let (status, body) = arm.exchange(request).await?;
    ensure!((200..300).contains(&status), "{status}: {}", String::from_utf8_lossy(&body));
    Ok(now() - begin)
}

/// From PUT until GET shows the group running; the group is deleted again.
async fn group_time(arm: &mut Connection, name: &str) -> Result<Duration> {
    let path = group_path(name);
    let get = request("GET", &path, None);
    let begin = now();
    put(arm, &path, &group_body()).await?;
    await_running(arm, &get).await?;
    let time = now() - begin;
    arm.exchange(&request("DELETE", &path, None)).await?;
    Ok(time)
}

/// Asks without pause, as the time is what is measured.
async fn await_running(arm: &mut Connection, get: &[u8]) -> Result<Vec<u8>> {
    let patience = now() + Duration::from_secs(60);
    loop {
        let (_, body) = arm.exchange(get).await?;
        let group: Value = serde_json::from_slice(&body)?;
        if group["properties"]["instanceView"]["state"] == "Running" {
            return Ok(body);
        }
        ensure!(now() < patience, "after a minute not yet running: {group}");
        tokio::task::yield_now().await;
    }
}

pub(crate) async fn put(arm: &mut Connection, path: &str, body: &Value) -> Result<()> {
    let (status, answer) = arm.exchange(&request("PUT", path, Some(body))).await?;
    ensure!(status == 200 || status == 201, "PUT {path}: {status} {}", String::from_utf8_lossy(&answer));
    Ok(())
}

pub(crate) fn resource_group() -> String {
    format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/bench?api-version=2021-04-01")
}

pub(crate) fn group_path(name: &str) -> String {
    format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/bench/providers/Microsoft.ContainerInstance\
         /containerGroups/{name}?api-version={API_VERSION}"
    )
}

pub(crate) fn group_body() -> Value {
    let resources = json!({"requests": {"cpu": 0.5, "memoryInGB": 0.5}});
    let container = json!({"image": HELLOWORLD_IMAGE, "resources": resources, "ports": [{"port": 80}]});
    json!({
        "location": "westus2",
        "properties": {"osType": "Linux", "containers": [{"name": "main", "properties": container}]},
    })
}

/// The Docker API without a library: what the emulator's calls cost at least.
struct Docker {
    client: Client,
}

impl Docker {
    async fn connect() -> Result<Self> {
        let client = Client::builder().unix_socket("/var/run/docker.sock").no_proxy().build()?;
        let docker = Self { client };
        let image = format!("/images/{HELLOWORLD_IMAGE}/json");
        let (status, _) = docker.call(Method::GET, &image, None).await.context("no Docker daemon")?;
        ensure!(status == 200, "the image {HELLOWORLD_IMAGE} is not there: `make up` brings it");
        Ok(docker)
    }

    /// A container that owns the network, and one that joins it: created, started, inspected for the address.
    async fn raw_time(&self, name: &str) -> Result<Duration> {
        let sandbox = format!("aci-bench-{name}-sandbox");
        let main = format!("aci-bench-{name}-main");
        let begin = now();
        self.create(&sandbox, json!({"Image": HELLOWORLD_IMAGE})).await?;
        self.expect(Method::POST, &format!("/containers/{sandbox}/start"), None).await?;
        self.expect(Method::GET, &format!("/containers/{sandbox}/json"), None).await?;
        let join = json!({"NetworkMode": format!("container:{sandbox}"), "NanoCpus": 500_000_000_u64, "Memory": 500_000_000_u64});
        let container =
            json!({"Image": HELLOWORLD_IMAGE, "HostConfig": join, "Entrypoint": ["sleep", "60"], "Cmd": []});
        self.create(&main, container).await?;
        self.expect(Method::POST, &format!("/containers/{main}/start"), None).await?;
        self.expect(Method::GET, &format!("/containers/{main}/json"), None).await?;
        let time = now() - begin;
        for container in [main, sandbox] {
            self.expect(Method::DELETE, &format!("/containers/{container}?force=1&v=1"), None).await?;
        }
        Ok(time)
    }

    async fn create(&self, name: &str, body: Value) -> Result<()> {
        // What an interrupted run may have left.
        self.call(Method::DELETE, &format!("/containers/{name}?force=1"), None).await?;
        self.expect(Method::POST, &format!("/containers/create?name={name}"), Some(body)).await
    }

    async fn expect(&self, method: Method, path: &str, body: Option<Value>) -> Result<()> {
        let (status, text) = self.call(method, path, body).await?;
        ensure!((200..300).contains(&status), "Docker refused {path}: {status} {text}");
        Ok(())
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Result<(u16, String)> {
        let mut request = self.client.request(method, format!("http://docker{path}"));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await?;
        Ok((answer.status().as_u16(), answer.text().await?))
    }
}
