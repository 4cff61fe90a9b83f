//! `PUT …/deployments/{deployment}`

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderValue, StatusCode};

use super::call::DeploymentCall;
use super::prepare::{Prepared, prepare};
use super::request::DeploymentBody;
use super::run::Run;
use super::{preflight, shown};
use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::headers::ASYNC_OPERATION;
use crate::deployments::record::{Deployment, State as Progress, Told};

/// How soon a client may look again; without it, SDKs wait 30 seconds.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Handles the operation: 201 with an operation for a new one, 200 for one of a name that was used before.
pub(super) async fn put(
    State(app): State<App>,
    call: DeploymentCall,
    body: DeploymentBody,
) -> Result<Response, ArmError> {
    let prepared = prepare(&app, &call, &body)?;
    preflight::check(&app, &call, preflight::known(&prepared)?).await?;
    let known = app.deployments.get(&call.id());
    let deployment = record(&app, &call, body, &prepared);
    let token = match app.deployments.begin(deployment.clone())? {
        Ok(token) => token,
        Err(active) => return Err(ArmError::deployment_active(&active.name, active.started)),
    };
    let answer = shown::deployment(&deployment);
    let headers = headers(&call, &deployment);
    app.deployments.spawn(Run::new(app.clone(), call.client, deployment, prepared).until_ended(token));
    let status = if known.is_some() { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, headers, Json(answer)).into_response())
}

fn headers(call: &DeploymentCall, deployment: &Deployment) -> HeaderMap {
    let url = format!(
        "{}{}/operationStatuses/{}?api-version={}",
        call.origin.0, deployment.id, deployment.operation, call.version
    );
    let mut headers = HeaderMap::new();
    headers.extend(HeaderValue::from_str(&url).ok().map(|url| (ASYNC_OPERATION, url)));
    headers.insert(RETRY_AFTER, HeaderValue::from(LOOK_AGAIN.as_secs()));
    headers
}

/// A deployment as it begins.
pub(super) fn record(
    app: &App,
    call: &DeploymentCall,
    body: DeploymentBody,
    prepared: &Prepared,
) -> Deployment {
    let now = app.clock.now();
    Deployment {
        id: call.id(),
        scope: call.scope.clone(),
        name: call.name.clone(),
        location: body.location.filter(|_| call.resource_group.is_none()),
        tags: body.tags,
        mode: body.mode,
        state: Progress::Accepted,
        operation: app.ids.next().simple().to_string(),
        correlation: call.correlation.clone(),
        started: now,
        changed: now,
        template: body.template,
        template_hash: prepared.hash.clone(),
        parameters: prepared.frame.shown.iter().map(Told::from).collect(),
        outputs: None,
        providers: shown::providers(call, prepared),
        dependencies: shown::dependencies(prepared),
        output_resources: Vec::new(),
        error: None,
        operations: Vec::new(),
    }
}
