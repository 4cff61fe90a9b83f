//! `POST …/containerGroups/{group}/start`

use aci_model::ApiVersion;
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

/// Handles the operation: a running group gets 204 without an operation (recorded); a stopped one 204 with
/// one until 2020-11-01 (recorded) and 202 since 2021-03-01 (SPEC).
pub async fn handle(State(app): State<App>, call: GroupCall, origin: Origin) -> Result<Response, ArmError> {
    call.check(Operation::Start)?;
    let group = call.existing(&app)?;
    Ok(match app.groups.start(&call.id).await? {
        ActionOutcome::NothingToDo => StatusCode::NO_CONTENT.into_response(),
        ActionOutcome::Started(id) => {
            let accepted = call.version >= ApiVersion::V2021_03_01;
            let status = if accepted { StatusCode::ACCEPTED } else { StatusCode::NO_CONTENT };
            (status, operation::headers(&origin, &group.id, super::location(&group), id)).into_response()
        }
    })
}
