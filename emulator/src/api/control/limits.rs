//! `/_emulator/limits`: regions, quotas and rates of an emulator that runs.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde_json::Value;

use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::reject::JsonBody;
use crate::limits::{Limits, LimitsError};

/// `GET /_emulator/limits`
pub async fn get(State(app): State<App>) -> Json<Limits> {
    Json(app.limits.now().as_ref().clone())
}

/// `PUT /_emulator/limits`: what is left out is Azure's.
pub async fn put(State(app): State<App>, body: Bytes) -> Result<Json<Limits>, ArmError> {
    replace(&app, JsonBody::<Limits>::parse(&body)?.value)
}

/// `PATCH /_emulator/limits`: what is left out stays (RFC 7386).
pub async fn patch(State(app): State<App>, body: Bytes) -> Result<Json<Limits>, ArmError> {
    let patch = JsonBody::<Value>::parse(&body)?.value;
    let refused = |error: serde_json::Error| ArmError::invalid_request_content(&error.to_string());
    let mut limits = serde_json::to_value(app.limits.now().as_ref()).map_err(refused)?;
    merge(&mut limits, patch);
    replace(&app, serde_json::from_value(limits).map_err(refused)?)
}

fn replace(app: &App, limits: Limits) -> Result<Json<Limits>, ArmError> {
    limits.check()?;
    app.limits.replace(limits.clone());
    Ok(Json(limits))
}

/// RFC 7386, section 2.
fn merge(target: &mut Value, patch: Value) {
    let Value::Object(members) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Default::default());
    }
    let Some(object) = target.as_object_mut() else { return };
    for (name, value) in members {
        if value.is_null() {
            object.remove(&name);
        } else {
            merge(object.entry(name).or_insert(Value::Null), value);
        }
    }
}

impl From<LimitsError> for ArmError {
    fn from(error: LimitsError) -> Self {
        Self::invalid_request_content(&error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_patch_changes_what_it_names_and_null_removes() {
        let mut target = json!({ "a": { "b": 1, "c": 2 }, "d": [1] });
        merge(&mut target, json!({ "a": { "b": null, "e": {} }, "d": [2] }));
        assert_eq!(target, json!({ "a": { "c": 2, "e": {} }, "d": [2] }));
    }
}
