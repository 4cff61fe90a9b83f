//! The headers that every ARM answer carries, and the call's identity that they tell.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use uuid::Uuid;

use super::auth::Caller;
use super::target::Target;
use crate::app::App;
use crate::directory::TENANT_ID;

/// `{region}:{guid}` on answers of the resource provider, `{guid}` on the gateway's own.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-request-id");
/// Whether the gateway or the resource provider failed.
pub const FAILURE_CAUSE: HeaderName = HeaderName::from_static("x-ms-failure-cause");
/// The URL of the operation resource.
pub const ASYNC_OPERATION: HeaderName = HeaderName::from_static("azure-asyncoperation");
/// That Azure tells the one who asks for it when the operation is over: on every PUT that begins one (recorded).
pub const ASYNC_NOTIFICATION: HeaderName = HeaderName::from_static("azure-asyncnotification");
/// The ids that the resource provider gave the calls of which the gateway made one answer: on lists (recorded).
pub const ORIGINAL_REQUEST_IDS: HeaderName = HeaderName::from_static("x-ms-original-request-ids");

/// Who called, where, and the call's id at the resource provider (recorded since 2025).
const OPERATION_IDENTIFIER: HeaderName = HeaderName::from_static("x-ms-operation-identifier");
/// The id that Microsoft.Network gives a call (recorded).
const SERVICE_REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-arm-service-request-id");
const CORRELATION_ID: HeaderName = HeaderName::from_static("x-ms-correlation-request-id");
const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-client-request-id");
const RETURN_CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-return-client-request-id");
const ROUTING_ID: HeaderName = HeaderName::from_static("x-ms-routing-request-id");

/// The region in routing ids: where this gateway would be, were it Azure's.
const GATEWAY_REGION: &str = "LOCAL";

/// The value of [`ASYNC_NOTIFICATION`].
pub const ENABLED: HeaderValue = HeaderValue::from_static("Enabled");

/// Headers with one value (recorded on every answer).
const FIXED: &[(&str, &str)] = &[
    ("cache-control", "no-cache"),
    ("pragma", "no-cache"),
    ("expires", "-1"),
    ("strict-transport-security", "max-age=31536000; includeSubDomains"),
    ("x-content-type-options", "nosniff"),
    ("x-cache", "CONFIG_NOCACHE"),
];

/// What is left of the hour's and the bucket's requests: recorded first answers, as nothing is throttled here.
const REMAINING_READS: &[(&str, &str)] = &[
    ("x-ms-ratelimit-remaining-subscription-reads", "11999"),
    ("x-ms-ratelimit-remaining-subscription-global-reads", "16499"),
];
const REMAINING_WRITES: &[(&str, &str)] = &[
    ("x-ms-ratelimit-remaining-subscription-writes", "199"),
    ("x-ms-ratelimit-remaining-subscription-global-writes", "2999"),
];
const REMAINING_DELETES: &[(&str, &str)] = &[
    ("x-ms-ratelimit-remaining-subscription-deletes", "199"),
    ("x-ms-ratelimit-remaining-subscription-global-deletes", "2999"),
];
/// On PUT and DELETE of container groups (recorded).
const REMAINING_GROUP_REQUESTS: &[(&str, &str)] = &[
    ("x-ms-ratelimit-remaining-subscription-resource-requests-pt5m", "99"),
    ("x-ms-ratelimit-remaining-subscription-resource-requests-pt1h", "299"),
];

/// The ids of a call, for handlers that name them.
#[derive(Clone, Debug)]
pub struct CallIds {
    /// The id of this call.
    pub request: Uuid,
    /// The id that a client shares between its calls.
    pub correlation: String,
}

/// Gives each call its ids and each answer the standard headers.
pub async fn standard(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let id = app.ids.next();
    let correlation = text(&request, &CORRELATION_ID).map_or_else(|| id.to_string(), str::to_owned);
    let echo = client_request_id(&request);
    let remaining = remaining(request.method(), request.uri().path());
    request.extensions_mut().insert(CallIds { request: id, correlation: correlation.clone() });

    let mut response = next.run(request).await;
    let time = app.clock.now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let headers = response.headers_mut();
    for (name, value) in FIXED.iter().chain(remaining) {
        headers.insert(*name, HeaderValue::from_static(value));
    }
    set_if_absent(headers, REQUEST_ID, &id.to_string());
    set_if_absent(headers, CORRELATION_ID, &correlation);
    set_if_absent(headers, ROUTING_ID, &format!("{GATEWAY_REGION}:{time}:{correlation}"));
    headers.extend(echo.map(|value| (CLIENT_REQUEST_ID, value)));
    if headers.get(CONTENT_TYPE).is_some_and(|kind| kind == "application/json") {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    }
    response
}

/// What the resource provider's own answers carry beside the gateway's headers. Reads of tracked resources and their
/// lists come from the gateway's cache and have no [`OPERATION_IDENTIFIER`] (recorded: none of 67).
pub fn of_provider(app: &App, caller: &Caller, method: &Method, target: &Target<'_>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let Some(provider) = target.provider.as_ref().filter(|_| target.subscription.is_some()) else {
        return headers;
    };
    if provider.namespace.eq_ignore_ascii_case("Microsoft.Network") {
        set_if_absent(&mut headers, SERVICE_REQUEST_ID, &app.ids.next().to_string());
    }
    let is_top = provider.pairs.len() + usize::from(provider.word.is_some()) == 1;
    let is_cached = *method == Method::GET && is_top;
    if let Some(principal) = caller.principal.as_ref().filter(|_| !is_cached) {
        let region = GATEWAY_REGION.to_ascii_lowercase();
        let (object, call) = (&principal.object_id, app.ids.next());
        let value = format!("tenantId={TENANT_ID},objectId={object}/{region}/{call}");
        set_if_absent(&mut headers, OPERATION_IDENTIFIER, &value);
    }
    headers
}

fn text<'a>(request: &'a Request, name: &HeaderName) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}

/// The client's own id, where it wants it back (ARM RPC).
fn client_request_id(request: &Request) -> Option<HeaderValue> {
    let wanted = text(request, &RETURN_CLIENT_REQUEST_ID)?.eq_ignore_ascii_case("true");
    request.headers().get(CLIENT_REQUEST_ID).filter(|_| wanted).cloned()
}

fn set_if_absent(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.entry(name).or_insert(value);
    }
}

/// What the limits of a call's kind leave, in order.
fn remaining(method: &Method, path: &str) -> Vec<&'static (&'static str, &'static str)> {
    let path = path.to_ascii_lowercase();
    let by_method = match *method {
        _ if !path.starts_with("/subscriptions/") => &[],
        Method::GET | Method::HEAD => REMAINING_READS,
        Method::DELETE => REMAINING_DELETES,
        _ => REMAINING_WRITES,
    };
    let counted = matches!(*method, Method::PUT | Method::DELETE) && path.contains("/containergroups/");
    by_method.iter().chain(if counted { REMAINING_GROUP_REQUESTS } else { &[] }).collect()
}
