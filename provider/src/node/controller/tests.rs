//! The controller against an API server of a few lines, on paused time.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use aci_model::group::ContainerGroup;
use async_trait::async_trait;
use futures::future::BoxFuture;
use http::{Method, Request, Response};
use http_body_util::BodyExt;
use indexmap::IndexMap;
use kube::client::Body;
use serde_json::{Value, json};
use tower_test::mock::{Handle, pair};

use super::*;
use crate::arm::ContainerGroups;
use crate::clock::Clock;
use crate::node::object::tests::settings;

const NODE: &str = "/api/v1/nodes/virtual-node-aci-linux";
const STATUS: &str = "/api/v1/nodes/virtual-node-aci-linux/status";
const LEASES: &str = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
const LEASE: &str = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/virtual-node-aci-linux";

/// A wall clock that moves with tokio's.
struct PausedClock(tokio::time::Instant);

impl Clock for PausedClock {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH + self.0.elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let until = tokio::time::Instant::now() + duration;
        Box::pin(tokio::time::sleep_until(until))
    }
}

/// An ARM that answers pings as told, and well once nothing is told.
#[derive(Default)]
struct Pings(Mutex<VecDeque<Result<(), ArmError>>>);

#[async_trait]
impl ContainerGroups for Pings {
    async fn get(&self, _: &str) -> Result<Option<ContainerGroup>, ArmError> {
        unreachable!()
    }

    async fn list(&self) -> Result<Vec<ContainerGroup>, ArmError> {
        unreachable!()
    }

    async fn put(&self, _: &str, _: &ContainerGroup) -> Result<ContainerGroup, ArmError> {
        unreachable!()
    }

    async fn delete(&self, _: &str) -> Result<(), ArmError> {
        unreachable!()
    }

    async fn logs(&self, _: &str, _: &str, _: Option<u32>, _: bool) -> Result<String, ArmError> {
        unreachable!()
    }

    async fn retag(&self, _: &str, _: &IndexMap<String, String>) -> Result<ContainerGroup, ArmError> {
        unreachable!()
    }

    async fn ping(&self) -> Result<(), ArmError> {
        self.0.lock().unwrap().pop_front().unwrap_or(Ok(()))
    }
}

struct ApiServer {
    handle: Handle<Request<Body>, Response<Body>>,
    shutdown: CancellationToken,
    running: tokio::task::JoinHandle<Result<(), NodeError>>,
}

impl ApiServer {
    /// A controller whose ARM answers pings so, seen from its API server.
    fn start(pings: impl IntoIterator<Item = Result<(), ArmError>>) -> Self {
        Self::start_with(settings(), pings)
    }

    fn start_with(settings: NodeSettings, pings: impl IntoIterator<Item = Result<(), ArmError>>) -> Self {
        let (service, handle) = pair::<Request<Body>, Response<Body>>();
        let arm = Arc::new(Pings(Mutex::new(pings.into_iter().collect())));
        let clock = Arc::new(PausedClock(tokio::time::Instant::now()));
        let controller = NodeController::new(settings, Client::new(service, "default"), arm, clock);
        let shutdown = CancellationToken::new();
        let running = tokio::spawn(controller.run(shutdown.clone()));
        Self { handle, shutdown, running }
    }

    /// Takes the next request, which must be this one, answers it with the body made of its own body, and
    /// returns that.
    async fn expect(
        &mut self,
        method: Method,
        path: &str,
        answer: impl FnOnce(&Value) -> (u16, Value),
    ) -> Value {
        let next = tokio::time::timeout(Duration::from_secs(120), self.handle.next_request()).await;
        let (request, send) = next.unwrap_or_else(|_| panic!("{method} {path} must be asked for")).unwrap();
        assert_eq!((request.method(), request.uri().path()), (&method, path));
        let bytes = request.into_body().collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        let (status, answer) = answer(&body);
        let answer = Body::from(serde_json::to_vec(&answer).unwrap());
        send.send_response(Response::builder().status(status).body(answer).unwrap());
        body
    }

