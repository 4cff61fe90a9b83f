//! Microsoft.Insights: the metrics of container groups, as Azure Monitor answers them.
//!
//! Source: "Supported metrics for Microsoft.ContainerInstance/containerGroups" and the reference of Metrics - List and
//! Metric Definitions - List.

use axum::Json;
use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use serde_json::json;

pub mod definitions;
pub mod metric;
pub mod metrics;
pub mod question;

use crate::app::App;

/// The routes.
pub fn routes() -> Router<App> {
    const INSIGHTS: &str = "/subscriptions/{subscription}/resourceGroups/{resource_group}/providers/Microsoft.ContainerInstance/containerGroups/{group}/providers/Microsoft.Insights";
    Router::new()
        .route(&format!("{INSIGHTS}/metrics"), get(metrics::list))
        .route(&format!("{INSIGHTS}/metricDefinitions"), get(definitions::list))
}

/// A question that Azure Monitor does not answer. It writes its errors without ARM's envelope (USER:
/// azure-sdk-for-net #29584).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({ "code": "BadRequest", "message": self.0 });
        (StatusCode::BAD_REQUEST, Json(body)).into_response()
    }
}
