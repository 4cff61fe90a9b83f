//! Long-running operations: the header that names one, and the resource behind it.

use aci_model::operation::OPERATION_API_VERSION;
use aci_model::{PROVIDER_NAMESPACE, ResourceId};
use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue};
use serde_json::json;
use uuid::Uuid;

use super::error::ArmError;
use super::headers::{ASYNC_NOTIFICATION, ASYNC_OPERATION, ENABLED, REQUEST_ID};
use super::origin::Origin;
use crate::app::App;
use crate::{regions, view};

/// The headers of an answer that began an operation. The operation's id is the tail of `x-ms-request-id`, and
/// there is neither `Location` nor `Retry-After` (recorded).
pub fn headers(origin: &Origin, group: &ResourceId, location: &str, operation: Uuid) -> HeaderMap {
    let region = regions::normalise(location);
    let url = format!(
        "{}/subscriptions/{}/providers/{}/locations/{region}/operations/{operation}?api-version={OPERATION_API_VERSION}",
        origin.0, group.subscription, group.namespace
    );
    let request_id = format!("{region}:{operation}");
    let pairs = [(ASYNC_OPERATION, url), (REQUEST_ID, request_id)];
    let named = pairs.into_iter().filter_map(|(name, text)| Some((name, HeaderValue::from_str(&text).ok()?)));
    named.chain([(ASYNC_NOTIFICATION, ENABLED)]).collect()
}

/// `GET …/locations/{location}/operations/{id}`: 200 always, also while pending (recorded).
pub async fn get(
    State(app): State<App>,
    Path((subscription, _location, id)): Path<(String, String, String)>,
) -> Result<Response, ArmError> {
    let of_ngroup = id.parse().ok().and_then(|id| app.ngroups.operation(id));
    if let Some(record) = of_ngroup.filter(|it| it.ngroup.subscription.eq_ignore_ascii_case(&subscription)) {
        let ngroup = app.ngroups.get(&record.ngroup);
        return Ok(Json(view::ngroup::operation(&record, ngroup.as_deref())).into_response());
    }
    let of_record = id.parse().ok().and_then(|id| app.neighbours.operations.get(id));
    let is_ours = |id: &ResourceId| id.namespace.eq_ignore_ascii_case(PROVIDER_NAMESPACE);
    let of_record = of_record.filter(|it| is_ours(it) && it.subscription.eq_ignore_ascii_case(&subscription));
    if let Some(resource) = of_record {
        // What is a record is done when it is answered.
        return Ok(Json(json!({ "id": resource, "status": "Succeeded" })).into_response());
    }
    let record = id.parse().ok().and_then(|id| app.groups.operation(id));
    let record = record.filter(|record| record.group.subscription.eq_ignore_ascii_case(&subscription));
    let record = record.ok_or_else(|| ArmError::operation_not_found(&id))?;
    Ok(Json(view::operation(&record)).into_response())
}