    /// Answers as an API server that has neither node nor lease.
    async fn register(&mut self) {
        self.expect(Method::GET, NODE, |_| missing()).await;
        self.expect(Method::POST, "/api/v1/nodes", |body| (201, with_uid(body))).await;
        self.expect(Method::GET, LEASE, |_| missing()).await;
        self.expect(Method::POST, LEASES, |body| (201, body.clone())).await;
    }

    async fn stop(self) {
        self.shutdown.cancel();
        self.running.await.unwrap().unwrap();
    }
}

fn missing() -> (u16, Value) {
    (404, json!({ "kind": "Status", "status": "Failure", "reason": "NotFound", "message": "", "code": 404 }))
}

fn conflict() -> (u16, Value) {
    (409, json!({ "kind": "Status", "status": "Failure", "reason": "Conflict", "message": "", "code": 409 }))
}

fn with_uid(node: &Value) -> Value {
    let mut node = node.clone();
    node["metadata"]["uid"] = json!("u-1");
    node
}

/// The node as the API server answers a status patch.
fn patched(patch: &Value) -> (u16, Value) {
    let conditions = &patch["status"]["conditions"];
    let metadata = json!({ "name": "virtual-node-aci-linux", "uid": "u-1" });
    (200, json!({ "metadata": metadata, "status": { "conditions": conditions } }))
}

fn ready(patch: &Value) -> (&str, &str) {
    let condition = &patch["status"]["conditions"][0];
    assert_eq!(condition["type"], "Ready");
    (condition["status"].as_str().unwrap(), condition["message"].as_str().unwrap())
}

fn silence() -> Result<(), ArmError> {
    Err(ArmError::Transport("refused".to_owned()))
}

#[tokio::test(start_paused = true)]
async fn a_new_node_is_created_with_a_lease_and_reported_ready() {
    let mut api = ApiServer::start([]);
    api.expect(Method::GET, NODE, |_| missing()).await;
    let node = api.expect(Method::POST, "/api/v1/nodes", |body| (201, with_uid(body))).await;
    assert_eq!(node["spec"]["taints"][0]["key"], "virtual-kubelet.io/provider");
    api.expect(Method::GET, LEASE, |_| missing()).await;
    let lease = api.expect(Method::POST, LEASES, |body| (201, body.clone())).await;
    assert_eq!(lease["metadata"]["ownerReferences"][0]["uid"], "u-1");
    let patch = api.expect(Method::PATCH, STATUS, patched).await;
    assert_eq!(ready(&patch), ("True", "kubelet is ready."));
    api.stop().await;
}

