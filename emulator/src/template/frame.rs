//! What a template binds: parameters, variables, functions, and the names of its resources.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use serde_json::{Map, Value};
use uuid::Uuid;

mod parameters;

pub use parameters::{Given, Parameter};

use super::declaration::Template;
use super::evaluate::{Evaluator, Locals};
use super::expression::Expression;
use super::fault::{Fault, Interrupt};
use super::member;
use super::place::Place;

/// The bindings of one deployment.
#[derive(Clone)]
pub struct Frame {
    /// Where it is, and what has been found out.
    pub place: Place,
    /// The template's resources by name, for `reference` and its kin; empty until they are planned.
    pub resources: Vec<Named>,
    /// The parameters as they are shown.
    pub shown: Vec<Parameter>,
    /// The variables as they were written, for a template inside that sees them.
    pub declared_variables: Map<String, Value>,
    /// The functions, likewise.
    pub declared_functions: Vec<Value>,
    given_guids: Cell<u64>,
    parameters: RefCell<HashMap<String, Slot>>,
    variables: RefCell<HashMap<String, Slot>>,
    functions: HashMap<String, Function>,
}

/// A resource of the template by which others find it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its symbolic name or that of its loop.
    pub symbol: Option<String>,
    /// Its name.
    pub name: String,
    /// Its resource id.
    pub id: String,
    /// The version that the template names for it.
    pub api_version: String,
    /// Whether it is one of a loop's.
    pub in_loop: bool,
}

/// Something bound, on its way from declaration to value.
#[derive(Clone)]
enum Slot {
    Declared(Value),
    Loop(Value),
    UnderWay,
    Known(Value),
}

#[derive(Clone)]
struct Function {
    parameters: Vec<String>,
    output: Value,
}

impl Frame {
    /// Binds what is given.
    ///
    /// # Errors
    /// A fault for the first parameter that is missing, unknown or not as declared.
    pub fn bind(template: &Template, given: &Given, place: Place) -> Result<Self, Fault> {
        let mut frame = Self {
            place,
            resources: Vec::new(),
            shown: Vec::new(),
            declared_variables: template.variables.clone(),
            declared_functions: template.functions.clone(),
            given_guids: Cell::new(0),
            parameters: RefCell::default(),
            variables: RefCell::new(declared_variables(&template.variables)),
            functions: functions(template)?,
        };
        frame.shown = parameters::bind(&frame, template, given)?;
        Ok(frame)
    }

    /// The value of a parameter.
    ///
    /// # Errors
    /// [`Fault::ParameterNotFound`], and what is wrong with its default value.
    pub fn parameter(&self, name: &str) -> Result<Value, Interrupt> {
        self.look_up(&self.parameters, name, "parameter")?
            .ok_or_else(|| Fault::ParameterNotFound(name.to_owned()).into())
    }

    /// The value of a variable.
    ///
    /// # Errors
    /// [`Fault::VariableNotFound`], and what is wrong with it.
    pub fn variable(&self, name: &str) -> Result<Value, Interrupt> {
        self.look_up(&self.variables, name, "variable")?
            .ok_or_else(|| Fault::VariableNotFound(name.to_owned()).into())
    }

    fn look_up(
        &self,
        slots: &RefCell<HashMap<String, Slot>>,
        name: &str,
        kind: &'static str,
    ) -> Result<Option<Value>, Fault> {
        let key = name.to_ascii_lowercase();
        let slot = match slots.borrow_mut().get_mut(&key) {
            None => return Ok(None),
            Some(slot) => std::mem::replace(slot, Slot::UnderWay),
        };
        let evaluator = Evaluator { frame: self, locals: &Locals::default() };
        let found = match &slot {
            Slot::Known(value) => Ok(value.clone()),
            Slot::Declared(value) => evaluator.expand(value),
            Slot::Loop(copy) => evaluator.property_loop(copy).map(|(_, elements)| elements),
            Slot::UnderWay => Err(Fault::Circular { kind, name: name.to_owned() }.into()),
        };
        let settled = found.map_err(|interrupt| interrupt.settled("reference"));
        let next = settled.as_ref().map_or(slot, |value| Slot::Known(value.clone()));
        slots.borrow_mut().insert(key, next);
        settled.map(Some)
    }

    /// Calls a user-defined function: it sees its own parameters and nothing else of the template.
    ///
    /// # Errors
    /// [`Fault::UnknownFunction`], and what is wrong with the call or the function.
    pub fn call(&self, name: &str, arguments: Vec<Value>) -> Result<Value, Interrupt> {
        let function = self.functions.get(&name.to_ascii_lowercase());
        let function = function.ok_or_else(|| Fault::UnknownFunction(name.to_owned()))?;
        if function.parameters.len() != arguments.len() {
            let detail =
                format!("it takes {} arguments and got {}", function.parameters.len(), arguments.len());
            return Err(Fault::Argument { function: name.to_owned(), detail }.into());
        }
        let arguments: Map<String, Value> = function.parameters.iter().cloned().zip(arguments).collect();
        let locals = Locals { arguments: Some(arguments), ..Locals::default() };
        Evaluator { frame: self, locals: &locals }.expand(&function.output)
    }

    /// Whether a name is a user-defined function's.
    pub fn has_function(&self, name: &str) -> bool {
        self.functions.contains_key(&name.to_ascii_lowercase())
    }

    /// An id that no other deployment has and that this one has not given out.
    pub fn new_guid(&self) -> Uuid {
        self.given_guids.set(self.given_guids.get() + 1);
        Uuid::new_v5(&self.place.seed, &self.given_guids.get().to_le_bytes())
    }
}

/// Variables; those of `copy` are loops.
fn declared_variables(variables: &Map<String, Value>) -> HashMap<String, Slot> {
    let mut slots = HashMap::new();
    for (name, value) in variables {
        match value {
            Value::Array(loops) if name == "copy" => {
                let named = |copy: &Value| {
                    Some((copy["name"].as_str()?.to_ascii_lowercase(), Slot::Loop(copy.clone())))
                };
                slots.extend(loops.iter().filter_map(named));
            }
            _ => {
                slots.insert(name.to_ascii_lowercase(), Slot::Declared(value.clone()));
            }
        }
    }
    slots
}

fn functions(template: &Template) -> Result<HashMap<String, Function>, Fault> {
    let mut functions = HashMap::new();
    for namespace in &template.functions {
        let space = namespace["namespace"].as_str().unwrap_or_default();
        for (name, function) in namespace["members"].as_object().into_iter().flatten() {
            let output = function.as_object().and_then(|it| member(it, "output")).and_then(Value::as_object);
            let output = output.and_then(|output| member(output, "value")).ok_or_else(|| {
                Fault::Shape(format!("The template function '{space}.{name}' has no output."))
            })?;
            let parameters = function["parameters"].as_array().into_iter().flatten();
            let parameters = parameters.filter_map(|it| it["name"].as_str().map(str::to_owned)).collect();
            let name = format!("{space}.{name}").to_ascii_lowercase();
            functions.insert(name, Function { parameters, output: output.clone() });
        }
    }
    Ok(functions)
}

/// The arguments of a call of a template's own function or lambda, which may be texts only.
///
/// # Errors
/// [`Fault::Argument`].
pub fn literal_name(function: &str, argument: Option<&Expression>) -> Result<String, Fault> {
    match argument {
        Some(Expression::Literal(Value::String(name))) => Ok(name.clone()),
        _ => Err(Fault::Argument {
            function: function.to_owned(),
            detail: "a string literal is expected".to_owned(),
        }),
    }
}
