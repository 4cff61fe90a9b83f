//! `DELETE …/standbyContainerGroupPools/{pool}`: the groups that wait go too, those that were given away stay.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use crate::api::tracked::ResourceCall;
use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::operation;
use crate::arm::origin::Origin;

/// Handles the operation: 202 with an operation, 204 where there is none (SPEC).
pub async fn handle(
    State(app): State<App>,
    call: ResourceCall,
    origin: Origin,
) -> Result<Response, ArmError> {
    Ok(match app.ngroups.delete(&call.id).await? {
        Some((pool, begun)) => {
            let headers = operation::headers(&origin, &pool.id, &pool.spec.location, begun);
            (StatusCode::ACCEPTED, headers).into_response()
        }
        None => StatusCode::NO_CONTENT.into_response(),
    })
}
