//! Deployments, read, listed, exported, canceled and deleted.

use std::sync::Arc;

use aci_model::resource::Page;
use axum::Json;
use axum::extract::State;
use http::{StatusCode, Uri};
use serde_json::{Value, json};

use super::call::DeploymentCall;
use super::shown;
use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::query;
use crate::deployments::record::Deployment;

impl DeploymentCall {
    /// The deployment itself.
    ///
    /// # Errors
    /// `DeploymentNotFound`.
    pub(super) fn existing(&self, app: &App) -> Result<Arc<Deployment>, ArmError> {
        app.deployments.get(&self.id()).ok_or_else(|| ArmError::deployment_not_found(&self.name))
    }
}

/// `GET …/deployments/{deployment}`
pub(super) async fn get(State(app): State<App>, call: DeploymentCall) -> Result<Json<Value>, ArmError> {
    Ok(Json(shown::deployment(call.existing(&app)?.as_ref())))
}

/// `GET …/deployments`: those of the scope alone, the latest first; by state where that is asked for.
pub(super) async fn list(
    State(app): State<App>,
    call: DeploymentCall,
    uri: Uri,
) -> Result<Json<Page<Value>>, ArmError> {
    let filter = query::value(uri.query(), "$filter").filter(|filter| !filter.is_empty());
    let state =
        filter.as_deref().map(|filter| state_of(filter).ok_or_else(|| ArmError::invalid_filter(filter)));
    let state = state.transpose()?;
    let top = query::value(uri.query(), "$top").and_then(|top| top.parse().ok()).unwrap_or(usize::MAX);
    let mut all = app.deployments.of(&call.scope);
    all.retain(|it| state.is_none_or(|state| it.state.as_str().eq_ignore_ascii_case(state)));
    Ok(Json(Page::whole(all.iter().take(top).map(|it| shown::deployment(it)).collect())))
}

/// `provisioningState eq 'Failed'` is the one filter that there is ("Deployments - List By Resource Group", DOC).
fn state_of(filter: &str) -> Option<&str> {
    let (name, value) = filter.split_once(" eq ")?;
    let named = name.trim().eq_ignore_ascii_case("provisioningState");
    value.trim().strip_prefix('\'')?.strip_suffix('\'').filter(|_| named)
}

/// `DELETE …/deployments/{deployment}`: the record goes, what was deployed stays.
pub(super) async fn delete(State(app): State<App>, call: DeploymentCall) -> Result<StatusCode, ArmError> {
    match app.deployments.get(&call.id()) {
        Some(known) if !known.state.is_terminal() => {
            Err(ArmError::deployment_active(&known.name, known.started))
        }
        _ => {
            app.deployments.remove(&call.id())?;
            Ok(StatusCode::NO_CONTENT)
        }
    }
}

/// `POST …/deployments/{deployment}/cancel`
pub(super) async fn cancel(State(app): State<App>, call: DeploymentCall) -> Result<StatusCode, ArmError> {
    let known = call.existing(&app)?;
    if app.deployments.cancel(&known.id) {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(ArmError::deployment_not_cancelable(&known.name, known.state.as_str()))
}

/// `POST …/deployments/{deployment}/exportTemplate`
pub(super) async fn export(State(app): State<App>, call: DeploymentCall) -> Result<Json<Value>, ArmError> {
    Ok(Json(json!({ "template": call.existing(&app)?.template })))
}