#[tokio::test(start_paused = true)]
async fn the_lease_is_renewed_every_beat_and_the_status_every_minute() {
    let mut api = ApiServer::start([]);
    api.register().await;
    api.expect(Method::PATCH, STATUS, patched).await;
    let mut renewals = Vec::new();
    for _ in 0..6 {
        let lease = api.expect(Method::PUT, LEASE, |body| (200, body.clone())).await;
        renewals.push(lease["spec"]["renewTime"].as_str().unwrap()[17..19].to_owned());
    }
    assert_eq!(renewals, ["10", "20", "30", "40", "50", "00"]);
    let patch = api.expect(Method::PATCH, STATUS, patched).await;
    let condition = &patch["status"]["conditions"][0];
    assert_eq!(condition["lastHeartbeatTime"], "1970-01-01T00:01:00Z");
    assert_eq!(condition["lastTransitionTime"], "1970-01-01T00:00:00Z");
    api.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_arm_that_stays_silent_makes_the_node_not_ready_and_one_answer_ready_again() {
    let mut api = ApiServer::start([Ok(()), silence(), silence(), silence()]);
    api.register().await;
    api.expect(Method::PATCH, STATUS, patched).await;
    for _ in 0..3 {
        api.expect(Method::PUT, LEASE, |body| (200, body.clone())).await;
    }
    let patch = api.expect(Method::PATCH, STATUS, patched).await;
    assert_eq!(ready(&patch), ("False", "Azure Resource Manager does not answer: refused"));
    assert_eq!(patch["status"]["conditions"][0]["reason"], "KubeletNotReady");
    api.expect(Method::PUT, LEASE, |body| (200, body.clone())).await;
    let patch = api.expect(Method::PATCH, STATUS, patched).await;
    assert_eq!(ready(&patch), ("True", "kubelet is ready."));
    api.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_node_that_was_deleted_is_registered_again() {
    let mut api = ApiServer::start([]);
    api.register().await;
    api.expect(Method::PATCH, STATUS, patched).await;
    // The garbage collector took the lease with its node.
    api.expect(Method::PUT, LEASE, |_| missing()).await;
    api.expect(Method::GET, LEASE, |_| missing()).await;
    api.expect(Method::POST, LEASES, |body| (201, body.clone())).await;
    api.expect(Method::PATCH, STATUS, |_| missing()).await;
    api.expect(Method::GET, NODE, |_| missing()).await;
    api.expect(Method::POST, "/api/v1/nodes", |body| (201, with_uid(body))).await;
    api.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_somebody_else_wrote_is_read_afresh() {
    let mut api = ApiServer::start([]);
    api.register().await;
    api.expect(Method::PATCH, STATUS, patched).await;
    api.expect(Method::PUT, LEASE, |_| conflict()).await;
    let newer = json!({ "metadata": { "name": "virtual-node-aci-linux", "resourceVersion": "9" } });
    api.expect(Method::GET, LEASE, |_| (200, newer)).await;
    let lease = api.expect(Method::PUT, LEASE, |body| (200, body.clone())).await;
    assert_eq!(lease["metadata"]["resourceVersion"], "9");
    api.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_cordoned_node_is_adopted_as_it_is() {
    let mut api = ApiServer::start([]);
    let mut existing = serde_json::to_value(node_object(&settings(), Timestamp::UNIX_EPOCH)).unwrap();
    existing["spec"]["unschedulable"] = json!(true);
    existing["metadata"]["labels"]["team"] = json!("blue");
    api.expect(Method::GET, NODE, |_| (200, existing)).await;
    // No patch of the node: only the lease and the status.
    api.expect(Method::GET, LEASE, |_| missing()).await;
    api.expect(Method::POST, LEASES, |body| (201, body.clone())).await;
    api.expect(Method::PATCH, STATUS, patched).await;
    api.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_machine_s_node_is_left_alone() {
    let mut api = ApiServer::start([]);
    let machine = json!({ "metadata": { "name": "virtual-node-aci-linux", "labels": {} } });
    api.expect(Method::GET, NODE, |_| (200, machine)).await;
    let error = api.running.await.unwrap().unwrap_err().to_string();
    assert!(error.contains("choose another --nodename"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn an_api_server_that_fails_is_asked_again_and_told_the_status_anew() {
    let mut api = ApiServer::start([]);
    api.register().await;
    api.expect(Method::PATCH, STATUS, patched).await;
    let broken =
        (500, json!({ "kind": "Status", "status": "Failure", "reason": "", "message": "", "code": 500 }));
    api.expect(Method::PUT, LEASE, |_| broken).await;
    api.expect(Method::GET, LEASE, |_| (200, json!({ "metadata": { "name": "virtual-node-aci-linux" } })))
        .await;
    api.expect(Method::PUT, LEASE, |body| (200, body.clone())).await;
    api.expect(Method::PATCH, STATUS, patched).await;
    api.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_node_is_deregistered_on_demand_and_only_if_it_is_still_ours() {
    let mut server = ApiServer::start_with(NodeSettings { deregister: true, ..settings() }, []);
    server.register().await;
    server.expect(Method::PATCH, STATUS, patched).await;
    server.shutdown.cancel();
    let options = server.expect(Method::DELETE, NODE, |_| (200, json!({"kind": "Status"}))).await;
    assert_eq!(options["preconditions"]["uid"], "u-1", "{options}");
    server.running.await.unwrap().unwrap();
}
