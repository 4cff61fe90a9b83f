//! A Kubernetes API server of a few lines: one node, its lease, its pods.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result};
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::sync::watch;

/// The server; ends with the process.
pub(super) struct ApiServer {
    /// Where it listens: host and port.
    pub(super) address: String,
    shared: Arc<Shared>,
}

struct Shared {
    inner: Mutex<Objects>,
    /// The number of changes, which is the resource version too.
    version: watch::Sender<u64>,
}

/// What the server knows.
#[derive(Default)]
pub(super) struct Objects {
    pods: HashMap<String, Value>,
    node: Option<Value>,
    lease: Option<Value>,
    /// How many pods are in which phase; counted with every change, not with every question.
    phases: HashMap<String, usize>,
    /// The changes of pods, one line each.
    log: Vec<String>,
}

impl Objects {
    /// How many pods are in the phase.
    pub(super) fn in_phase(&self, phase: &str) -> usize {
        self.phases.get(phase).copied().unwrap_or(0)
    }

    /// Whether the only container of the pod has ended.
    pub(super) fn has_ended(&self, name: &str) -> bool {
        self.pods
            .get(name)
            .is_some_and(|pod| pod["status"]["containerStatuses"][0]["state"]["terminated"].is_object())
    }

    /// Where the kubelet API is, once the node is Ready.
    pub(super) fn kubelet_port(&self) -> Option<u64> {
        let status = &self.node.as_ref()?["status"];
        let ready =
            status["conditions"].as_array()?.iter().any(|it| it["type"] == "Ready" && it["status"] == "True");
        ready.then(|| status["daemonEndpoints"]["kubeletEndpoint"]["Port"].as_u64())?
    }
}

impl ApiServer {
    pub(super) async fn start() -> Result<Self> {
        let shared = Arc::new(Shared { inner: Mutex::default(), version: watch::Sender::new(1) });
        let router = Router::new()
            .route("/api/v1/pods", get(pods))
            .route("/api/v1/namespaces/{namespace}/pods/{name}", any(pod))
            .route("/api/v1/namespaces/{namespace}/pods/{name}/status", any(pod))
            .route(
                "/api/v1/namespaces/{namespace}/events",
                post(async |Json(event): Json<Value>| Json(event)),
            )
            .route("/api/v1/nodes", post(node))
            .route("/api/v1/nodes/{name}", any(node))
            .route("/api/v1/nodes/{name}/status", any(node))
            .route("/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases", post(lease))
            .route("/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/{name}", any(lease))
            .fallback(async || failure(StatusCode::NOT_FOUND))
            .with_state(Arc::clone(&shared));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, shared })
    }

    /// Looks at what the server knows.
    pub(super) fn with<T>(&self, look: impl FnOnce(&Objects) -> T) -> T {
        look(&self.shared.lock())
    }

    /// Waits until it is so.
    pub(super) async fn until(
        &self,
        what: &str,
        limit: Duration,
        is_so: impl Fn(&Objects) -> bool,
    ) -> Result<()> {
        let mut changes = self.shared.version.subscribe();
        let wait = async {
            while !self.with(&is_so) {
                changes.changed().await?;
            }
            Ok(())
        };
        tokio::time::timeout(limit, wait).await.with_context(|| format!("not in time: {what}"))?
    }

    /// The scheduler binds all of them at the same moment.
    pub(super) fn bind(&self, pods: impl Iterator<Item = Value>) {
        let mut inner = self.shared.lock();
        for pod in pods {
            self.shared.change(&mut inner, "ADDED", pod);
        }
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, Objects> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, inner: &mut Objects, kind: &str, mut pod: Value) -> Value {
        let version = *self.version.borrow() + 1;
        pod["metadata"]["resourceVersion"] = json!(version.to_string());
        inner.log.push(format!("{}\n", json!({"type": kind, "object": pod})));
        let name = pod["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        let phase = |pod: &Value| pod["status"]["phase"].as_str().unwrap_or_default().to_owned();
        *inner.phases.entry(phase(&pod)).or_default() += 1;
        if let Some(old) = inner.pods.insert(name, pod.clone()) {
            *inner.phases.entry(phase(&old)).or_default() -= 1;
        }
        self.version.send_replace(version);
        pod
    }
}

type Server = State<Arc<Shared>>;

async fn pods(State(server): Server, Query(query): Query<HashMap<String, String>>) -> Response {
    let inner = server.lock();
    if query.get("watch").is_none_or(|watch| watch != "true") {
        let version = server.version.borrow().to_string();
        let items: Vec<_> = inner.pods.values().collect();
        let list = json!({"apiVersion": "v1", "kind": "PodList", "metadata": {"resourceVersion": version}, "items": items});
        return Json(list).into_response();
    }
    drop(inner);
    // Every change makes one line, and versions count from 1.
    let after = query.get("resourceVersion").and_then(|version| version.parse::<usize>().ok()).unwrap_or(1);
    let changes = server.version.subscribe();
    let lines = futures::stream::unfold((server, changes, after - 1), async |(server, mut changes, seen)| {
        changes
            .wait_for(|version| usize::try_from(*version).is_ok_and(|version| version - 1 > seen))
            .await
            .ok()?;
        let (text, seen) = {
            let inner = server.lock();
            (inner.log.get(seen..)?.concat(), inner.log.len())
        };
        Some((Ok::<_, std::io::Error>(text), (server, changes, seen)))
    });
    Body::from_stream(lines).into_response()
}

async fn pod(
    State(server): Server,
    method: Method,
    Path((_, name)): Path<(String, String)>,
    body: String,
) -> Response {
    let mut inner = server.lock();
    let Some(mut pod) = inner.pods.get(&name).cloned() else { return failure(StatusCode::NOT_FOUND) };
    if method != Method::PATCH {
        return Json(pod).into_response();
    }
    let patch: Value = serde_json::from_str(&body).unwrap_or_default();
    if patch["metadata"]["resourceVersion"] != pod["metadata"]["resourceVersion"] {
        return failure(StatusCode::CONFLICT);
    }
    merge(&mut pod["status"], &patch["status"]);
    Json(server.change(&mut inner, "MODIFIED", pod)).into_response()
}

async fn node(State(server): Server, method: Method, body: String) -> Response {
    let mut inner = server.lock();
    object(&mut inner.node, &method, &body, || server.version.send_modify(|_| {}))
}

async fn lease(State(server): Server, method: Method, body: String) -> Response {
    object(&mut server.lock().lease, &method, &body, || {})
}

/// The only object of its kind.
fn object(kept: &mut Option<Value>, method: &Method, body: &str, changed: impl FnOnce()) -> Response {
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    match (method.as_str(), kept.as_mut()) {
        ("POST" | "PUT", _) => *kept = Some(body),
        ("PATCH", Some(object)) => merge(object, &body),
        (_, None) => return failure(StatusCode::NOT_FOUND),
        _ => {}
    }
    changed();
    Json(kept.clone()).into_response()
}

fn failure(status: StatusCode) -> Response {
    let reason = if status == StatusCode::NOT_FOUND { "NotFound" } else { "Conflict" };
    let body = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": reason,
        "reason": reason, "code": status.as_u16()});
    (status, Json(body)).into_response()
}

/// RFC 7386.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    for (key, value) in patch {
        if value.is_null() {
            if let Some(object) = target.as_object_mut() {
                object.remove(key);
            }
        } else {
            merge(&mut target[key.as_str()], value);
        }
    }
}
