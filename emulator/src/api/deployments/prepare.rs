//! From a call to all that a deployment needs: names bound, resources planned and ordered.

use serde_json::{Value, json};
use uuid::Uuid;

use super::call::DeploymentCall;
use super::request::DeploymentBody;
use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::resources::providers;
use crate::arm::target::Target;
use crate::deployments::record::Mode;
use crate::directory::TENANT_ID;
use crate::template::declaration::Template;
use crate::template::dependencies;
use crate::template::fault::Fault;
use crate::template::frame::Frame;
use crate::template::functions::hash;
use crate::template::place::{self, Place};
use crate::template::plan::{self, Plan, Planned};

/// A deployment that could begin.
pub(super) struct Prepared {
    /// What its template binds.
    pub(super) frame: Frame,
    /// The template's parts.
    pub(super) template: Template,
    /// Its resources.
    pub(super) plan: Plan,
    /// For each of them, those that come before it.
    pub(super) before: Vec<Vec<usize>>,
    /// The template's hash.
    pub(super) hash: String,
}

/// Prepares a deployment.
///
/// # Errors
/// `InvalidTemplate`, `InvalidDeploymentMode`, `LocationRequired`, and what is wrong with a type or its version.
pub(super) fn prepare(app: &App, call: &DeploymentCall, body: &DeploymentBody) -> Result<Prepared, ArmError> {
    call.check_name()?;
    if call.resource_group.is_none() {
        if body.location.is_none() {
            return Err(crate::validate::Violation::LocationRequired {}.into());
        }
        if body.mode == Mode::Complete {
            return Err(ArmError::deployment_mode("Complete"));
        }
    }
    let invalid = |fault: Fault| ArmError::invalid_template(&fault);
    let template = Template::read(&body.template).map_err(invalid)?;
    let hash = hash::of_template(&body.template);
    let place = place_of(app, call, body, &hash);
    let mut frame = Frame::bind(&template, &body.parameters, place).map_err(invalid)?;
    let plan = plan::plan(&mut frame, &template).map_err(invalid)?;
    let before = dependencies::find(&frame, &plan).map_err(invalid)?;
    plan.resources.iter().try_for_each(|resource| check_type(call, resource))?;
    Ok(Prepared { frame, template, plan, before, hash })
}

/// A type that there is, with a version that it has.
fn check_type(call: &DeploymentCall, resource: &Planned) -> Result<(), ArmError> {
    let target = Target::of(&resource.id);
    let Some(provider) = target.provider else { return Ok(()) };
    if providers::versions(provider.namespace).is_none() {
        return Err(ArmError::invalid_resource_namespace(provider.namespace));
    }
    let location =
        resource.declaration.get("location").and_then(Value::as_str).filter(|it| !it.starts_with('['));
    let location = location.or(call.location.as_deref()).unwrap_or_default();
    providers::check_version(provider.namespace, &provider.kind(), &resource.api_version, Some(location))
}

fn place_of(app: &App, call: &DeploymentCall, body: &DeploymentBody, hash: &str) -> Place {
    let mut deployment = json!({
        "name": call.name,
        "properties": {
            "template": body.template,
            "templateHash": hash,
            "parameters": body.parameters,
            "mode": format!("{:?}", body.mode),
            "provisioningState": "Accepted",
        },
    });
    if let Some(location) = &body.location {
        deployment["location"] = json!(location);
    }
    Place {
        subscription: call.subscription(),
        resource_group: call.resource_group.clone(),
        tenant: json!({ "tenantId": TENANT_ID, "id": format!("/tenants/{TENANT_ID}"), "countryCode": "US" }),
        environment: place::environment(&call.origin.0, TENANT_ID),
        deployment,
        now: app.clock.now(),
        seed: Uuid::new_v5(&app.ids.next(), call.id().as_bytes()),
        answers: Vec::new(),
    }
}
