//! `POST …/deployments/{deployment}/whatIf`: what a PUT would change.

use aci_model::error::CloudErrorBody;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{LOCATION, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde_json::{Value, json};

use super::call::DeploymentCall;
use super::compare;
use super::complete;
use super::prepare::{Prepared, prepare};
use super::request::DeploymentBody;
use super::run::answered;
use crate::app::App;
use crate::arm::error::ArmError;
use crate::deployments::record::Mode;
use crate::template::fault::Interrupt;
use crate::template::plan::{DEPLOYMENTS, Planned};

/// Handles the operation: 202 and a place where the result is.
pub(super) async fn handle(
    State(app): State<App>,
    call: DeploymentCall,
    body: DeploymentBody,
) -> Result<Response, ArmError> {
    let mut prepared = prepare(&app, &call, &body)?;
    let mut changes = Vec::new();
    for resource in prepared.plan.resources.clone().into_iter().filter(|it| !it.existing) {
        match inner(&call, &prepared, &resource).await {
            Some(inner) => changes.extend(inner),
            None => changes.push(change(&call, &mut prepared, &resource, body.ids_only).await?),
        }
    }
    if call.resource_group.is_some() {
        let planned: Vec<String> =
            prepared.plan.resources.iter().map(|it| it.id.to_ascii_lowercase()).collect();
        let kind = if body.mode == Mode::Complete { "Delete" } else { "Ignore" };
        for (id, before) in complete::listed(&call.client, &call.scope).await {
            if !planned.contains(&id.to_ascii_lowercase()) {
                changes.push(shown(&id, kind, Some(before), None, body.ids_only));
            }
        }
    }
    let id = app.ids.next();
    app.deployments.keep_result(id, json!({ "status": "Succeeded", "properties": { "changes": changes } }));
    let url = format!(
        "{}/subscriptions/{}/operationresults/{id}?api-version={}",
        call.origin.0, call.subscription, call.version
    );
    let mut headers = HeaderMap::new();
    headers.extend(HeaderValue::from_str(&url).ok().map(|url| (LOCATION, url)));
    // Without it, SDKs wait 30 seconds before they look.
    headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
    Ok((StatusCode::ACCEPTED, headers).into_response())
}

/// Of a deployment inside, what it would change is told instead of itself; what it would leave alone is not its to tell.
fn inner(
    call: &DeploymentCall,
    prepared: &Prepared,
    resource: &Planned,
) -> impl Future<Output = Option<Vec<Value>>> + Send + use<> {
    let is_deployment = resource.kind.eq_ignore_ascii_case(DEPLOYMENTS);
    let body = is_deployment.then(|| resource.body(&prepared.frame).ok()).flatten();
    let (client, id, version) = (call.client.clone(), resource.id.clone(), resource.api_version.clone());
    async move {
        let mut result = client.result(&format!("{id}/whatIf"), &version, &body?).await?;
        let mut changes = std::mem::take(result["properties"]["changes"].as_array_mut()?);
        changes.retain(|change| change["changeType"] != "Ignore");
        Some(changes)
    }
}

async fn change(
    call: &DeploymentCall,
    prepared: &mut Prepared,
    resource: &Planned,
    ids_only: bool,
) -> Result<Value, ArmError> {
    let Some(after) = wanted(call, prepared, resource).await? else {
        // It depends on what is not there yet, so nobody can tell (DOC: "Deploy" and "Unsupported").
        return Ok(shown(&resource.id, "Deploy", None, None, ids_only));
    };
    let now = call.client.call(Method::GET, &resource.id, &resource.api_version, None).await;
    if now.error().is_some() {
        return Ok(shown(&resource.id, "Create", None, Some(after), ids_only));
    }
    let delta = compare::delta(&now.body, &after);
    let kind = if delta.is_empty() { "NoChange" } else { "Modify" };
    let mut change = shown(&resource.id, kind, Some(now.body), Some(after), ids_only);
    if !ids_only && !delta.is_empty() {
        change["delta"] = json!(delta);
    }
    Ok(change)
}

/// The resource as it would be sent, secure values masked; what its expressions need is asked of what is there now.
async fn wanted(
    call: &DeploymentCall,
    prepared: &mut Prepared,
    resource: &Planned,
) -> Result<Option<Value>, ArmError> {
    let mut body = loop {
        match resource.body(&prepared.frame) {
            Ok(body) => break body,
            Err(Interrupt::Fault(fault)) => return Err(ArmError::invalid_resource(&resource.name, &fault)),
            Err(Interrupt::Need(need)) => match answered(&call.client, &need).await {
                Ok(answer) => prepared.frame.place.answers.push((*need, answer)),
                Err(CloudErrorBody { .. }) => return Ok(None),
            },
        }
    };
    let secure = prepared.frame.shown.iter().filter(|it| it.kind.is_secure());
    let secrets: Vec<&str> = secure.filter_map(|it| it.value.as_str()).filter(|it| !it.is_empty()).collect();
    compare::mask(&mut body, &secrets);
    let mut after = json!({
        "id": resource.id,
        "name": resource.name.rsplit('/').next(),
        "type": resource.kind,
        "apiVersion": resource.api_version,
    });
    if let (Value::Object(after), Value::Object(body)) = (&mut after, body) {
        after.extend(body);
    }
    Ok(Some(after))
}

fn shown(id: &str, kind: &str, before: Option<Value>, after: Option<Value>, ids_only: bool) -> Value {
    let mut change = json!({ "resourceId": id, "changeType": kind });
    if !ids_only {
        for (name, side) in [("before", before), ("after", after)] {
            change[name] = side.unwrap_or_default();
        }
    }
    change
}
