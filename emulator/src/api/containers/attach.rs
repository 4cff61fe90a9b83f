//! `POST …/containerGroups/{group}/containers/{container}/attach`

use aci_model::stream::WebSocketAccess;
use axum::Json;
use axum::extract::State;

use crate::api::groups::{ContainerName, GroupCall};
use crate::api::streams::LOG_PATH;
use crate::api::surface::Operation;
use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::origin::Origin;
use crate::sessions::{Purpose, StreamKind};

/// Handles the operation.
pub async fn handle(
    State(app): State<App>,
    call: GroupCall,
    ContainerName(container): ContainerName,
    origin: Origin,
) -> Result<Json<WebSocketAccess>, ArmError> {
    call.check(Operation::Attach)?;
    app.groups.check_streamable(&call.id, &container)?;
    let purpose = Purpose { group: call.id, container, stream: StreamKind::Log };
    let ticket = app.sessions.open(purpose, &app.ids, app.clock.now());
    let web_socket_uri = format!("{}{LOG_PATH}/{}?api-version=1.0", origin.websocket(), ticket.id);
    Ok(Json(WebSocketAccess { web_socket_uri, password: ticket.password }))
}
