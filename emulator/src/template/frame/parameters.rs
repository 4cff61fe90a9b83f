//! Parameters: what is declared, what is given, and whether the two fit.

use serde_json::{Map, Value};

use super::{Frame, Slot};
use crate::template::declaration::Template;
use crate::template::evaluate::{Evaluator, Locals, as_text};
use crate::template::fault::Fault;
use crate::template::kinds::Kind;
use crate::template::member;

/// The parameters of a request, as they were written: `{"name": {"value": …}}`.
pub type Given = Map<String, Value>;

/// A parameter as its deployment shows it; a secure one without its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: Kind,
    /// Its value.
    pub value: Value,
}

pub(super) fn bind(frame: &Frame, template: &Template, given: &Given) -> Result<Vec<Parameter>, Fault> {
    check_names(template, given)?;
    let mut declared = Vec::new();
    // All of them first: a default value may use any other.
    for (name, declaration) in &template.parameters {
        let declaration = declaration.as_object().cloned().unwrap_or_default();
        let declaration = template.declared(&declaration);
        let slot = match given_value(name, given)? {
            Some(value) => {
                Slot::Known(kind_of(name, &declaration)?.accept_or_null(name, value, &declaration)?)
            }
            None => match member(&declaration, "defaultValue") {
                Some(default) => Slot::Declared(default.clone()),
                None if is_nullable(&declaration) => Slot::Known(Value::Null),
                None => return Err(not_provided(name)),
            },
        };
        frame.parameters.borrow_mut().insert(name.to_ascii_lowercase(), slot);
        declared.push((name, declaration));
    }
    declared.into_iter().map(|(name, declaration)| checked(frame, name, &declaration)).collect()
}

fn checked(frame: &Frame, name: &str, declaration: &Map<String, Value>) -> Result<Parameter, Fault> {
    let kind = kind_of(name, declaration)?;
    let value = frame.parameter(name).map_err(|interrupt| interrupt.settled("reference"))?;
    let value = kind.accept_or_null(name, value, declaration)?;
    check_constraints(frame, name, declaration, &value)?;
    frame.parameters.borrow_mut().insert(name.to_ascii_lowercase(), Slot::Known(value.clone()));
    Ok(Parameter { name: name.to_owned(), kind, value })
}

impl Kind {
    fn accept_or_null(
        self,
        name: &str,
        value: Value,
        declaration: &Map<String, Value>,
    ) -> Result<Value, Fault> {
        if value.is_null() && is_nullable(declaration) { Ok(value) } else { self.accept(name, value) }
    }
}

fn is_nullable(declaration: &Map<String, Value>) -> bool {
    member(declaration, "nullable") == Some(&Value::Bool(true))
}

fn kind_of(name: &str, declaration: &Map<String, Value>) -> Result<Kind, Fault> {
    let text = member(declaration, "type").and_then(Value::as_str).unwrap_or_default();
    Kind::named(text).ok_or_else(|| {
        Fault::Shape(format!(
            "The template parameter '{name}' is not valid: its type '{text}' is not one of 'string, securestring, int, \
             bool, object, secureObject, array'. Please see https://aka.ms/arm-syntax-parameters for usage details."
        ))
    })
}

/// USER.
fn check_names(template: &Template, given: &Given) -> Result<(), Fault> {
    let unknown: Vec<&str> = given
        .keys()
        .filter(|name| member(&template.parameters, name).is_none())
        .map(String::as_str)
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let known: Vec<&str> = template.parameters.keys().map(String::as_str).collect();
    Err(Fault::Shape(format!(
        "The template parameters '{}' in the parameters file are not valid; they are not present in the original \
         template and can therefore not be provided at deployment time. The only supported parameters for this \
         template are '{}'. Please see https://aka.ms/arm-pass-parameter-values for usage details.",
        unknown.join(", "),
        known.join(", ")
    )))
}

fn given_value(name: &str, given: &Given) -> Result<Option<Value>, Fault> {
    let Some(entry) = member(given, name) else { return Ok(None) };
    let entry = entry.as_object().ok_or_else(|| {
        Fault::Shape(format!("The parameter '{name}' is not of the form '{{ \"value\": … }}'."))
    })?;
    if member(entry, "reference").is_some() {
        return Err(Fault::Shape(format!(
            "The parameter '{name}' refers to a secret of a key vault, and there are no key vaults here: give its value."
        )));
    }
    Ok(member(entry, "value").cloned())
}

/// USER.
fn not_provided(name: &str) -> Fault {
    Fault::Shape(format!(
        "The value for the template parameter '{name}' is not provided. Please see \
         https://aka.ms/arm-create-parameter-file for usage details."
    ))
}

fn check_constraints(
    frame: &Frame,
    name: &str,
    declaration: &Map<String, Value>,
    value: &Value,
) -> Result<(), Fault> {
    let evaluator = Evaluator { frame, locals: &Locals::default() };
    if let Some(Value::Array(allowed)) = member(declaration, "allowedValues")
        && !value.is_null()
        && !allowed.iter().any(|one| is_same(one, value))
        && !value
            .as_array()
            .is_some_and(|all| all.iter().all(|it| allowed.iter().any(|one| is_same(one, it))))
    {
        let allowed: Vec<String> = allowed.iter().map(as_text).collect();
        let text = format!(
            "The value '{}' is not part of the allowed value(s): '{}'",
            as_text(value),
            allowed.join(",")
        );
        return Err(not_valid(name, &text));
    }
    let limit = |limit: &str| -> Result<Option<i64>, Fault> {
        let Some(value) = member(declaration, limit) else { return Ok(None) };
        let value = evaluator.expand(value).map_err(|interrupt| interrupt.settled("reference"))?;
        Ok(value.as_i64())
    };
    let length = match value {
        Value::String(text) => Some(text.encode_utf16().count()),
        Value::Array(elements) => Some(elements.len()),
        _ => None,
    };
    if let Some(length) = length.and_then(|length| i64::try_from(length).ok()) {
        within(name, "Length of the value", length, limit("minLength")?, limit("maxLength")?)?;
    }
    match value.as_i64() {
        Some(number) => within(name, "The value", number, limit("minValue")?, limit("maxValue")?),
        None => Ok(()),
    }
}

/// Texts are compared regardless of case ("Parameters: allowed values", DOC).
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::String(one), Value::String(other)) => one.eq_ignore_ascii_case(other),
        _ => one == other,
    }
}

fn within(name: &str, what: &str, number: i64, least: Option<i64>, most: Option<i64>) -> Result<(), Fault> {
    match (least, most) {
        (Some(least), _) if number < least => {
            Err(not_valid(name, &format!("{what} should be greater than or equal to '{least}'")))
        }
        (_, Some(most)) if number > most => {
            Err(not_valid(name, &format!("{what} should be less than or equal to '{most}'")))
        }
        _ => Ok(()),
    }
}

/// USER.
fn not_valid(name: &str, why: &str) -> Fault {
    Fault::Shape(format!("The provided value for the template parameter '{name}' is not valid. {why}."))
}
