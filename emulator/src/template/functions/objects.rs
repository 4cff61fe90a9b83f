//! Objects.

use serde_json::{Map, Value, json};

use super::{ANY, Call, Function, function};
use crate::template::evaluate::as_text;
use crate::template::fault::Fault;
use crate::template::member;

pub(super) const FUNCTIONS: &[Function] = &[
    function("createObject", (0, ANY), create),
    function("items", (1, 1), items),
    function("objectKeys", (1, 1), |call| {
        Ok(sorted(call.object(0)?).into_iter().map(|(name, _)| Value::from(name)).collect())
    }),
    function("shallowMerge", (1, 1), |call| {
        let mut merged = Map::new();
        for part in call.array(0)? {
            let part = part.as_object().ok_or_else(|| call.fault("an array of objects is expected"))?;
            merged.extend(part.clone());
        }
        Ok(merged.into())
    }),
    function("tryGet", (2, ANY), try_get),
];

/// Names and values by turns.
fn create(call: &Call<'_>) -> Result<Value, Fault> {
    let mut object = Map::new();
    for pair in call.values.chunks(2) {
        let [Value::String(name), value] = pair else {
            return Err(call.fault("pairs of a string and a value are expected"));
        };
        object.insert(name.clone(), value.clone());
    }
    Ok(object.into())
}

/// Sorted by name ("items", DOC).
fn items(call: &Call<'_>) -> Result<Value, Fault> {
    let pairs = sorted(call.object(0)?);
    Ok(pairs.into_iter().map(|(key, value)| json!({ "key": key, "value": value })).collect())
}

fn sorted(object: &Map<String, Value>) -> Vec<(&str, &Value)> {
    let mut pairs: Vec<_> = object.iter().map(|(name, value)| (name.as_str(), value)).collect();
    pairs.sort_by_key(|(name, _)| name.to_lowercase());
    pairs
}

/// What Bicep makes of `a.?b`: nothing where a step does not exist.
fn try_get(call: &Call<'_>) -> Result<Value, Fault> {
    let mut value = call.value(0)?;
    for step in &call.values[1..] {
        let next = match value {
            Value::Object(members) => member(members, &as_text(step)),
            Value::Array(elements) => step
                .as_u64()
                .and_then(|index| usize::try_from(index).ok())
                .and_then(|index| elements.get(index)),
            _ => None,
        };
        let Some(next) = next else { return Ok(Value::Null) };
        value = next;
    }
    Ok(value.clone())
}
