//! The long-running operations of networks: the headers that name one, and the resources behind it.

use aci_model::ResourceId;
use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::header::{LOCATION, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Value, json};

use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::headers::{ASYNC_NOTIFICATION, ASYNC_OPERATION, ENABLED};
use crate::arm::origin::Origin;
use crate::regions;

/// An operation that has begun.
pub(super) struct Begun {
    headers: HeaderMap,
    path: String,
    query: String,
}

impl Begun {
    /// Begins an operation on a resource. `Retry-After` is OURS: without it clients wait 10 to 30 seconds before they
    /// look, and it is finished already.
    pub(super) fn on(
        app: &App,
        origin: &Origin,
        resource: &ResourceId,
        location: &str,
        version: &str,
    ) -> Self {
        let id = app.ids.next();
        app.neighbours.operations.add(id, resource.clone());
        let region = regions::normalise(location);
        let path = format!(
            "{}/subscriptions/{}/providers/Microsoft.Network/locations/{region}",
            origin.0, resource.subscription
        );
        let query = format!("{id}?api-version={version}");
        let mut headers = HeaderMap::new();
        let url = HeaderValue::from_str(&format!("{path}/operations/{query}"));
        headers.extend(url.ok().map(|url| (ASYNC_OPERATION, url)));
        headers.insert(ASYNC_NOTIFICATION, ENABLED);
        headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        Self { headers, path, query }
    }

    /// The answer of a PUT: the resource while it is being updated (recorded).
    pub(super) fn put(self, created: bool, mut body: Value) -> Response {
        set_updating(&mut body);
        let status = if created { StatusCode::CREATED } else { StatusCode::OK };
        (status, self.headers, Json(body)).into_response()
    }

    /// The answer of a DELETE.
    pub(super) fn deleted(mut self) -> Response {
        let url = HeaderValue::from_str(&format!("{}/operationResults/{}", self.path, self.query));
        self.headers.extend(url.ok().map(|url| (LOCATION, url)));
        (StatusCode::ACCEPTED, self.headers).into_response()
    }
}

/// The state of everything but delegations, as recorded while an operation is under way.
fn set_updating(body: &mut Value) {
    match body {
        Value::Object(members) => {
            for (name, value) in members {
                match (name.as_str(), value) {
                    ("provisioningState", state) => *state = json!("Updating"),
                    ("delegations", _) => {}
                    (_, value) => set_updating(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(set_updating),
        _ => {}
    }
}

fn resource(app: &App, subscription: &str, id: &str) -> Result<ResourceId, ArmError> {
    let resource = id.parse().ok().and_then(|id| app.neighbours.operations.get(id));
    let resource = resource.filter(|resource| resource.subscription.eq_ignore_ascii_case(subscription));
    resource.ok_or_else(|| ArmError::operation_not_found(id))
}

/// `GET …/locations/{location}/operations/{operation}`
pub async fn status(
    State(app): State<App>,
    Path((subscription, _location, id)): Path<(String, String, String)>,
) -> Result<Json<Value>, ArmError> {
    resource(&app, &subscription, &id)?;
    Ok(Json(json!({ "status": "Succeeded" })))
}

/// `GET …/locations/{location}/operationResults/{operation}`
pub async fn result(
    State(app): State<App>,
    Path((subscription, _location, id)): Path<(String, String, String)>,
) -> Result<StatusCode, ArmError> {
    resource(&app, &subscription, &id)?;
    Ok(StatusCode::OK)
}
