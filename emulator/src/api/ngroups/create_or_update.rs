//! `PUT` and `PATCH …/ngroups/{ngroup}`

use aci_model::ResourceId;
use aci_model::ngroup::NGroup as Body;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::request;
use crate::api::groups::{from_profile, references};
use crate::api::tracked::ResourceCall;
use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::operation;
use crate::arm::origin::Origin;
use crate::arm::reject::JsonBody;
use crate::ngroups::instance;
use crate::ngroups::record::{Member, NGroup, Spec, Template};
use crate::view;

/// Handles `PUT`: 201 for a new one, 200 for a known one, both with an operation (SPEC).
pub async fn put(
    State(app): State<App>,
    call: ResourceCall,
    origin: Origin,
    body: JsonBody<Body>,
) -> Result<Response, ArmError> {
    apply(&app, &call, &origin, body.value, StatusCode::OK).await
}

/// Handles `PATCH`: what is left out stays; 202 with an operation (SPEC).
pub async fn patch(
    State(app): State<App>,
    call: ResourceCall,
    origin: Origin,
    body: JsonBody<Body>,
) -> Result<Response, ArmError> {
    let known = super::existing(&app, &call.id)?;
    let body = request::patched(known.spec.clone(), body.value);
    apply(&app, &call, &origin, body, StatusCode::ACCEPTED).await
}

async fn apply(
    app: &App,
    call: &ResourceCall,
    origin: &Origin,
    body: Body,
    updated: StatusCode,
) -> Result<Response, ArmError> {
    let version = super::version(call)?;
    let known = app.ngroups.get(&call.id);
    let id = known.as_ref().map_or_else(|| call.id.clone(), |known| known.id.clone());
    let (spec, templates) = request::read(app, &id, body, known.as_deref(), version)?;
    for template in &templates {
        check_member(app, &id, &spec, template)?;
    }
    let (ngroup, created, begun) = app.ngroups.put(id, spec, templates).await?;
    let status = if created { StatusCode::CREATED } else { updated };
    let headers = operation::headers(origin, &ngroup.id, &ngroup.spec.location, begun);
    Ok((status, headers, Json(view::ngroup::ngroup(&ngroup, version))).into_response())
}

/// A profile and its additions must make a container group that could be asked for.
///
/// # Errors
/// What it breaks.
pub(crate) fn check_member(
    app: &App,
    id: &ResourceId,
    spec: &Spec,
    template: &Template,
) -> Result<(), ArmError> {
    let (_, revision) = from_profile::find(app, &template.profile, Some(template.revision))?;
    let member = Member::wanted("member".to_owned(), template.clone(), None);
    let ngroup = NGroup::new(id.clone(), spec.clone(), vec![template.clone()], None);
    let group = instance::container_group(&ngroup, &member, &revision, &app.limits.now())?;
    references::check(app, &ngroup.member_id(&member.name), &group)
}
