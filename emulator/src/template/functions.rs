//! The built-in functions: how a call finds its function, and the families, one a file.
//!
//! Some decide themselves which of their arguments have a value: `if`, `and`, `or`, `coalesce` and the functions that
//! take a lambda. All others get theirs evaluated.

use serde_json::{Map, Value};

mod arrays;
mod comparison;
mod conversion;
mod dates;
mod encoding;
mod format;
pub mod hash;
mod lambdas;
mod logic;
mod networks;
mod numbers;
mod objects;
mod resources;
mod scopes;
mod strings;

pub use resources::resource_id;

use super::evaluate::{Evaluator, as_text};
use super::expression::Expression;
use super::fault::{Fault, Interrupt};

/// A function whose arguments are evaluated before it is called.
struct Function {
    name: &'static str,
    /// The fewest and the most arguments.
    arguments: (usize, usize),
    run: fn(&Call<'_>) -> Result<Value, Fault>,
}

const ANY: usize = usize::MAX;

const fn function(
    name: &'static str,
    arguments: (usize, usize),
    run: fn(&Call<'_>) -> Result<Value, Fault>,
) -> Function {
    Function { name, arguments, run }
}

const FAMILIES: &[&[Function]] = &[
    arrays::FUNCTIONS,
    comparison::FUNCTIONS,
    conversion::FUNCTIONS,
    dates::FUNCTIONS,
    encoding::FUNCTIONS,
    logic::FUNCTIONS,
    networks::FUNCTIONS,
    numbers::FUNCTIONS,
    objects::FUNCTIONS,
    resources::FUNCTIONS,
    scopes::FUNCTIONS,
    strings::FUNCTIONS,
];

/// Calls a function.
///
/// # Errors
/// A fault of the call or of an argument, or a need.
pub fn call(evaluator: &Evaluator<'_>, name: &str, arguments: &[Expression]) -> Result<Value, Interrupt> {
    let lower = name.to_ascii_lowercase();
    if let Some(result) = logic::special(evaluator, &lower, arguments) {
        return result;
    }
    if let Some(result) = lambdas::special(evaluator, &lower, arguments) {
        return result;
    }
    let values = arguments.iter().map(|argument| evaluator.value(argument)).collect::<Result<Vec<_>, _>>()?;
    let call = Call { name, values: &values, evaluator };
    if let Some(result) = resources::runtime(&call, &lower) {
        return result;
    }
    if evaluator.frame.has_function(name) {
        return evaluator.frame.call(name, values);
    }
    // `sys.concat` is `concat`, where a user's function has the same name ("Functions: namespaces", Bicep).
    let plain = lower.strip_prefix("sys.").unwrap_or(&lower);
    let mut all = FAMILIES.iter().flat_map(|family| family.iter());
    let function = all.find(|function| function.name.eq_ignore_ascii_case(plain));
    let function = function.ok_or_else(|| Fault::UnknownFunction(name.to_owned()))?;
    let (fewest, most) = function.arguments;
    if values.len() < fewest || values.len() > most {
        return Err(call.count_fault(fewest, most).into());
    }
    Ok((function.run)(&call)?)
}

/// A call with its arguments' values.
struct Call<'a> {
    name: &'a str,
    values: &'a [Value],
    evaluator: &'a Evaluator<'a>,
}

impl Call<'_> {
    fn fault(&self, detail: impl Into<String>) -> Fault {
        Fault::Argument { function: self.name.to_owned(), detail: detail.into() }
    }

    fn count_fault(&self, fewest: usize, most: usize) -> Fault {
        let wanted = match most {
            _ if fewest == most => format!("{fewest}"),
            ANY => format!("at least {fewest}"),
            _ => format!("{fewest} to {most}"),
        };
        self.fault(format!("it takes {wanted} arguments and got {}", self.values.len()))
    }

    fn value(&self, index: usize) -> Result<&Value, Fault> {
        self.values.get(index).ok_or_else(|| self.fault(format!("argument {} is missing", index + 1)))
    }

    fn expected(&self, index: usize, what: &str) -> Fault {
        let kind = self.values.get(index).map_or("nothing", super::evaluate::kind);
        self.fault(format!("argument {} has to be {what}, and is of type '{kind}'", index + 1))
    }

    /// An argument that is a text.
    fn text(&self, index: usize) -> Result<&str, Fault> {
        self.value(index)?.as_str().ok_or_else(|| self.expected(index, "a string"))
    }

    /// An argument as a text, whatever simple value it is.
    fn simple(&self, index: usize) -> Result<String, Fault> {
        match self.value(index)? {
            Value::Array(_) | Value::Object(_) => Err(self.expected(index, "a simple value")),
            value => Ok(as_text(value)),
        }
    }

    fn integer(&self, index: usize) -> Result<i64, Fault> {
        self.value(index)?.as_i64().ok_or_else(|| self.expected(index, "an integer"))
    }

    fn boolean(&self, index: usize) -> Result<bool, Fault> {
        self.value(index)?.as_bool().ok_or_else(|| self.expected(index, "a boolean"))
    }

    fn array(&self, index: usize) -> Result<&Vec<Value>, Fault> {
        self.value(index)?.as_array().ok_or_else(|| self.expected(index, "an array"))
    }

    fn object(&self, index: usize) -> Result<&Map<String, Value>, Fault> {
        self.value(index)?.as_object().ok_or_else(|| self.expected(index, "an object"))
    }

    /// Every argument as a text.
    fn texts(&self) -> Result<Vec<String>, Fault> {
        (0..self.values.len()).map(|index| self.simple(index)).collect()
    }
}
