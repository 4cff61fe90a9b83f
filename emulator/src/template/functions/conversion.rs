//! From one type to another.

use serde_json::Value;

use super::{Call, Function, function};
use crate::template::evaluate::as_text;
use crate::template::fault::Fault;

pub(super) const FUNCTIONS: &[Function] = &[
    function("string", (1, 1), |call| Ok(as_text(call.value(0)?).into())),
    function("int", (1, 1), int),
    function("float", (1, 1), float),
    function("bool", (1, 1), boolean),
    function("json", (1, 1), |call| {
        serde_json::from_str(call.text(0)?).map_err(|_| call.fault("the value is not valid JSON"))
    }),
    function("array", (1, 1), |call| match call.value(0)? {
        Value::Array(elements) => Ok(elements.clone().into()),
        value => Ok(Value::Array(vec![value.clone()])),
    }),
];

fn int(call: &Call<'_>) -> Result<Value, Fault> {
    let read = match call.value(0)? {
        Value::String(text) => text.trim().parse().ok().map(|number: i64| number.into()),
        // Truncated as .NET does; beyond the range it is the range's end.
        Value::Number(number) => {
            number.as_i64().or_else(|| number.as_f64().map(|it| it as i64)).map(Value::from)
        }
        _ => None,
    };
    read.ok_or_else(|| call.fault("the value cannot be converted to an integer"))
}

fn float(call: &Call<'_>) -> Result<Value, Fault> {
    let read = match call.value(0)? {
        Value::String(text) => text.trim().parse::<f64>().ok(),
        value => value.as_f64(),
    };
    let number = read.and_then(serde_json::Number::from_f64).map(Value::Number);
    number.ok_or_else(|| call.fault("the value cannot be converted to a float"))
}

fn boolean(call: &Call<'_>) -> Result<Value, Fault> {
    let read = match call.value(0)? {
        Value::Bool(value) => Some(*value),
        Value::Number(number) => Some(number.as_f64() != Some(0.0)),
        Value::String(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    };
    read.map(Value::from).ok_or_else(|| call.fault("the value cannot be converted to a boolean"))
}
