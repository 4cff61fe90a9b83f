//! Lambdas and the functions that take one: `map(array, lambda('it', …))`, and what else gives a name its value by where
//! the call stands.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::Call;
use crate::template::evaluate::{Evaluator, as_text};
use crate::template::expression::Expression;
use crate::template::fault::{Fault, Interrupt};
use crate::template::frame::literal_name;

struct Lambda<'a> {
    names: Vec<String>,
    body: &'a Expression,
}

impl<'a> Lambda<'a> {
    fn read(function: &str, argument: Option<&'a Expression>) -> Result<Self, Fault> {
        let lambda = match argument {
            Some(Expression::Call(name, parts)) if name.eq_ignore_ascii_case("lambda") => parts.split_last(),
            _ => None,
        };
        let Some((body, names)) = lambda else {
            return Err(Fault::Argument {
                function: function.to_owned(),
                detail: "a lambda is expected".to_owned(),
            });
        };
        let names = names.iter().map(|name| literal_name("lambda", Some(name))).collect::<Result<_, _>>()?;
        Ok(Self { names, body })
    }

    fn call(&self, evaluator: &Evaluator<'_>, arguments: &[&Value]) -> Result<Value, Interrupt> {
        let mut locals = evaluator.locals.clone();
        let values = arguments.iter().map(|value| (*value).clone());
        locals.lambda.extend(self.names.iter().cloned().zip(values));
        Evaluator { locals: &locals, ..*evaluator }.value(self.body)
    }

    /// With the element and, where the lambda has a name for it, its index.
    fn on(&self, evaluator: &Evaluator<'_>, element: &Value, index: usize) -> Result<Value, Interrupt> {
        self.call(evaluator, &[element, &Value::from(index)])
    }
}

pub(super) fn special(
    evaluator: &Evaluator<'_>,
    name: &str,
    arguments: &[Expression],
) -> Option<Result<Value, Interrupt>> {
    match name {
        "lambdavariables" => Some(variable(evaluator, arguments)),
        "map" | "filter" | "sort" | "toobject" | "groupby" | "mapvalues" | "reduce" => {
            Some(applied(evaluator, name, arguments))
        }
        _ => None,
    }
}

/// The innermost of its name.
fn variable(evaluator: &Evaluator<'_>, arguments: &[Expression]) -> Result<Value, Interrupt> {
    let name = literal_name("lambdaVariables", arguments.first())?;
    let found = evaluator.locals.lambda.iter().rev().find(|(known, _)| known.eq_ignore_ascii_case(&name));
    let unknown = || Fault::Argument {
        function: "lambdaVariables".to_owned(),
        detail: format!("there is no lambda variable '{name}'"),
    };
    Ok(found.map(|(_, value)| value.clone()).ok_or_else(unknown)?)
}

fn applied(evaluator: &Evaluator<'_>, name: &str, arguments: &[Expression]) -> Result<Value, Interrupt> {
    let first = arguments.first().map(|argument| evaluator.value(argument)).transpose()?;
    let values: Vec<Value> = first.into_iter().collect();
    let call = Call { name, values: &values, evaluator };
    if name == "mapvalues" {
        let lambda = Lambda::read(name, arguments.get(1))?;
        let pairs = call.object(0)?.iter();
        let mapped = pairs.map(|(name, value)| Ok((name.clone(), lambda.call(evaluator, &[value])?)));
        return Ok(Value::Object(mapped.collect::<Result<_, Interrupt>>()?));
    }
    let elements = call.array(0)?.iter().enumerate();
    match name {
        "map" => {
            let lambda = Lambda::read(name, arguments.get(1))?;
            elements.map(|(index, element)| lambda.on(evaluator, element, index)).collect()
        }
        "filter" => {
            let lambda = Lambda::read(name, arguments.get(1))?;
            let mut kept = Vec::new();
            for (index, element) in elements {
                if lambda.on(evaluator, element, index)? == Value::Bool(true) {
                    kept.push(element.clone());
                }
            }
            Ok(kept.into())
        }
        "reduce" => {
            let lambda = Lambda::read(name, arguments.get(2))?;
            let start = arguments.get(1).map(|it| evaluator.value(it)).transpose()?.unwrap_or_default();
            elements
                .map(|(index, element)| (Value::from(index), element))
                .try_fold(start, |so_far, (index, element)| {
                    lambda.call(evaluator, &[&so_far, element, &index])
                })
        }
        "sort" => sorted(evaluator, &Lambda::read(name, arguments.get(1))?, call.array(0)?),
        _ => keyed(evaluator, name, arguments, call.array(0)?),
    }
}

/// A lambda that says of two elements whether the first comes first; the sort is stable.
fn sorted(evaluator: &Evaluator<'_>, lambda: &Lambda<'_>, elements: &[Value]) -> Result<Value, Interrupt> {
    let mut sorted: Vec<Value> = Vec::with_capacity(elements.len());
    for element in elements {
        let mut at = sorted.len();
        while at > 0 && before(evaluator, lambda, element, &sorted[at - 1])? == Ordering::Less {
            at -= 1;
        }
        sorted.insert(at, element.clone());
    }
    Ok(sorted.into())
}

fn before(
    evaluator: &Evaluator<'_>,
    lambda: &Lambda<'_>,
    one: &Value,
    other: &Value,
) -> Result<Ordering, Interrupt> {
    let less = |one, other| Ok::<_, Interrupt>(lambda.call(evaluator, &[one, other])? == Value::Bool(true));
    // A lambda of "less or equal" says yes to equal elements both ways round; those keep their order.
    Ok(if less(one, other)? && !less(other, one)? { Ordering::Less } else { Ordering::Greater })
}

fn keyed(
    evaluator: &Evaluator<'_>,
    name: &str,
    arguments: &[Expression],
    elements: &[Value],
) -> Result<Value, Interrupt> {
    let key = Lambda::read(name, arguments.get(1))?;
    let value = arguments.get(2).map(|lambda| Lambda::read(name, Some(lambda))).transpose()?;
    let mut object = Map::new();
    for element in elements {
        let key = as_text(&key.call(evaluator, &[element])?);
        let value = match &value {
            Some(lambda) => lambda.call(evaluator, &[element])?,
            None => element.clone(),
        };
        if name == "groupby" {
            match object.entry(key).or_insert_with(|| Value::Array(Vec::new())) {
                Value::Array(group) => group.push(value),
                other => *other = value,
            }
        } else {
            object.insert(key, value);
        }
    }
    Ok(object.into())
}
