//! Arithmetic on whole numbers.

use serde_json::Value;

use super::{ANY, Call, Function, function};
use crate::template::fault::Fault;

pub(super) const FUNCTIONS: &[Function] = &[
    function("add", (2, 2), |call| arithmetic(call, i64::checked_add)),
    function("sub", (2, 2), |call| arithmetic(call, i64::checked_sub)),
    function("mul", (2, 2), |call| arithmetic(call, i64::checked_mul)),
    function("div", (2, 2), |call| arithmetic(call, i64::checked_div)),
    function("mod", (2, 2), |call| arithmetic(call, i64::checked_rem)),
    function("min", (1, ANY), |call| extreme(call, |numbers| numbers.iter().min().copied())),
    function("max", (1, ANY), |call| extreme(call, |numbers| numbers.iter().max().copied())),
    function("range", (2, 2), range),
];

fn arithmetic(call: &Call<'_>, operation: fn(i64, i64) -> Option<i64>) -> Result<Value, Fault> {
    let result = operation(call.integer(0)?, call.integer(1)?);
    result.map(Value::from).ok_or_else(|| call.fault("the result is no integer"))
}

/// Of an array of numbers, or of the arguments themselves.
fn extreme(call: &Call<'_>, pick: fn(&[i64]) -> Option<i64>) -> Result<Value, Fault> {
    let all = match call.values {
        [Value::Array(elements)] => elements.as_slice(),
        arguments => arguments,
    };
    let numbers: Option<Vec<i64>> = all.iter().map(Value::as_i64).collect();
    let extreme = numbers.and_then(|numbers| pick(&numbers));
    extreme.map(Value::from).ok_or_else(|| call.fault("integers are expected"))
}

/// At most 10,000 elements ("range", DOC).
fn range(call: &Call<'_>) -> Result<Value, Fault> {
    let (start, count) = (call.integer(0)?, call.integer(1)?);
    let end = start.checked_add(count).filter(|_| (0..=10_000).contains(&count));
    let end = end.ok_or_else(|| call.fault("the count has to be from 0 to 10000"))?;
    Ok((start..end).map(Value::from).collect())
}
