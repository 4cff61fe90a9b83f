//! `/_emulator/faults`: failures on demand.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde_json::json;

use crate::app::App;
use crate::arm::error::{ArmError, catalogue};
use crate::arm::reject::JsonBody;
use crate::faults::{Fault, Rule, RuleError};

/// `POST /_emulator/faults`: adds a rule; one about what runs strikes it at once.
pub async fn add(State(app): State<App>, body: Bytes) -> Result<Response, ArmError> {
    let rule = JsonBody::<Rule>::parse(&body)?.value;
    rule.check()?;
    check_code(&rule.fault)?;
    let added = app.faults.add(rule)?;
    app.faulty.strike_running(added.id);
    Ok((StatusCode::CREATED, Json(added)).into_response())
}

/// `GET /_emulator/faults`: the rules with their counts.
pub async fn list(State(app): State<App>) -> Response {
    Json(json!({ "value": app.faults.list() })).into_response()
}

/// `DELETE /_emulator/faults/{id}`
pub async fn remove(State(app): State<App>, Path(id): Path<String>) -> Result<StatusCode, ArmError> {
    let removed = match id.parse() {
        Ok(id) => app.faults.remove(id)?,
        Err(_) => false,
    };
    removed.then_some(StatusCode::NO_CONTENT).ok_or_else(|| ArmError::fault_not_found(&id))
}

/// `DELETE /_emulator/faults`
pub async fn clear(State(app): State<App>) -> Result<StatusCode, ArmError> {
    app.faults.clear()?;
    Ok(StatusCode::NO_CONTENT)
}

/// A code without words of its own in the catalogue needs some in the rule.
fn check_code(fault: &Fault) -> Result<(), ArmError> {
    match fault {
        Fault::Error { code, status, message, .. }
            if catalogue::find(code).is_none() && (status.is_none() || message.is_none()) =>
        {
            let known: Vec<_> = catalogue::ENTRIES.iter().map(|entry| entry.code).collect();
            let known = known.join(", ");
            Err(ArmError::invalid_fault(format!(
                "The words of '{code}' are not known, so 'status' and 'message' must be given. Known are: {known}."
            )))
        }
        _ => Ok(()),
    }
}

impl From<RuleError> for ArmError {
    fn from(error: RuleError) -> Self {
        Self::invalid_fault(error.to_string())
    }
}
