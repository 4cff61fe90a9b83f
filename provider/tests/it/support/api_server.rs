//! A Kubernetes API server in memory, as far as the pods controller asks it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Json;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use futures::StreamExt;
use http::{Method, StatusCode};
use k8s_openapi::api::core::v1::Pod;
use kube::Client;
use serde_json::{Value, json};
use tokio::sync::watch;
use tower::ServiceExt;

/// The server; clones share the state.
#[derive(Clone)]
pub(crate) struct ApiServer(Arc<Shared>);

struct Shared {
    state: Mutex<Inner>,
    /// The number of changes, which is the resource version too.
    version: watch::Sender<u64>,
}

#[derive(Default)]
struct Inner {
    pods: BTreeMap<String, Value>,
    secrets: BTreeMap<String, Value>,
    events: BTreeMap<String, Value>,
    log: Vec<Value>,
}

impl ApiServer {
    pub(crate) fn new() -> Self {
        let shared = Shared { state: Mutex::default(), version: watch::Sender::new(1) };
        Self(Arc::new(shared))
    }

    pub(crate) fn client(&self) -> Client {
        let router = Router::new()
            .route("/api/v1/pods", get(pods))
            .route("/api/v1/namespaces/{namespace}/pods/{name}", any(pod))
            .route("/api/v1/namespaces/{namespace}/pods/{name}/status", any(pod))
            .route("/api/v1/namespaces/{namespace}/secrets/{name}", get(secret))
            .route("/api/v1/namespaces/{namespace}/events", any(events))
            .route("/api/v1/namespaces/{namespace}/events/{name}", any(|| async { Json(json!({})) }))
            .fallback(|| async { not_found() })
            .with_state(self.clone());
        let service = router.map_request(|request: http::Request<kube::client::Body>| request.map(Body::new));
        Client::new(service, "default")
    }

    pub(crate) fn put_pod(&self, pod: &Pod) {
        self.change("ADDED", serde_json::to_value(pod).unwrap());
    }

    pub(crate) fn put_secret(&self, name: &str, secret: Value) {
        self.0.state.lock().unwrap().secrets.insert(name.to_owned(), secret);
    }

    /// `kubectl delete pod`: the pod stays until the provider lets it go.
    pub(crate) fn ask_to_delete(&self, name: &str) {
        self.edit(name, |pod| pod["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z"));
    }

    /// Changes a pod as a user does.
    pub(crate) fn edit(&self, name: &str, change: impl FnOnce(&mut Value)) {
        let mut pod = self.pod(name).unwrap();
        change(&mut pod);
        self.change("MODIFIED", pod);
    }

    /// `kubectl delete pod --grace-period=0 --force`.
    pub(crate) fn remove_pod(&self, name: &str) {
        let pod = self.pod(name).unwrap();
        self.change("DELETED", pod);
    }

    pub(crate) fn pod(&self, name: &str) -> Option<Value> {
        self.0.state.lock().unwrap().pods.get(name).cloned()
    }

    /// `reason: message` of all events.
    pub(crate) fn events(&self) -> Vec<String> {
        let state = self.0.state.lock().unwrap();
        let line = |event: &Value| {
            format!("{}: {}", event["reason"].as_str().unwrap(), event["message"].as_str().unwrap())
        };
        state.events.values().map(line).collect()
    }

    /// Waits until `condition` holds; the virtual clock moves on meanwhile.
    pub(crate) async fn until(&self, what: &str, condition: impl Fn() -> bool) {
        let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(1200);
        let mut tick = tokio::time::interval(std::time::Duration::from_millis(100));
        while !condition() {
            assert!(tokio::time::Instant::now() < deadline, "not yet true: {what}");
            tick.tick().await;
        }
    }

