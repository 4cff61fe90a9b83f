//! From expressions to values, and from parts of a template to what they stand for.

use serde_json::{Map, Value};

use super::expression::{self, Expression};
use super::fault::{Fault, Interrupt};
use super::frame::Frame;
use super::functions;
use super::member;

/// What is known at one place of a template and nowhere else.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Locals {
    /// The loops around the place, outermost first.
    pub loops: Vec<Loop>,
    /// The variables of lambdas.
    pub lambda: Vec<(String, Value)>,
    /// The parameters of the user-defined function whose output is evaluated.
    pub arguments: Option<Map<String, Value>>,
}

/// One turn of a loop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loop {
    /// The loop's name; that of a property loop is its property's.
    pub name: String,
    /// Which turn, from zero.
    pub index: i64,
    /// Whether it makes elements of an array rather than resources: then only its name leads to its index.
    pub of_property: bool,
}

/// Evaluates at one place.
#[derive(Clone, Copy)]
pub struct Evaluator<'a> {
    /// What the template binds.
    pub frame: &'a Frame,
    /// What the place adds.
    pub locals: &'a Locals,
}

impl Evaluator<'_> {
    /// The value of an expression.
    ///
    /// # Errors
    /// A fault, or a need that is not yet answered.
    pub fn value(&self, expression: &Expression) -> Result<Value, Interrupt> {
        match expression {
            Expression::Literal(value) => Ok(value.clone()),
            Expression::Call(name, arguments) => functions::call(self, name, arguments),
            Expression::Select(of, selector) => {
                let (value, selector) = (self.value(of)?, self.value(selector)?);
                Ok(select(&value, &selector)?)
            }
        }
    }

    /// The value of a text of the template: of the expression in it, or of the text itself.
    ///
    /// # Errors
    /// Those of [`Self::value`].
    pub fn text(&self, text: &str) -> Result<Value, Interrupt> {
        match expression::of_text(text)? {
            Some(expression) => self.value(&expression),
            None => Ok(Value::from(expression::plain(text))),
        }
    }

    /// A part of the template with every expression in it evaluated, names of properties included, and every property
    /// loop unrolled.
    ///
    /// # Errors
    /// Those of [`Self::value`].
    pub fn expand(&self, value: &Value) -> Result<Value, Interrupt> {
        match value {
            Value::String(text) => self.text(text),
            Value::Array(elements) => elements.iter().map(|element| self.expand(element)).collect(),
            Value::Object(members) => self.expand_object(members),
            _ => Ok(value.clone()),
        }
    }

    fn expand_object(&self, members: &Map<String, Value>) -> Result<Value, Interrupt> {
        let mut expanded = Map::new();
        for (name, value) in members {
            match value {
                Value::Array(loops) if name == "copy" && loops.iter().all(is_property_loop) => {
                    for each in loops {
                        let (name, elements) = self.property_loop(each)?;
                        expanded.insert(name, elements);
                    }
                }
                _ => {
                    let name = as_text(&self.text(name)?);
                    expanded.insert(name, self.expand(value)?);
                }
            }
        }
        Ok(Value::Object(expanded))
    }

    /// The property that a loop makes, and the array that it is.
    ///
    /// # Errors
    /// A fault where it has no name, count or input; those of [`Self::value`].
    pub fn property_loop(&self, copy: &Value) -> Result<(String, Value), Interrupt> {
        let part = |name| copy.as_object().and_then(|copy| member(copy, name));
        let name = as_text(&self.expand(part("name").unwrap_or(&Value::Null))?);
        let count = self.count(&name, part("count"))?;
        let input = part("input").ok_or_else(|| {
            Fault::Shape(format!("The template copy definition '{name}' is not valid: it has no input."))
        })?;
        let turn = |index| {
            let mut locals = self.locals.clone();
            locals.loops.push(Loop { name: name.clone(), index, of_property: true });
            Evaluator { locals: &locals, ..*self }.expand(input)
        };
        Ok((name.clone(), (0..count).map(turn).collect::<Result<_, _>>()?))
    }

    /// How often a loop turns: 0 to 800 times ("Resource iteration in ARM templates: limits", DOC).
    ///
    /// # Errors
    /// A fault for any other count; those of [`Self::value`].
    pub fn count(&self, name: &str, count: Option<&Value>) -> Result<i64, Interrupt> {
        let count = count.map(|count| self.expand(count)).transpose()?.unwrap_or_default();
        let given = count.as_i64().filter(|count| (0..=800).contains(count));
        given.ok_or_else(|| {
            Interrupt::Fault(Fault::Shape(format!(
                "The value for copy property 'count' of '{name}' is not valid: '{}' is not an integer from 0 to 800. \
                 Please see https://aka.ms/arm-resource-loops for usage details.",
                as_text(&count)
            )))
        })
    }
}

fn is_property_loop(value: &Value) -> bool {
    value
        .as_object()
        .is_some_and(|copy| ["name", "count", "input"].iter().all(|it| member(copy, it).is_some()))
}

/// A property of an object or an element of an array.
///
/// # Errors
/// [`Fault::NoProperty`], [`Fault::OutOfBounds`], [`Fault::NotSelectable`].
pub fn select(value: &Value, selector: &Value) -> Result<Value, Fault> {
    match (value, selector) {
        (Value::Object(members), Value::String(name)) => member(members, name).cloned().ok_or_else(|| {
            let available: Vec<&str> = members.keys().map(String::as_str).collect();
            Fault::NoProperty { name: name.clone(), available: available.join(", ") }
        }),
        (Value::Array(elements), Value::Number(index)) => {
            let index = index.as_i64().unwrap_or(-1);
            let element = usize::try_from(index).ok().and_then(|index| elements.get(index));
            element.cloned().ok_or(Fault::OutOfBounds(index))
        }
        _ => Err(Fault::NotSelectable { name: as_text(selector), kind: kind(value) }),
    }
}

/// The name of a value's type, as Azure writes it.
pub fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "Null",
        Value::Bool(_) => "Boolean",
        Value::Number(number) if number.is_f64() => "Float",
        Value::Number(_) => "Integer",
        Value::String(_) => "String",
        Value::Array(_) => "Array",
        Value::Object(_) => "Object",
    }
}

/// A value as a text: truth values as .NET writes them, objects and arrays as JSON.
pub fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Null => String::new(),
        _ => value.to_string(),
    }
}
