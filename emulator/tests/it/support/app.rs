//! The emulator's router with its parts in the test's hands.

use std::sync::Arc;

use aci_emulator::Emulator;
use aci_emulator::app::App;
use aci_emulator::arm::token::Claims;
use aci_emulator::clock::{Clock as _, ManualClock, SharedClock};
use aci_emulator::data::Data;
use aci_emulator::ids::SequentialIds;
use aci_emulator::policy::Policy;
use aci_emulator::runtime::sim::SimRuntime;
use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

pub(crate) const SUBSCRIPTION: &str = "/subscriptions/11111111-2222-3333-4444-555555555555";
pub(crate) const GROUPS: &str = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg/providers/Microsoft.ContainerInstance/containerGroups";
/// Where the neighbours' providers begin.
pub(crate) const PROVIDERS: &str =
    "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg/providers";
pub(crate) const VERSION: &str = "2023-05-01";

/// When every test begins.
pub(crate) const EPOCH: &str = "2026-01-02T03:04:05.678Z";

pub(crate) struct TestApp {
    pub(crate) app: App,
    pub(crate) router: Router,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) sim: SimRuntime,
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl TestApp {
    /// An emulator without resource groups.
    pub(crate) async fn bare() -> Self {
        Self::over(&Data::in_memory()).await
    }

    /// An emulator that asks more of its callers than Azure's defaults.
    pub(crate) async fn with_policy(policy: Policy) -> Self {
        let Self { app, clock, sim, .. } = Self::bare().await;
        let app = App { policy: Arc::new(policy), ..app };
        Self { router: app.clone().router(), app, clock, sim }
    }

    /// An emulator with what others left in a store.
    pub(crate) async fn over(data: &Data) -> Self {
        let clock = Arc::new(ManualClock::new(EPOCH.parse().unwrap()));
        let shared: SharedClock = clock.clone();
        let sim = SimRuntime::new(shared.clone());
        let ids = Arc::new(SequentialIds::default());
        let app = Emulator::app(data, "the CA", Arc::new(sim.clone()), shared, ids).await.unwrap();
        Self { router: app.clone().router(), app, clock, sim }
    }

    /// An emulator with the resource group `rg`.
    pub(crate) async fn new() -> Self {
        let app = Self::bare().await;
        let body = json!({ "location": "westus" });
        let answer = app.put(&format!("{SUBSCRIPTION}/resourceGroups/rg"), body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        app
    }

    /// Sends a request as it is.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, text }
    }

    /// Sends a call with a token and, where the path names no version, the usual one.
    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let uri = match path.contains("api-version=") {
            true => path.to_owned(),
            false if path.contains('?') => format!("{path}&api-version={VERSION}"),
            false => format!("{path}?api-version={VERSION}"),
        };
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let request = Request::builder().method(method).uri(uri).header("host", "arm.test");
        self.send(request.header("authorization", "Bearer fake").body(body).unwrap()).await
    }

    /// Sends a call with a token of a client's own.
    pub(crate) async fn call_as(
        &self,
        client: &str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Answer {
        let audience = "https://management.azure.com/";
        let claims = Claims::new(client, audience, "issuer".to_owned(), self.clock.now(), 3600);
        let token = self.app.authority.issue(&claims).unwrap();
        let uri = if path.contains("api-version=") {
            path.to_owned()
        } else {
            format!("{path}?api-version={VERSION}")
        };
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let request = Request::builder().method(method).uri(uri).header("host", "arm.test");
        self.send(request.header("authorization", format!("Bearer {token}")).body(body).unwrap()).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.call(Method::PATCH, path, Some(body)).await
    }

    pub(crate) async fn post_json(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.call(Method::PUT, path, Some(body)).await
    }

    pub(crate) async fn post(&self, path: &str) -> Answer {
        self.call(Method::POST, path, None).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, None).await
    }

    /// GETs until the answer is as wanted; the domain works between two of them. Ends with the last answer
    /// when it never is.
    pub(crate) async fn get_until(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        for _ in 0..10_000 {
            last = self.get(path).await.json();
            if wanted(&last) {
                return last;
            }
            tokio::task::yield_now().await;
        }
        panic!("{path} never became as wanted; last: {last:#}");
    }
}

/// A group of one container, as `az container create` sends it.
pub(crate) fn group() -> Value {
    json!({
        "location": "westus",
        "tags": { "b": "2", "a": "1" },
        "properties": {
            "containers": [{ "name": "web", "properties": {
                "image": "mcr.microsoft.com/azuredocs/aci-helloworld",
                "ports": [{ "protocol": "TCP", "port": 80 }],
                "environmentVariables": [
                    { "name": "PLAIN", "value": "shown" },
                    { "name": "HIDDEN", "secureValue": "s3cret-env" },
                ],
                "resources": { "requests": { "memoryInGB": 1.0, "cpu": 1.0 } },
                "volumeMounts": [{ "name": "files", "mountPath": "/files" }],
            } }],
            "imageRegistryCredentials": [
                { "server": "reg.example.com", "username": "user", "password": "s3cret-registry" },
            ],
            "restartPolicy": "Never",
            "ipAddress": {
                "type": "Public", "ports": [{ "protocol": "TCP", "port": 80 }], "dnsNameLabel": "hello",
                "autoGeneratedDomainNameLabelScope": "Unsecure",
            },
            "osType": "Linux",
            "volumes": [{ "name": "files", "secret": { "key": "czNjcmV0LWZpbGU=" } }],
            "diagnostics": { "logAnalytics": { "workspaceId": "w", "workspaceKey": "s3cret-workspace" } },
        },
    })
}

/// Every secret of [`group`], in the forms in which it could show.
pub(crate) const SECRETS: &[&str] =
    &["s3cret-env", "s3cret-registry", "s3cret-workspace", "czNjcmV0LWZpbGU=", "s3cret-file"];
