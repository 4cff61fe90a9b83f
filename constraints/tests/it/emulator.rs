//! An emulator in this process, with the flags of a recipe.

use std::sync::Arc;

use aci_constraints::recipe::{Caller, Step};
use aci_emulator::app::App;
use aci_emulator::arm::token::Claims;
use aci_emulator::clock::{Clock as _, DialClock, ManualClock, SharedClock};
use aci_emulator::data::Data;
use aci_emulator::ids::SequentialIds;
use aci_emulator::policy::{Policy, Rbac};
use aci_emulator::runtime::sim::SimRuntime;
use aci_emulator::{Emulator, Settings};
use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Method, Request};
use http_body_util::BodyExt as _;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tower::ServiceExt as _;

/// When every recipe begins.
pub(crate) const EPOCH: &str = "2026-01-02T03:04:05Z";

/// How often a group is looked at: the domain works between two looks, and the clock moves when it rests.
const LOOKS: usize = 20_000;

/// How many looks without a change mean that the group waits for the clock.
const PATIENCE: usize = 100;

pub(crate) struct TestEmulator {
    router: Router,
    app: App,
    clock: Arc<ManualClock>,
    dial: SharedClock,
    first_token: String,
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }
}

impl TestEmulator {
    /// With the resource group of the recipes.
    pub(crate) async fn with(flags: &[&str]) -> Self {
        let clock = Arc::new(ManualClock::new(EPOCH.parse().unwrap()));
        let dial: SharedClock = Arc::new(DialClock::new(clock.clone(), false));
        let sim = Arc::new(SimRuntime::new(dial.clone()));
        let (data, ids) = (Data::in_memory(), Arc::new(SequentialIds::default()));
        let settings = Settings { policy: policy(flags), ..Settings::default() };
        let app = Emulator::app_with(&data, "the CA", sim, dial.clone(), ids, &settings).await.unwrap();
        let app = App { policy: Arc::new(settings.policy), ..app };
        let router = app.clone().router();
        let mut emulator = Self { router, app, clock, dial, first_token: String::new() };
        emulator.first_token = emulator.authorization(Caller::Usual).unwrap();
        let group = Step::put("$rg", || aci_constraints::body::json(json!({ "location": "westeurope" })));
        let answer = emulator.send(&group).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        emulator
    }

    pub(crate) async fn send(&self, step: &Step) -> Answer {
        let body = step.body.map_or_else(Body::empty, |body| Body::from(body().text()));
        let request = Request::builder().method(step.method.method()).uri(step.uri());
        let request = request.header("host", "127.0.0.1:4580");
        let request = match self.authorization(step.caller) {
            Some(value) => request.header("authorization", value),
            None => request,
        };
        self.answer(request.body(body).unwrap()).await
    }

    /// Any call of the usual caller; no body is null.
    pub(crate) async fn call(&self, method: Method, uri: &str, body: Value) -> Answer {
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        let request = Request::builder().method(method).uri(uri).header("host", "127.0.0.1:4580");
        let request = request.header("authorization", self.authorization(Caller::Usual).unwrap());
        self.answer(request.body(body).unwrap()).await
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, time: SignedDuration) {
        self.clock.advance(time);
    }

    async fn answer(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Answer { status: parts.status.as_u16(), headers: parts.headers, text }
    }

    fn authorization(&self, caller: Caller) -> Option<String> {
        const ARM: &str = "https://management.azure.com/";
        let token = |client: &str, audience: &str| {
            let claims = Claims::new(client, audience, "issuer".to_owned(), self.dial.now(), 3600);
            Some(format!("Bearer {}", self.app.authority.issue(&claims).unwrap()))
        };
        match caller {
            Caller::Usual => token("me", ARM),
            Caller::Client(client) => token(client, ARM),
            Caller::AnHourAgo => Some(self.first_token.clone()),
            Caller::Audience(scope) => token("me", scope.trim_end_matches("/.default")),
            Caller::Header(value) => Some(value.to_owned()),
            Caller::Nobody => None,
        }
    }

    /// GETs until the answer is as wanted, and moves the clock where nothing happens without; the last answer where
    /// it never is.
    pub(crate) async fn until(&self, step: &Step, wanted: impl Fn(&Value) -> bool) -> Result<Value, Value> {
        let mut last = Value::Null;
        let mut rests = 0;
        for _ in 0..LOOKS {
            let now = self.send(step).await.json();
            if wanted(&now) {
                return Ok(now);
            }
            rests = if now == last { rests + 1 } else { 0 };
            last = now;
            if rests >= PATIENCE
                && let Some(next) = self.clock.next_deadline()
            {
                self.clock.advance(next.duration_since(self.clock.now()));
                rests = 0;
            }
            tokio::task::yield_now().await;
        }
        Err(last)
    }
}

/// The flags that recipes have.
fn policy(flags: &[&str]) -> Policy {
    let mut policy = Policy::default();
    for flag in flags {
        match flag.split_once(' ').unwrap_or((flag, "")) {
            ("--rbac", "enforce") => policy.rbac = Rbac::Enforce,
            ("--rbac-admin", id) => policy.rbac_admin = Some(id.to_owned()),
            ("--require-registration", "") => policy.require_registration = true,
            _ => panic!("no recipe has had the flag {flag} before"),
        }
    }
    policy
}
