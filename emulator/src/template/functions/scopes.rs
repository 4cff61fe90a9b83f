//! Where a template is deployed, what it binds, and which turn of a loop this is.

use serde_json::Value;

use super::{Call, Function, function};
use crate::template::fault::{Fault, Interrupt};
use crate::template::member;

pub(super) const FUNCTIONS: &[Function] = &[
    function("deployment", (0, 0), |call| Ok(call.evaluator.frame.place.deployment.clone())),
    function("environment", (0, 0), |call| Ok(call.evaluator.frame.place.environment.clone())),
    function("subscription", (0, 0), |call| Ok(call.evaluator.frame.place.subscription.clone())),
    function("tenant", (0, 0), |call| Ok(call.evaluator.frame.place.tenant.clone())),
    function("resourceGroup", (0, 0), |call| {
        let group = call.evaluator.frame.place.resource_group.clone();
        group.ok_or_else(|| Fault::NotHere("resourceGroup".to_owned()))
    }),
    function("newGuid", (0, 0), |call| Ok(call.evaluator.frame.new_guid().to_string().into())),
    function("parameters", (1, 1), |call| settled(parameter(call))),
    function("variables", (1, 1), |call| settled(call.evaluator.frame.variable(call.text(0)?))),
    function("copyIndex", (0, 2), copy_index),
];

/// Parameters and variables are evaluated before anything is deployed, so they need nothing.
fn settled(found: Result<Value, Interrupt>) -> Result<Value, Fault> {
    found.map_err(|interrupt| interrupt.settled("reference"))
}

/// In a function those of the function, elsewhere those of the template.
fn parameter(call: &Call<'_>) -> Result<Value, Interrupt> {
    let name = call.text(0)?;
    match &call.evaluator.locals.arguments {
        Some(arguments) => {
            let found = member(arguments, name).cloned();
            found.ok_or_else(|| Fault::ParameterNotFound(name.to_owned()).into())
        }
        None => call.evaluator.frame.parameter(name),
    }
}

/// `copyIndex()`, `copyIndex(offset)`, `copyIndex('loop')`, `copyIndex('loop', offset)`.
fn copy_index(call: &Call<'_>) -> Result<Value, Fault> {
    let (name, offset) = match call.values {
        [] => (None, 0),
        [Value::String(name)] => (Some(name), 0),
        [Value::String(name), _] => (Some(name), call.integer(1)?),
        _ => (None, call.integer(0)?),
    };
    let mut loops = call.evaluator.locals.loops.iter().rev();
    let found = loops.find(|each| match name {
        Some(name) => each.name.eq_ignore_ascii_case(name),
        None => !each.of_property,
    });
    let index = found.ok_or_else(|| Fault::NotHere("copyIndex".to_owned()))?.index;
    Ok((index + offset).into())
}
