//! Calls that fail on demand: the one layer between what admits a call and what answers it.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures::{StreamExt as _, future, stream};
use http::header::CONTENT_LENGTH;
use http::{HeaderValue, Method};
use jiff::Timestamp;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::authorization::Action;
use super::error::ArmError;
use super::error::catalogue::{self, Blanks};
use super::headers::CallIds;
use super::query;
use super::target::Target;
use crate::app::App;
use crate::faults::{Fault, Subject};
use crate::limits::BODY_BYTES;

/// Breaks the connection that a call came by; there is none within a process.
#[derive(Clone, Debug)]
pub struct HangUp(pub CancellationToken);

/// Lets a call pass, or what befalls it.
pub async fn pass(app: &App, request: Request, target: &Target<'_>, next: Next) -> Response {
    let mut is_halved = false;
    for fault in taken(app, &request, target) {
        match fault {
            Fault::Delay { .. } => {
                let until = app.clock.now().saturating_add(fault.time()).unwrap_or(Timestamp::MAX);
                app.clock.sleep_until(until).await;
            }
            Fault::Hang => return std::future::pending().await,
            Fault::Drop => {
                if let Some(HangUp(connection)) = request.extensions().get() {
                    connection.cancel();
                }
                return std::future::pending().await;
            }
            Fault::HalfBody => is_halved = true,
            refusal => return refuse(refusal, request, target).await.into_response(),
        }
    }
    let answer = next.run(request).await;
    if is_halved { halved(answer).await } else { answer }
}

fn taken(app: &App, request: &Request, target: &Target<'_>) -> Vec<Fault> {
    if app.faults.is_empty() {
        return Vec::new();
    }
    let action = Action::of(request.method(), target);
    let version = query::value(request.uri().query(), "api-version");
    let pairs = target.provider.as_ref().and_then(|provider| provider.pairs.first());
    let subject = Subject {
        operation: action.as_ref().map(|action| action.name.as_str()),
        api_version: version.as_deref(),
        subscription: target.subscription,
        resource_group: target.resource_group,
        name: pairs.map(|(_, name)| *name),
        ..Subject::default()
    };
    app.faults.take(&subject, |active| active.rule.fault.is_of_calls())
}

async fn refuse(fault: Fault, request: Request, target: &Target<'_>) -> ArmError {
    let blanks = blanks(request, target).await;
    let of = |code: &str| catalogue::find(code).map(|entry| (entry.make)(&blanks));
    let unknown = || ArmError::asked_for(500, "InternalServerError", "");
    match fault {
        Fault::Error { code, status, message, retry_after_seconds } => {
            let error = of(&code).unwrap_or_else(|| ArmError::asked_for(400, &code, ""));
            let error = error.told_as(status, message);
            retry_after_seconds.map_or(error.clone(), |seconds| error.retry_after(seconds))
        }
        Fault::Throttled { retry_after_seconds } => {
            of("TooManyRequests").unwrap_or_else(unknown).retry_after(retry_after_seconds)
        }
        Fault::NoCapacity => of("ServiceUnavailable").unwrap_or_else(unknown),
        _ => of("ContainerGroupTransitioning").unwrap_or_else(unknown),
    }
}

/// What a call is about, for the words of its refusal; its body is asked where it has one.
async fn blanks(request: Request, target: &Target<'_>) -> Blanks {
    let (parts, body) = request.into_parts();
    let first = target.provider.as_ref().and_then(|provider| provider.pairs.first());
    let has_body = matches!(parts.method, Method::PUT | Method::PATCH);
    let body = if has_body { to_bytes(body, BODY_BYTES).await.unwrap_or_default() } else { Bytes::new() };
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let containers = body["properties"]["containers"].as_array().cloned().unwrap_or_default();
    let sum = |resource: &str| {
        let wanted = |it: &Value| it["properties"]["resources"]["requests"][resource].as_f64();
        containers.iter().filter_map(wanted).sum()
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let subnet = text(&body["properties"]["subnetIds"][0]["id"]);
    Blanks {
        subscription: target.subscription.unwrap_or_default().to_owned(),
        resource_group: target.resource_group.unwrap_or_default().to_owned(),
        name: first.map(|(_, name)| (*name).to_owned()).unwrap_or_default(),
        operation: Action::of(&parts.method, target).map(|action| action.name).unwrap_or_default(),
        location: text(&body["location"]),
        linked_subscription: Target::of(&subnet).subscription.unwrap_or_default().to_owned(),
        image: containers.first().map(|it| text(&it["properties"]["image"])).unwrap_or_default(),
        cpu: sum("cpu"),
        memory: sum("memoryInGB"),
        activity: parts.extensions.get::<CallIds>().map(|ids| ids.request).unwrap_or_default(),
    }
}

/// An answer whose body breaks off in the middle, under the length of the whole.
async fn halved(answer: Response) -> Response {
    let (mut parts, body) = answer.into_parts();
    let whole = to_bytes(body, usize::MAX).await.unwrap_or_default();
    parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(whole.len()));
    let half = whole.slice(..whole.len() / 2);
    let rest = async {
        // So that the half is on its way before the connection breaks.
        tokio::task::yield_now().await;
        Err(std::io::Error::other("the rest is withheld by a fault"))
    };
    let chunks = stream::once(future::ready(Ok(half))).chain(stream::once(rest));
    Response::from_parts(parts, Body::from_stream(chunks))
}
