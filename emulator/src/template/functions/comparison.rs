//! Comparisons of numbers and texts; texts are compared by the values of their characters.

use std::cmp::Ordering;

use serde_json::Value;

use super::{Call, Function, function};
use crate::template::fault::Fault;

pub(super) const FUNCTIONS: &[Function] = &[
    function("equals", (2, 2), |call| Ok(Value::from(call.value(0)? == call.value(1)?))),
    function("less", (2, 2), |call| compared(call, Ordering::is_lt)),
    function("lessOrEquals", (2, 2), |call| compared(call, Ordering::is_le)),
    function("greater", (2, 2), |call| compared(call, Ordering::is_gt)),
    function("greaterOrEquals", (2, 2), |call| compared(call, Ordering::is_ge)),
];

fn compared(call: &Call<'_>, holds: fn(Ordering) -> bool) -> Result<Value, Fault> {
    let ordering = match (call.value(0)?, call.value(1)?) {
        (Value::Number(one), Value::Number(other)) => one.as_f64().partial_cmp(&other.as_f64()),
        (Value::String(one), Value::String(other)) => Some(one.cmp(other)),
        _ => None,
    };
    let ordering = ordering.ok_or_else(|| call.fault("two integers or two strings are expected"))?;
    Ok(Value::from(holds(ordering)))
}
