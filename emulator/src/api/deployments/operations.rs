//! What a deployment has done, and how far the operation is that it is itself.

use aci_model::resource::Page;
use axum::Json;
use axum::extract::{RawPathParams, State};
use serde_json::{Value, json};

use super::call::DeploymentCall;
use super::shown;
use crate::app::App;
use crate::arm::error::ArmError;

/// `GET …/deployments/{deployment}/operations`
pub(super) async fn list(
    State(app): State<App>,
    call: DeploymentCall,
) -> Result<Json<Page<Value>>, ArmError> {
    let deployment = call.existing(&app)?;
    let all = deployment.operations.iter().map(|operation| shown::operation(&deployment, operation));
    Ok(Json(Page::whole(all.collect())))
}

/// `GET …/deployments/{deployment}/operations/{operation}`
pub(super) async fn get(
    State(app): State<App>,
    call: DeploymentCall,
    params: RawPathParams,
) -> Result<Json<Value>, ArmError> {
    let deployment = call.existing(&app)?;
    let id = operation_in(&params);
    let found = deployment.operations.iter().find(|it| it.id.eq_ignore_ascii_case(id));
    let found = found.ok_or_else(|| ArmError::deployment_operation_not_found(id, &deployment.name))?;
    Ok(Json(shown::operation(&deployment, found)))
}

/// `GET …/deployments/{deployment}/operationStatuses/{operation}`
pub(super) async fn status(
    State(app): State<App>,
    call: DeploymentCall,
    params: RawPathParams,
) -> Result<Json<Value>, ArmError> {
    let deployment = call.existing(&app)?;
    let id = operation_in(&params);
    if deployment.operation != id {
        return Err(ArmError::operation_not_found(id));
    }
    let mut status = json!({ "status": deployment.state.as_str() });
    if let Some(error) = &deployment.error {
        status["error"] = json!(error);
    }
    Ok(Json(status))
}

fn operation_in(params: &RawPathParams) -> &str {
    params.iter().find(|(name, _)| *name == "operation").map(|(_, value)| value).unwrap_or_default()
}
