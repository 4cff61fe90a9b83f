//! `GET …/providers/Microsoft.Insights/metricDefinitions`

use aci_model::resource::Page;
use axum::Json;
use axum::extract::State;
use serde_json::{Map, Value, json};

use super::metric::{CONTAINER, METRICS, Metric, NAMESPACE};
use super::metrics;
use super::question::GRAINS;
use crate::api::authorization::extension::ExtensionCall;
use crate::app::App;
use crate::arm::error::ArmError;

/// How long Azure Monitor keeps metrics ("Azure Monitor Metrics overview").
const RETENTION: &str = "P93D";

/// Handles the operation.
pub async fn list(State(app): State<App>, call: ExtensionCall) -> Result<Json<Page<Value>>, ArmError> {
    let group = metrics::group(&app, &call)?;
    let id = group.id.to_string();
    Ok(Json(Page::whole(METRICS.iter().map(|metric| describe(metric, &id)).collect())))
}

fn describe(metric: &Metric, group: &str) -> Value {
    let grains = GRAINS.iter().map(|(grain, _)| json!({ "timeGrain": grain, "retention": RETENTION }));
    let mut body = Map::new();
    let id = format!("{group}/providers/microsoft.insights/metricdefinitions/{}", metric.name);
    body.insert("id".to_owned(), id.into());
    body.insert("resourceId".to_owned(), group.into());
    body.insert("namespace".to_owned(), NAMESPACE.into());
    body.insert("name".to_owned(), metric.names());
    body.insert("displayDescription".to_owned(), metric.description.into());
    body.insert("isDimensionRequired".to_owned(), false.into());
    body.insert("unit".to_owned(), metric.unit.into());
    body.insert("primaryAggregationType".to_owned(), "Average".into());
    body.insert("supportedAggregationTypes".to_owned(), json!(["Maximum", "Minimum", "Average"]));
    body.insert("metricAvailabilities".to_owned(), grains.collect());
    if metric.has_containers() {
        let dimension = json!([{ "value": CONTAINER, "localizedValue": CONTAINER }]);
        body.insert("dimensions".to_owned(), dimension);
    }
    body.into()
}
