//! `POST …/deployments/{deployment}/validate`

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::call::DeploymentCall;
use super::create::record;
use super::prepare::prepare;
use super::request::DeploymentBody;
use super::{preflight, shown};
use crate::app::App;
use crate::arm::error::ArmError;
use crate::deployments::record::State as Progress;

/// Handles the operation: what a PUT would do, and nothing is kept.
pub(super) async fn handle(
    State(app): State<App>,
    call: DeploymentCall,
    body: DeploymentBody,
) -> Result<Json<Value>, ArmError> {
    let prepared = prepare(&app, &call, &body)?;
    preflight::check(&app, &call, preflight::known(&prepared)?).await?;
    let mut deployment = record(&app, &call, body, &prepared);
    deployment.state = Progress::Succeeded;
    let mut shown = shown::deployment(&deployment);
    let resources = prepared.plan.resources.iter().filter(|it| !it.existing);
    let ids: Vec<String> = resources.map(|it| it.id.clone()).collect();
    if let Some(properties) = shown["properties"].as_object_mut() {
        properties.shift_remove("outputResources");
        properties.insert("validatedResources".to_owned(), shown::ids(&ids));
        properties.insert("duration".to_owned(), json!("PT0S"));
    }
    Ok(Json(shown))
}
