//! Truth values, and the functions that leave arguments without a value.

use serde_json::Value;

use super::{Call, Function, function};
use crate::template::evaluate::Evaluator;
use crate::template::expression::Expression;
use crate::template::fault::{Fault, Interrupt};

pub(super) const FUNCTIONS: &[Function] = &[
    function("not", (1, 1), |call| Ok(Value::from(!call.boolean(0)?))),
    function("xor", (2, 2), |call| Ok(Value::from(call.boolean(0)? != call.boolean(1)?))),
    function("true", (0, 0), |_| Ok(Value::from(true))),
    function("false", (0, 0), |_| Ok(Value::from(false))),
    function("null", (0, 0), |_| Ok(Value::Null)),
    function("fail", (1, 1), |call| Err(Fault::Shape(call.text(0)?.to_owned()))),
];

pub(super) fn special(
    evaluator: &Evaluator<'_>,
    name: &str,
    arguments: &[Expression],
) -> Option<Result<Value, Interrupt>> {
    match name {
        "if" => Some(choice(evaluator, arguments)),
        "and" => Some(until(evaluator, "and", arguments, false)),
        "or" => Some(until(evaluator, "or", arguments, true)),
        "coalesce" => Some(coalesce(evaluator, arguments)),
        _ => None,
    }
}

fn truth(evaluator: &Evaluator<'_>, name: &str, argument: &Expression) -> Result<bool, Interrupt> {
    let values = [evaluator.value(argument)?];
    Ok(Call { name, values: &values, evaluator }.boolean(0)?)
}

/// Only the branch that is taken is evaluated ("if: remarks", DOC).
fn choice(evaluator: &Evaluator<'_>, arguments: &[Expression]) -> Result<Value, Interrupt> {
    let [condition, then, otherwise] = arguments else {
        return Err(Call { name: "if", values: &[], evaluator }.fault("it takes 3 arguments").into());
    };
    evaluator.value(if truth(evaluator, "if", condition)? { then } else { otherwise })
}

fn until(
    evaluator: &Evaluator<'_>,
    name: &str,
    arguments: &[Expression],
    end: bool,
) -> Result<Value, Interrupt> {
    for argument in arguments {
        if truth(evaluator, name, argument)? == end {
            return Ok(Value::from(end));
        }
    }
    Ok(Value::from(!end))
}

fn coalesce(evaluator: &Evaluator<'_>, arguments: &[Expression]) -> Result<Value, Interrupt> {
    for argument in arguments {
        let value = evaluator.value(argument)?;
        if !value.is_null() {
            return Ok(value);
        }
    }
    Ok(Value::Null)
}
