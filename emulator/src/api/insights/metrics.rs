//! `GET …/providers/Microsoft.Insights/metrics`

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::Uri;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::metric::{CONTAINER, Metric, NAMESPACE};
use super::question::{Aggregation, Question};
use crate::api::authorization::extension::ExtensionCall;
use crate::app::App;
use crate::arm::error::ArmError;
use crate::group::Group;
use crate::groups::GroupError;
use crate::regions;
use crate::usage::Reading;

/// Handles the operation.
pub async fn list(State(app): State<App>, call: ExtensionCall, uri: Uri) -> Result<Response, ArmError> {
    let group = group(&app, &call)?;
    let question = match Question::read(uri.query(), app.clock.now()) {
        Ok(question) => question,
        Err(refusal) => return Ok(refusal.into_response()),
    };
    let readings = app.usage.read(&group).await.map_err(GroupError::from)?;
    Ok(Json(answer(&group, &question, &readings)).into_response())
}

/// The group that a call is about.
///
/// # Errors
/// `ResourceNotFound`.
pub(super) fn group(app: &App, call: &ExtensionCall) -> Result<Arc<Group>, ArmError> {
    let id = call.scope.parse().map_err(|_| ArmError::missing_subscription())?;
    app.groups.get(&id).ok_or_else(|| ArmError::resource_not_found(&id))
}

fn answer(group: &Group, question: &Question, readings: &[Reading]) -> Value {
    let location = group.spec.location.as_deref().unwrap_or_default();
    let metrics: Vec<Value> =
        question.metrics.iter().map(|metric| describe(metric, group, question, readings)).collect();
    json!({
        // What a question costs grows with the points that it is about.
        "cost": points(question).count() * metrics.len(),
        "timespan": format!("{}/{}", seconds(question.from), seconds(question.to)),
        "interval": question.grain.0,
        "value": metrics,
        "namespace": NAMESPACE,
        "resourceregion": regions::normalise(location),
    })
}

fn describe(metric: &Metric, group: &Group, question: &Question, readings: &[Reading]) -> Value {
    json!({
        "id": format!("{}/providers/Microsoft.Insights/metrics/{}", group.id, metric.name),
        "type": "Microsoft.Insights/metrics",
        "name": metric.names(),
        "displayDescription": metric.description,
        "unit": metric.unit,
        "timeseries": series(metric, question, readings),
        "errorCode": "Success",
    })
}

/// A series of each container that the filter names and that was seen, or one of all.
fn series(metric: &Metric, question: &Question, readings: &[Reading]) -> Vec<Value> {
    let Some(wanted) = question.containers.as_ref().filter(|_| metric.has_containers()) else {
        return vec![json!({ "metadatavalues": [], "data": data(metric, question, readings, None) })];
    };
    let seen: BTreeSet<&String> = readings.iter().flat_map(|reading| reading.containers.keys()).collect();
    let named = seen.into_iter().filter(|name| wanted.include(name));
    let describe = |name: &String| {
        let dimension = CONTAINER.to_ascii_lowercase();
        let name_of = json!({ "value": dimension, "localizedValue": dimension });
        json!({
            "metadatavalues": [{ "name": name_of, "value": name }],
            "data": data(metric, question, readings, Some(name)),
        })
    };
    named.map(describe).collect()
}

/// A point for every interval; one of which nothing is known has a time and no value.
fn data(metric: &Metric, question: &Question, readings: &[Reading], container: Option<&str>) -> Vec<Value> {
    let point = |begin: Timestamp| {
        let end = begin.checked_add(question.grain.1).unwrap_or(Timestamp::MAX);
        let within = readings.iter().filter(|reading| (begin..end).contains(&reading.at));
        let values: Vec<f64> = within.flat_map(|reading| metric.values(reading, container)).collect();
        let mut point = Map::from_iter([("timeStamp".to_owned(), seconds(begin).into())]);
        if !values.is_empty() {
            point.extend(question.aggregations.iter().map(|how| aggregate(*how, &values)));
        }
        Value::Object(point)
    };
    points(question).map(point).collect()
}

/// The beginnings of the intervals, at whole minutes.
fn points(question: &Question) -> impl Iterator<Item = Timestamp> {
    let from = question.from.as_second();
    let first = Timestamp::from_second(from - from.rem_euclid(60)).unwrap_or(question.from);
    let (to, grain) = (question.to, question.grain.1);
    std::iter::successors(Some(first), move |begin| begin.checked_add(grain).ok())
        .take_while(move |at| *at < to)
}

fn aggregate(how: Aggregation, values: &[f64]) -> (String, Value) {
    let count = f64::from(u32::try_from(values.len()).unwrap_or(u32::MAX));
    let total: f64 = values.iter().sum();
    let (name, value) = match how {
        Aggregation::Average => ("average", total / count),
        Aggregation::Minimum => ("minimum", values.iter().copied().fold(f64::INFINITY, f64::min)),
        Aggregation::Maximum => ("maximum", values.iter().copied().fold(f64::NEG_INFINITY, f64::max)),
        Aggregation::Total => ("total", total),
        Aggregation::Count => ("count", count),
    };
    (name.to_owned(), value.into())
}

fn seconds(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
