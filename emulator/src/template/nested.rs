//! A template inside a template: what of the outer one's scope it sees ("Expression evaluation scope in nested
//! templates", DOC).
//!
//! Of the inner scope it sees nothing. Of the outer scope (the default) its expressions are the outer template's, so
//! what can be evaluated now is; what asks for resources is left to the inner deployment, which gets the outer one's
//! parameters and variables for it.

use serde_json::{Map, Value, json};

use super::evaluate::Evaluator;
use super::fault::{Fault, Interrupt};
use super::{expression, member};

/// The properties of a deployment inside a deployment, as they are sent.
///
/// # Errors
/// A fault, or a need that is not yet answered; templates elsewhere are refused.
pub fn properties(evaluator: &Evaluator<'_>, properties: &Map<String, Value>) -> Result<Value, Interrupt> {
    if member(properties, "templateLink").is_some() || member(properties, "parametersLink").is_some() {
        let text = "Linked templates cannot be fetched by this emulator: put the template inline into \
                    'properties.template' (Bicep modules are compiled so).";
        return Err(Fault::Shape(text.to_owned()).into());
    }
    let scope = member(properties, "expressionEvaluationOptions").and_then(|it| it["scope"].as_str());
    let inner = scope.is_some_and(|scope| scope.eq_ignore_ascii_case("inner"));
    let mut sent = Map::new();
    for (name, value) in properties {
        if name != "template" {
            sent.insert(name.clone(), evaluator.expand(value)?);
        }
    }
    let Some(template) = member(properties, "template") else { return Ok(sent.into()) };
    if inner {
        sent.insert("template".to_owned(), template.clone());
        return Ok(sent.into());
    }
    let mut left = false;
    let mut template = partly(evaluator, template, &mut left);
    if left {
        lend_scope(evaluator, &mut template, &mut sent);
    }
    sent.insert("template".to_owned(), template);
    Ok(sent.into())
}

/// Evaluates what can be evaluated and leaves the rest as it is; `left` tells whether there is a rest.
fn partly(evaluator: &Evaluator<'_>, value: &Value, left: &mut bool) -> Value {
    match value {
        Value::String(text) => match evaluator.text(text) {
            Ok(value) => literal(value),
            Err(_) => {
                *left = true;
                value.clone()
            }
        },
        Value::Array(elements) => elements.iter().map(|element| partly(evaluator, element, left)).collect(),
        Value::Object(members) => {
            let name = |name: &String| match evaluator.text(name) {
                Ok(Value::String(name)) => name,
                _ => name.clone(),
            };
            members.iter().map(|(key, value)| (name(key), partly(evaluator, value, left))).collect()
        }
        _ => value.clone(),
    }
}

/// A value in the form in which a template has it: a text that looks like an expression is kept from being one.
fn literal(value: Value) -> Value {
    match value {
        Value::String(text) if !matches!(expression::of_text(&text), Ok(None)) || text.starts_with("[[") => {
            Value::String(format!("[{text}"))
        }
        Value::Array(elements) => elements.into_iter().map(literal).collect(),
        Value::Object(members) => members.into_iter().map(|(name, value)| (name, literal(value))).collect(),
        other => other,
    }
}

fn lend_scope(evaluator: &Evaluator<'_>, template: &mut Value, sent: &mut Map<String, Value>) {
    let frame = evaluator.frame;
    let (mut declared, mut given) = (Map::new(), Map::new());
    for parameter in &frame.shown {
        declared.insert(parameter.name.clone(), json!({ "type": parameter.kind.shown(), "nullable": true }));
        given.insert(parameter.name.clone(), json!({ "value": parameter.value }));
    }
    template["parameters"] = declared.into();
    template["variables"] = frame.declared_variables.clone().into();
    template["functions"] = frame.declared_functions.clone().into();
    sent.insert("parameters".to_owned(), given.into());
}
