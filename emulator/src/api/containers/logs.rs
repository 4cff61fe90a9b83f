//! `GET …/containerGroups/{group}/containers/{container}/logs?tail=…&timestamps=…`

use aci_model::resource::Logs;
use axum::Json;
use axum::extract::State;
use http::Uri;

use crate::api::groups::{ContainerName, GroupCall};
use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::query;
use crate::runtime::LogQuery;

/// Handles the operation. A missing group is the resource provider's error here, not the gateway's.
pub async fn handle(
    State(app): State<App>,
    call: GroupCall,
    ContainerName(container): ContainerName,
    uri: Uri,
) -> Result<Json<Logs>, ArmError> {
    let content = app.groups.logs(&call.id, &container, log_query(&uri)?).await?;
    Ok(Json(Logs { content: Some(content) }))
}

fn log_query(uri: &Uri) -> Result<LogQuery, ArmError> {
    let value = |name| query::value(uri.query(), name).filter(|value| !value.is_empty());
    let tail = value("tail").map(|text| {
        let refused = |_| ArmError::invalid_query_parameter("tail", &text, "a whole number of lines");
        text.parse().map_err(refused)
    });
    let timestamps = value("timestamps").map(|text| {
        let refused = |_| ArmError::invalid_query_parameter("timestamps", &text, "'true' or 'false'");
        text.to_ascii_lowercase().parse().map_err(refused)
    });
    Ok(LogQuery { tail: tail.transpose()?, timestamps: timestamps.transpose()?.unwrap_or(false) })
}
