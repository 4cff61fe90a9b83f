//! `PUT …/containerGroups/{group}`

use aci_model::ApiVersion;
use aci_model::group::ContainerGroup;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use uuid::Uuid;

use super::from_standby_pool::{self, Reuse};
use super::{GroupCall, count, from_profile, references};
use crate::api::surface::Operation;
use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::headers::ASYNC_NOTIFICATION;
use crate::arm::operation;
use crate::arm::origin::Origin;
use crate::arm::reject::JsonBody;
use crate::group::Group;
use crate::groups::{PutOutcome, Scope};
use crate::limits::window::Counted;
use crate::validate::{self, Accepted};
use crate::view::{self, Detail};

/// Handles the operation: 201 with an operation when something is to be done, 200 without one when the group
/// already is as asked (recorded).
pub async fn handle(
    State(app): State<App>,
    call: GroupCall,
    origin: Origin,
    body: JsonBody<ContainerGroup>,
) -> Result<Response, ArmError> {
    let asked = match from_standby_pool::take(&app, &call, body.value.clone()).await? {
        Reuse::Taken(group, id) => {
            let mut headers = begun(&origin, &group, call.version, id);
            // Nobody need be told of the end of what is over already (recorded).
            headers.remove(ASYNC_NOTIFICATION);
            return Ok(answer(StatusCode::CREATED, headers, &group, call.version));
        }
        Reuse::MakeAnew(asked) => asked,
    };
    let resolved = from_profile::resolve(&app, *asked, call.version)?;
    let limits = app.limits.now();
    let Accepted(mut spec) = validate::validate(&call.id, resolved, call.version, &limits)
        .map_err(|violation| violation.located(|path| body.end_of(path)))?;
    let location = spec.location.as_deref().unwrap_or_default();
    if !limits.region(location).serves(call.version) {
        return Err(ArmError::no_registered_provider(location, call.version.as_str(), Operation::Get));
    }
    references::check(&app, &call.id, &spec)?;
    if let Some(known) = app.groups.get(&call.id) {
        validate::check_update(call.id.name(), &known.spec, &spec)?;
        keep_orchestrator(&known.spec, &mut spec);
    }
    if limits.enforce.quotas {
        let groups = app.groups.list(&Scope::Subscription(call.id.subscription.clone()));
        validate::check_quotas(&limits, &call.id, &spec, groups.iter().map(AsRef::as_ref))?;
    }
    if limits.enforce.rates && app.groups.get(&call.id).is_none() {
        let location = spec.location.as_deref().unwrap_or_default();
        let place = (call.id.subscription.as_str(), location);
        count(&app, Counted::ContainerGroupCreation, place, &limits.rates.creations)?;
    }
    Ok(match app.groups.put(call.id, spec, call.version).await? {
        PutOutcome::Created(group, id) | PutOutcome::Updated(group, id) => {
            answer(StatusCode::CREATED, begun(&origin, &group, call.version, id), &group, call.version)
        }
        PutOutcome::Unchanged(group) => answer(StatusCode::OK, HeaderMap::new(), &group, call.version),
    })
}

/// A member of NGroups stays one, whoever changes it.
fn keep_orchestrator(known: &ContainerGroup, spec: &mut ContainerGroup) {
    let owner = known.properties.as_ref().and_then(|properties| properties.orchestrator_id.clone());
    if let Some(properties) = spec.properties.as_mut() {
        properties.orchestrator_id = owner;
    }
}

fn answer(status: StatusCode, headers: HeaderMap, group: &Group, version: ApiVersion) -> Response {
    (status, headers, Json(view::container_group(group, version, Detail::Full))).into_response()
}

/// The first versions have a PUT without an operation (SPEC; 15 of 275 recorded PUTs).
fn begun(origin: &Origin, group: &Group, version: ApiVersion, id: Uuid) -> HeaderMap {
    if version < ApiVersion::V2018_02_01Preview {
        return HeaderMap::new();
    }
    operation::headers(origin, &group.id, super::location(group), id)
}