    fn change(&self, kind: &str, mut pod: Value) {
        let mut state = self.0.state.lock().unwrap();
        let version = *self.0.version.borrow() + 1;
        pod["metadata"]["resourceVersion"] = json!(version.to_string());
        let name = pod["metadata"]["name"].as_str().unwrap().to_owned();
        match kind {
            "DELETED" => drop(state.pods.remove(&name)),
            _ => drop(state.pods.insert(name, pod.clone())),
        }
        state.log.push(json!({"type": kind, "object": pod}));
        drop(state);
        self.0.version.send_replace(version);
    }
}

async fn pods(State(server): State<ApiServer>, Query(query): Query<BTreeMap<String, String>>) -> Response {
    assert_eq!(query.get("fieldSelector").map(String::as_str), Some("spec.nodeName=virtual-node-aci-linux"));
    if query.get("watch").map(String::as_str) != Some("true") {
        let state = server.0.state.lock().unwrap();
        let items: Vec<_> = state.pods.values().cloned().collect();
        let version = server.0.version.borrow().to_string();
        let list = json!({"apiVersion": "v1", "kind": "PodList", "metadata": {"resourceVersion": version}, "items": items});
        return Json(list).into_response();
    }
    let after: u64 = query["resourceVersion"].parse().unwrap();
    let changes = server.0.version.subscribe();
    let lines =
        futures::stream::unfold((server, changes, after), |(server, mut changes, after)| async move {
            changes.wait_for(|version| *version > after).await.ok()?;
            let newest = *changes.borrow();
            let state = server.0.state.lock().unwrap();
            let version =
                |event: &Value| event["object"]["metadata"]["resourceVersion"].as_str()?.parse::<u64>().ok();
            let fresh =
                state.log.iter().filter(|event| version(event).is_some_and(|v| v > after && v <= newest));
            let text: String = fresh.map(|event| format!("{event}\n")).collect();
            drop(state);
            Some((text, (server, changes, newest)))
        });
    Body::from_stream(lines.map(Ok::<_, std::io::Error>)).into_response()
}

async fn pod(
    State(server): State<ApiServer>,
    method: Method,
    Path((_, name)): Path<(String, String)>,
    body: String,
) -> Response {
    let Some(mut pod) = server.pod(&name) else { return not_found() };
    match method {
        Method::PATCH => {
            let patch: Value = serde_json::from_str(&body).unwrap();
            if patch["metadata"]["resourceVersion"] != pod["metadata"]["resourceVersion"] {
                return failure(StatusCode::CONFLICT, "Conflict");
            }
            merge(&mut pod, patch);
            server.change("MODIFIED", pod);
            Json(server.pod(&name)).into_response()
        }
        Method::DELETE => {
            let options: Value = serde_json::from_str(&body).unwrap();
            assert_eq!(options["gracePeriodSeconds"], 0);
            assert_eq!(options["preconditions"]["uid"], pod["metadata"]["uid"]);
            server.change("DELETED", pod.clone());
            Json(pod).into_response()
        }
        _ => Json(pod).into_response(),
    }
}

async fn secret(State(server): State<ApiServer>, Path((_, name)): Path<(String, String)>) -> Response {
    let state = server.0.state.lock().unwrap();
    state.secrets.get(&name).map_or_else(not_found, |secret| Json(secret).into_response())
}

async fn events(State(server): State<ApiServer>, Json(event): Json<Value>) -> Response {
    let name = event["metadata"]["name"].as_str().unwrap().to_owned();
    let mut state = server.0.state.lock().unwrap();
    if state.events.contains_key(&name) {
        return failure(StatusCode::CONFLICT, "AlreadyExists");
    }
    state.events.insert(name, event.clone());
    Json(event).into_response()
}

fn not_found() -> Response {
    failure(StatusCode::NOT_FOUND, "NotFound")
}

fn failure(status: StatusCode, reason: &str) -> Response {
    let body = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": reason,
        "reason": reason, "code": status.as_u16()});
    (status, Json(body)).into_response()
}

/// RFC 7386.
fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    for (key, value) in patch {
        match value {
            Value::Null => drop(target.as_object_mut().unwrap().remove(&key)),
            value => merge(&mut target[key.as_str()], value),
        }
    }
}
