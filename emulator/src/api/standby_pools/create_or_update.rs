//! `PUT` and `PATCH …/standbyContainerGroupPools/{pool}`

use aci_model::ResourceId;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::Value;

use super::body::{self, PoolProperties};
use crate::api::ngroups::create_or_update::check_member;
use crate::api::ngroups::request::templates;
use crate::api::tracked::{Body, ResourceCall};
use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::operation;
use crate::arm::origin::Origin;
use crate::arm::reject::JsonBody;
use crate::ngroups::pool;
use crate::ngroups::record::{NGroup, Spec};
use crate::regions;
use crate::validate::Violation;

/// The most groups of a pool (SPEC, 2023-12-01-preview to 2025-03-01; no later version names a number).
const MOST_READY: i32 = 2000;

/// Handles `PUT`: 201 with an operation for a new pool, 200 for a known one (SPEC). Groups are made after the answer.
pub async fn put(
    State(app): State<App>,
    call: ResourceCall,
    origin: Origin,
    body: JsonBody<Body<Option<PoolProperties>>>,
) -> Result<Response, ArmError> {
    let known = app.ngroups.get(&call.id);
    let spec = read(&call.id, body.value, known.as_deref())?;
    let (pool, created, begun) = apply(&app, call.id, spec).await?;
    let shown = Json(body::shown(&pool));
    if !created {
        return Ok(shown.into_response());
    }
    let headers = operation::headers(&origin, &pool.id, &pool.spec.location, begun);
    Ok((StatusCode::CREATED, headers, shown).into_response())
}

/// Handles `PATCH`: 200 (SPEC). What is left out stays.
pub async fn patch(
    State(app): State<App>,
    call: ResourceCall,
    body: JsonBody<Body<Option<PoolProperties>>>,
) -> Result<Json<Value>, ArmError> {
    let known = super::existing(&app, &call.id)?;
    let was = PoolProperties::of(&known);
    let own = body.value.properties.unwrap_or_default();
    let properties = PoolProperties {
        elasticity_profile: own.elasticity_profile.or(was.elasticity_profile),
        container_group_properties: own.container_group_properties.or(was.container_group_properties),
        zones: own.zones.or(was.zones),
    };
    let patched = Body {
        location: Some(known.spec.location.clone()),
        tags: body.value.tags.or_else(|| known.spec.tags.clone()),
        properties: Some(properties),
        others: body.value.others,
    };
    let spec = read(&call.id, patched, Some(&known))?;
    let (pool, _, _) = apply(&app, call.id, spec).await?;
    Ok(Json(body::shown(&pool)))
}

async fn apply(
    app: &App,
    id: ResourceId,
    spec: Spec,
) -> Result<(std::sync::Arc<NGroup>, bool, uuid::Uuid), ArmError> {
    let id = app.ngroups.get(&id).map_or(id, |known| known.id.clone());
    let templates = templates(app, &spec.properties)?;
    for template in &templates {
        // DOC: "Update or delete a standby pool for Azure Container Instances".
        let profile: Option<ResourceId> = template.profile.parse().ok();
        let profile = profile.and_then(|id| app.neighbours.group_profiles.get(&id.key()));
        let is_near = profile.is_some_and(|profile| {
            profile.id.subscription.eq_ignore_ascii_case(&id.subscription)
                && regions::normalise(&profile.location) == regions::normalise(&spec.location)
        });
        if !is_near {
            let fault =
                "its container group profile must be in the subscription and the location of the pool";
            return Err(ArmError::invalid_standby_pool(id.name(), fault));
        }
        check_member(app, &id, &spec, template)?;
    }
    Ok(app.ngroups.put(id, spec, templates).await?)
}

fn read(
    id: &ResourceId,
    body: Body<Option<PoolProperties>>,
    known: Option<&NGroup>,
) -> Result<Spec, ArmError> {
    let Body { location, tags, properties, others: _ } = body;
    let properties = properties.unwrap_or_default();
    let location = location.filter(|text| !text.trim().is_empty()).ok_or(Violation::LocationRequired {})?;
    if !regions::is_known(&location) {
        return Err(ArmError::location_not_available(&location, pool::TYPE));
    }
    match known {
        Some(known) if regions::normalise(&known.spec.location) != regions::normalise(&location) => {
            return Err(ArmError::resource_moved(id, &known.spec.location, &location));
        }
        _ => {}
    }
    if properties.elasticity_profile.as_ref().is_some_and(body::ElasticityProfile::is_dynamic) {
        let path = "properties.elasticityProfile.dynamicSizing.enabled".to_owned();
        return Err(Violation::NotSupported { path, remedy: "Set it to false." }.into());
    }
    check(id.name(), &properties).map_err(|fault| ArmError::invalid_standby_pool(id.name(), &fault))?;
    let version = crate::ngroups::FIRST_WITH_ALL;
    let zones = properties.zones.clone();
    Ok(Spec { location, tags, zones, identity: None, properties: properties.ngroup(), version })
}

/// What the specification says of names and members.
fn check(name: &str, properties: &PoolProperties) -> Result<(), String> {
    let is_name = (3..=24).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !is_name {
        return Err("its name must be 3 to 24 letters, digits and '-'".to_owned());
    }
    let elasticity = properties.elasticity_profile.clone().unwrap_or_default();
    match elasticity.max_ready_capacity {
        Some(count) if (0..=MOST_READY).contains(&count) => {}
        Some(_) => return Err(format!("'maxReadyCapacity' must be between 0 and {MOST_READY}")),
        None => return Err("'maxReadyCapacity' is required".to_owned()),
    }
    if !elasticity.refills() {
        return Err("'refillPolicy' must be 'always'".to_owned());
    }
    let group = properties.container_group_properties.clone().unwrap_or_default();
    match group.container_group_profile.and_then(|profile| profile.id) {
        Some(_) => Ok(()),
        None => Err("the id of a 'containerGroupProfile' is required".to_owned()),
    }
}
