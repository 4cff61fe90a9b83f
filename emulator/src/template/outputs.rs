//! What a deployment tells when it is done.

use serde_json::{Map, Value};

use super::declaration::Template;
use super::evaluate::{Evaluator, Locals, Loop};
use super::fault::{Fault, Interrupt};
use super::frame::{Frame, Parameter};
use super::kinds::Kind;
use super::member;

/// The outputs of a template, in the form of parameters: name, type, value.
///
/// # Errors
/// A fault, or a need that is not yet answered.
pub fn outputs(frame: &Frame, template: &Template) -> Result<Vec<Parameter>, Interrupt> {
    let mut outputs = Vec::new();
    for (name, declaration) in &template.outputs {
        let declaration = template.declared(&declaration.as_object().cloned().unwrap_or_default());
        outputs.extend(output(frame, name, &declaration)?);
    }
    Ok(outputs)
}

fn output(
    frame: &Frame,
    name: &str,
    declaration: &Map<String, Value>,
) -> Result<Option<Parameter>, Interrupt> {
    let evaluator = Evaluator { frame, locals: &Locals::default() };
    if let Some(condition) = member(declaration, "condition")
        && evaluator.expand(condition)? == Value::Bool(false)
    {
        return Ok(None);
    }
    let text = member(declaration, "type").and_then(Value::as_str).unwrap_or_default();
    let kind = Kind::named(text).ok_or_else(|| not_valid(name, &format!("its type '{text}' is unknown")))?;
    let value = match (member(declaration, "value"), member(declaration, "copy").and_then(Value::as_object)) {
        (Some(value), _) => evaluator.expand(value)?,
        (None, Some(copy)) => repeated(&evaluator, name, copy)?,
        (None, None) => return Err(not_valid(name, "it has no value").into()),
    };
    let nullable = member(declaration, "nullable") == Some(&Value::Bool(true));
    let value = if value.is_null() && nullable { value } else { accepted(kind, name, value)? };
    Ok(Some(Parameter { name: name.to_owned(), kind, value }))
}

/// A loop of an output has no name; `copyIndex()` is its index.
fn repeated(evaluator: &Evaluator<'_>, name: &str, copy: &Map<String, Value>) -> Result<Value, Interrupt> {
    let count = evaluator.count(name, member(copy, "count"))?;
    let input = member(copy, "input").ok_or_else(|| not_valid(name, "its loop has no input"))?;
    let turn = |index| {
        let each = Loop { name: name.to_owned(), index, of_property: false };
        let locals = Locals { loops: vec![each], ..Locals::default() };
        Evaluator { locals: &locals, ..*evaluator }.expand(input)
    };
    (0..count).map(turn).collect()
}

fn accepted(kind: Kind, name: &str, value: Value) -> Result<Value, Fault> {
    let actual = super::evaluate::kind(&value);
    // USER.
    kind.accept(name, value).map_err(|_| {
        Fault::Shape(format!(
            "The template output '{name}' is not valid: Template output JToken type is not valid. Expected '{}'. \
             Actual '{actual}'. Please see https://aka.ms/arm-syntax-outputs for usage details.",
            kind.shown()
        ))
    })
}

fn not_valid(name: &str, why: &str) -> Fault {
    Fault::Shape(format!(
        "The template output '{name}' is not valid: {why}. Please see https://aka.ms/arm-syntax-outputs for usage \
         details."
    ))
}
