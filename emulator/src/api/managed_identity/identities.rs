//! `…/userAssignedIdentities/{identity}`

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::LOCATION;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Value, json};

use crate::api::tracked::{Body, ResourceCall, Shown, checked_location};
use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::reject::JsonBody;
use crate::collection::Collection;
use crate::directory::{IdentityIds, TENANT_ID};
use crate::neighbours::identity::{IdentityProperties, UserAssignedIdentity};
use crate::neighbours::tracked::Kind as _;
use crate::regions;

impl Shown for IdentityProperties {
    fn collection(app: &App) -> &Collection<UserAssignedIdentity> {
        &app.neighbours.identities
    }

    /// As recorded; this provider writes `resourcegroups` in small letters.
    fn body(identity: &UserAssignedIdentity, _: &App) -> Value {
        let IdentityIds { client_id, principal_id } = IdentityIds::of(&identity.id);
        let mut properties =
            json!({ "tenantId": TENANT_ID, "principalId": principal_id, "clientId": client_id });
        if let Some(scope) = &identity.properties.isolation_scope {
            properties["isolationScope"] = json!(scope);
        }
        json!({
            "location": regions::normalise(&identity.location),
            "tags": identity.tags.clone().unwrap_or_default(),
            "id": shown_id(&identity.id.to_string()),
            "name": identity.id.name(),
            "type": Self::TYPE,
            "properties": properties,
        })
    }
}

/// An id as this provider spells it.
pub(super) fn shown_id(id: &str) -> String {
    id.replacen("/resourceGroups/", "/resourcegroups/", 1)
}

/// `PUT`: 201 with the place of the new identity, or 200 (recorded).
pub async fn put(
    State(app): State<App>,
    call: ResourceCall,
    body: JsonBody<Body<IdentityProperties>>,
) -> Result<Response, ArmError> {
    let Body { location, tags, properties, others: _ } = body.value;
    let (identity, created) = app.neighbours.identities.change(&call.id.key(), |known| {
        let location = checked_location(location, &call.id, known)?;
        let id = call.id_of(known);
        Ok::<_, ArmError>(UserAssignedIdentity {
            id,
            location,
            tags,
            etag: app.ids.next(),
            properties,
            authorship: None,
        })
    })?;
    let mut headers = HeaderMap::new();
    let place = HeaderValue::from_str(&shown_id(&identity.id.to_string()));
    headers.extend(place.ok().filter(|_| created).map(|place| (LOCATION, place)));
    let status = if created { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, headers, Json(IdentityProperties::body(&identity, &app))).into_response())
}

/// `DELETE`: its credentials and what is about it go along.
pub async fn delete(State(app): State<App>, call: ResourceCall) -> Result<StatusCode, ArmError> {
    let removed = app.neighbours.identities.remove(&call.id.key())?;
    app.neighbours.remove_below(&call.id.key())?;
    Ok(if removed.is_some() { StatusCode::OK } else { StatusCode::NO_CONTENT })
}
