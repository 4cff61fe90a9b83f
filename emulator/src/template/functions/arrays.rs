//! Arrays, and what arrays, texts and objects can do alike.

use serde_json::{Map, Value};

use super::{ANY, Call, Function, function};
use crate::template::evaluate::as_text;
use crate::template::fault::Fault;
use crate::template::member;

pub(super) const FUNCTIONS: &[Function] = &[
    function("concat", (1, ANY), concat),
    function("contains", (2, 2), contains),
    function("createArray", (0, ANY), |call| Ok(call.values.to_vec().into())),
    function("empty", (1, 1), empty),
    function("first", (1, 1), |call| end_of(call, |it| it.first(), |it| it.chars().next())),
    function("last", (1, 1), |call| end_of(call, |it| it.last(), |it| it.chars().next_back())),
    function("length", (1, 1), |call| Ok(length(call)?.into())),
    function("skip", (2, 2), |call| part(call, true)),
    function("take", (2, 2), |call| part(call, false)),
    function("indexOf", (2, 2), |call| index_of(call, false)),
    function("lastIndexOf", (2, 2), |call| index_of(call, true)),
    function("indexFromEnd", (2, 2), |call| {
        let array = call.array(0)?;
        let from_end = usize::try_from(call.integer(1)?).ok().filter(|it| *it >= 1);
        let found = from_end.and_then(|it| array.len().checked_sub(it)).and_then(|index| array.get(index));
        found.cloned().ok_or_else(|| call.fault("the index is out of bounds"))
    }),
    function("flatten", (1, 1), |call| {
        let parts = call
            .array(0)?
            .iter()
            .map(|it| it.as_array().ok_or_else(|| call.fault("arrays of arrays are expected")));
        Ok(parts.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().cloned().collect())
    }),
    function("union", (1, ANY), union),
    function("intersection", (1, ANY), intersection),
];

/// Of arrays one array, of anything else one text.
fn concat(call: &Call<'_>) -> Result<Value, Fault> {
    if call.value(0)?.is_array() {
        let parts = (0..call.values.len()).map(|index| call.array(index)).collect::<Result<Vec<_>, _>>()?;
        return Ok(parts.into_iter().flatten().cloned().collect());
    }
    Ok(call.texts()?.concat().into())
}

fn contains(call: &Call<'_>) -> Result<Value, Fault> {
    let wanted = call.value(1)?;
    Ok(Value::from(match call.value(0)? {
        Value::Array(elements) => elements.contains(wanted),
        Value::Object(members) => member(members, &as_text(wanted)).is_some(),
        Value::String(text) => text.contains(&as_text(wanted)),
        _ => return Err(call.expected(0, "an array, an object or a string")),
    }))
}

fn empty(call: &Call<'_>) -> Result<Value, Fault> {
    match call.value(0)? {
        Value::Null => Ok(true.into()),
        _ => Ok((length(call)? == 0).into()),
    }
}

fn length(call: &Call<'_>) -> Result<usize, Fault> {
    match call.value(0)? {
        Value::Array(elements) => Ok(elements.len()),
        Value::Object(members) => Ok(members.len()),
        Value::String(text) => Ok(text.chars().count()),
        _ => Err(call.expected(0, "an array, an object or a string")),
    }
}

/// Of an empty array nothing, of an empty text an empty one.
fn end_of(
    call: &Call<'_>,
    of_array: fn(&[Value]) -> Option<&Value>,
    of_text: fn(&str) -> Option<char>,
) -> Result<Value, Fault> {
    match call.value(0)? {
        Value::Array(elements) => Ok(of_array(elements).cloned().unwrap_or_default()),
        Value::String(text) => Ok(of_text(text).map(String::from).unwrap_or_default().into()),
        _ => Err(call.expected(0, "an array or a string")),
    }
}

fn part(call: &Call<'_>, after: bool) -> Result<Value, Fault> {
    let count = usize::try_from(call.integer(1)?).unwrap_or_default();
    match call.value(0)? {
        Value::Array(elements) if after => Ok(elements.iter().skip(count).cloned().collect()),
        Value::Array(elements) => Ok(elements.iter().take(count).cloned().collect()),
        Value::String(text) if after => Ok(text.chars().skip(count).collect::<String>().into()),
        Value::String(text) => Ok(text.chars().take(count).collect::<String>().into()),
        _ => Err(call.expected(0, "an array or a string")),
    }
}

/// In texts regardless of case ("indexOf", DOC); −1 for what is not there.
fn index_of(call: &Call<'_>, last: bool) -> Result<Value, Fault> {
    let found = match call.value(0)? {
        Value::Array(elements) => {
            let wanted = call.value(1)?;
            if last {
                elements.iter().rposition(|it| it == wanted)
            } else {
                elements.iter().position(|it| it == wanted)
            }
        }
        Value::String(text) => {
            let (text, wanted) = (text.to_lowercase(), call.text(1)?.to_lowercase());
            let at = if last { text.rfind(&wanted) } else { text.find(&wanted) };
            at.map(|at| text[..at].chars().count())
        }
        _ => return Err(call.expected(0, "an array or a string")),
    };
    Ok(found.and_then(|at| i64::try_from(at).ok()).unwrap_or(-1).into())
}

/// Of arrays every element once; of objects every property, objects in both joined in turn, the last value of all
/// others ("union", DOC).
fn union(call: &Call<'_>) -> Result<Value, Fault> {
    if call.value(0)?.is_array() {
        let mut all = Vec::new();
        for index in 0..call.values.len() {
            for element in call.array(index)? {
                if !all.contains(element) {
                    all.push(element.clone());
                }
            }
        }
        return Ok(all.into());
    }
    let mut all = Map::new();
    for index in 0..call.values.len() {
        merge(&mut all, call.object(index)?);
    }
    Ok(all.into())
}

fn merge(into: &mut Map<String, Value>, from: &Map<String, Value>) {
    for (name, value) in from {
        match (into.get_mut(name), value) {
            (Some(Value::Object(known)), Value::Object(added)) => merge(known, added),
            _ => {
                into.insert(name.clone(), value.clone());
            }
        }
    }
}

fn intersection(call: &Call<'_>) -> Result<Value, Fault> {
    if call.value(0)?.is_array() {
        let others = (1..call.values.len()).map(|index| call.array(index)).collect::<Result<Vec<_>, _>>()?;
        let mut common: Vec<Value> = Vec::new();
        for element in call.array(0)? {
            if others.iter().all(|other| other.contains(element)) && !common.contains(element) {
                common.push(element.clone());
            }
        }
        return Ok(common.into());
    }
    let others = (1..call.values.len()).map(|index| call.object(index)).collect::<Result<Vec<_>, _>>()?;
    let common =
        call.object(0)?.iter().filter(|(name, value)| others.iter().all(|it| it.get(*name) == Some(*value)));
    Ok(Value::Object(common.map(|(name, value)| (name.clone(), value.clone())).collect()))
}
