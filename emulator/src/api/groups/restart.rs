//! `POST …/containerGroups/{group}/restart`: 204 with an operation (recorded).

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::GroupCall;
use crate::api::surface::Operation;
use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::operation;
use crate::arm::origin::Origin;
use crate::groups::ActionOutcome;

/// Handles the operation.
pub async fn handle(State(app): State<App>, call: GroupCall, origin: Origin) -> Result<Response, ArmError> {
    call.check(Operation::Restart)?;
    let group = call.existing(&app)?;
    Ok(match app.groups.restart(&call.id).await? {
        ActionOutcome::NothingToDo => StatusCode::NO_CONTENT.into_response(),
        ActionOutcome::Started(id) => {
            let headers = operation::headers(&origin, &group.id, super::location(&group), id);
            (StatusCode::NO_CONTENT, headers).into_response()
        }
    })
}
