//! Calls from inside to the very operations that are called from outside, in the caller's name: what a deployment may
//! and what it gets is what its caller may and would get.

use std::sync::{Arc, OnceLock};

use aci_model::ResourceId;
use aci_model::error::{CloudError, CloudErrorBody};
use axum::Router;
use axum::body::Body;
use futures::future::{pending, select};
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, LOCATION};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use jiff::SignedDuration;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::Value;
use tower::ServiceExt as _;

use crate::app::App;
use crate::arm::error::deployments::resource_failed;
use crate::arm::headers::ASYNC_OPERATION;
use crate::arm::origin::Scheme;

/// What a resource id can have and a path cannot.
const PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'{')
    .add(b'}')
    .add(b'%');

/// Between two looks at what neither tells when it changes.
const LOOK: SignedDuration = SignedDuration::from_secs(1);

/// Who calls.
#[derive(Clone)]
pub(super) struct Client {
    pub(super) app: App,
    /// The way in, made at the first call.
    pub(super) router: Arc<OnceLock<Router>>,
    pub(super) host: String,
    pub(super) scheme: Option<Scheme>,
    pub(super) authorization: Option<HeaderValue>,
    pub(super) correlation: String,
}

/// An answer, read whole.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    headers: HeaderMap,
    pub(super) body: Value,
}

impl Answer {
    /// The error of an answer that is one.
    pub(super) fn error(&self) -> Option<CloudErrorBody> {
        if self.status.is_success() {
            return None;
        }
        let read = serde_json::from_value::<CloudError>(self.body.clone()).map(|it| it.error);
        Some(read.unwrap_or_else(|_| CloudErrorBody {
            code: self.status.canonical_reason().unwrap_or_default().replace(' ', ""),
            message: self.body.to_string(),
            ..CloudErrorBody::default()
        }))
    }

    fn header(&self, name: impl http::header::AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl Client {
    /// Calls.
    pub(super) async fn call(&self, method: Method, id: &str, version: &str, body: Option<&Value>) -> Answer {
        let uri = format!("{}?api-version={version}", utf8_percent_encode(id, PATH));
        self.send(method, &uri, body).await
    }

    async fn send(&self, method: Method, uri: &str, body: Option<&Value>) -> Answer {
        let content = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let mut request = Request::new(content);
        *request.method_mut() = method;
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.extend(HeaderValue::from_str(&self.host).ok().map(|host| (HOST, host)));
        headers.extend(self.authorization.clone().map(|token| (AUTHORIZATION, token)));
        if let Ok(correlation) = HeaderValue::from_str(&self.correlation) {
            headers.insert("x-ms-correlation-request-id", correlation);
        }
        match uri.parse() {
            Ok(uri) => *request.uri_mut() = uri,
            Err(_) => {
                return Answer {
                    status: StatusCode::BAD_REQUEST,
                    headers: HeaderMap::new(),
                    body: Value::Null,
                };
            }
        }
        if let Some(scheme) = self.scheme {
            request.extensions_mut().insert(scheme);
        }
        let router = self.router.get_or_init(|| self.app.clone().router()).clone();
        let response = match router.oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// Calls and waits until the operation that the call began has ended; the last error, where there is one. The
    /// status is that of the call.
    pub(super) async fn carry_out(
        &self,
        method: Method,
        id: &str,
        version: &str,
        body: Option<&Value>,
    ) -> (StatusCode, Option<CloudErrorBody>) {
        let answer = self.call(method, id, version, body).await;
        if let Some(error) = answer.error() {
            return (answer.status, Some(error));
        }
        let status = answer.status;
        (status, self.settled(id, version, answer).await)
    }

    /// Calls, and fetches the result from where the answer says that it will be.
    pub(super) async fn result(&self, id: &str, version: &str, body: &Value) -> Option<Value> {
        let answer = self.call(Method::POST, id, version, Some(body)).await;
        let place = operation_path(&answer)?;
        let answer = self.send(Method::GET, &place, None).await;
        answer.error().is_none().then_some(answer.body)
    }

    async fn settled(&self, id: &str, version: &str, answer: Answer) -> Option<CloudErrorBody> {
        let operation = operation_path(&answer);
        let mut state = match operation {
            Some(_) => "Accepted".to_owned(),
            None => state_of(&answer, false),
        };
        let mut last = answer;
        loop {
            match state.as_str() {
                "Succeeded" => return None,
                "Failed" | "Canceled" => {
                    let inner = serde_json::from_value::<CloudErrorBody>(last.body["error"].take()).ok();
                    return Some(resource_failed(id, &state, inner.into_iter().collect()));
                }
                _ => {}
            }
            // Subscribed before the look, so that no change falls between.
            let change = self.change_of(id);
            last = match &operation {
                Some(path) => self.send(Method::GET, path, None).await,
                None => self.call(Method::GET, id, version, None).await,
            };
            if last.status == StatusCode::NOT_FOUND && operation.is_none() {
                return None;
            }
            if let Some(error) = last.error() {
                return Some(error);
            }
            state = state_of(&last, operation.is_some());
            if is_moving(&state) {
                change.await;
            }
        }
    }

    /// Ends when a resource may have changed.
    fn change_of(&self, id: &str) -> impl Future<Output = ()> + use<> {
        let mut group = id.parse::<ResourceId>().ok().and_then(|id| self.app.groups.watch(&id));
        // A clone has seen what its origin has seen; what is there now is looked at next.
        if let Some(group) = &mut group {
            group.mark_unchanged();
        }
        let mut deployments = self.app.deployments.changes();
        let look = self.app.clock.now().checked_add(LOOK).unwrap_or_default();
        let look = self.app.clock.sleep_until(look);
        let changed = async move {
            let ended = match group {
                Some(mut group) => group.changed().await.is_err(),
                None => deployments.changed().await.is_err(),
            };
            if ended {
                pending::<()>().await;
            }
        };
        async move {
            select(Box::pin(changed), look).await;
        }
    }
}

/// The path of the operation that an answer names, as it is asked here.
fn operation_path(answer: &Answer) -> Option<String> {
    let location = answer.header(LOCATION).filter(|_| answer.status == StatusCode::ACCEPTED);
    let (_, rest) = answer.header(ASYNC_OPERATION).or(location)?.split_once("://")?;
    Some(rest[rest.find('/')?..].to_owned())
}

/// How far an operation or a resource is; one that does not say is as asked once its call is answered.
fn state_of(answer: &Answer, of_operation: bool) -> String {
    let said =
        if of_operation { &answer.body["status"] } else { &answer.body["properties"]["provisioningState"] };
    let unsaid = if answer.status == StatusCode::ACCEPTED { "Accepted" } else { "Succeeded" };
    said.as_str().unwrap_or(unsaid).to_owned()
}

fn is_moving(state: &str) -> bool {
    !matches!(state, "Succeeded" | "Failed" | "Canceled")
}
