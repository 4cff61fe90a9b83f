//! What resource providers refuse before anything is deployed. In Azure a provider opts into being asked; here the one
//! that has rules of its own is.

use aci_model::ResourceId;
use aci_model::error::CloudErrorBody;
use aci_model::group::ContainerGroup;
use http::Method;
use serde_json::Value;

use super::call::DeploymentCall;
use super::prepare::Prepared;
use crate::api::groups::from_profile;
use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::reject::JsonBody;
use crate::template::fault::Interrupt;
use crate::template::frame::Frame;
use crate::template::plan::{DEPLOYMENTS, Planned};
use crate::validate;

/// The resources whose body is known by now; others are asked about when it is their turn.
///
/// # Errors
/// `InvalidTemplate` for an expression that never has a value.
pub(super) fn known(prepared: &Prepared) -> Result<Vec<(Planned, Value)>, ArmError> {
    let mut known = Vec::new();
    for resource in prepared.plan.resources.iter().filter(|it| !it.existing) {
        known.extend(known_body(&prepared.frame, resource)?.map(|body| (resource.clone(), body)));
    }
    Ok(known)
}

/// Asks about resources.
///
/// # Errors
/// `InvalidTemplateDeployment` with every refusal.
pub(super) async fn check(
    app: &App,
    call: &DeploymentCall,
    known: Vec<(Planned, Value)>,
) -> Result<(), ArmError> {
    let mut refusals = Vec::new();
    for (resource, body) in &known {
        if resource.kind.eq_ignore_ascii_case("Microsoft.ContainerInstance/containerGroups") {
            refusals.extend(container_group(app, resource, body));
        } else if resource.kind.eq_ignore_ascii_case(DEPLOYMENTS) {
            refusals.extend(inner(call, resource, body).await);
        }
    }
    if refusals.is_empty() {
        return Ok(());
    }
    Err(ArmError::invalid_deployment(&call.name, &app.ids.next().to_string(), refusals))
}

fn known_body(frame: &Frame, resource: &Planned) -> Result<Option<Value>, ArmError> {
    match resource.body(frame) {
        Ok(body) => Ok(Some(body)),
        Err(Interrupt::Need(_)) => Ok(None),
        Err(Interrupt::Fault(fault)) => Err(ArmError::invalid_resource(&resource.name, &fault)),
    }
}

fn container_group(app: &App, resource: &Planned, body: &Value) -> Option<CloudErrorBody> {
    let id: ResourceId = resource.id.parse().ok()?;
    let version = resource.api_version.parse().ok()?;
    let body = match JsonBody::<ContainerGroup>::parse(body.to_string().as_bytes()) {
        Ok(body) => body,
        Err(error) => return Some(about(resource, error.detail())),
    };
    // One after a profile that is yet to be made is asked about when it is its turn.
    let resolved = from_profile::resolve(app, body.value.clone(), version).ok()?;
    let refused = validate::validate(&id, resolved, version, &app.limits.now()).err()?;
    Some(about(resource, ArmError::from(refused.located(|path| body.end_of(path))).detail()))
}

/// A deployment inside is asked as its caller would ask; one to a resource group that is yet to be made is not.
async fn inner(call: &DeploymentCall, resource: &Planned, body: &Value) -> Option<CloudErrorBody> {
    let id = format!("{}/validate", resource.id);
    let answer = call.client.call(Method::POST, &id, &resource.api_version, Some(body)).await;
    answer.error().filter(|error| error.code != "ResourceGroupNotFound").map(|error| about(resource, error))
}

fn about(resource: &Planned, error: CloudErrorBody) -> CloudErrorBody {
    CloudErrorBody { target: error.target.or_else(|| Some(resource.id.clone())), ..error }
}
