//! A template, taken apart.

use serde_json::{Map, Value};

use super::fault::Fault;
use super::member;

/// A resource as it was written, with its symbolic name where the template's language has those.
pub type Declared = (Option<String>, Map<String, Value>);

/// A template's parts, as they were written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Template {
    /// Its parameters.
    pub parameters: Map<String, Value>,
    /// Its variables.
    pub variables: Map<String, Value>,
    /// Its namespaces of functions.
    pub functions: Vec<Value>,
    /// Its types, to which parameters and outputs refer.
    pub definitions: Map<String, Value>,
    /// Its resources.
    pub resources: Vec<Declared>,
    /// Its outputs.
    pub outputs: Map<String, Value>,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// [`Fault::Shape`].
    pub fn read(template: &Value) -> Result<Self, Fault> {
        let parts = template.as_object().ok_or_else(|| shape("The template is not a JSON object."))?;
        for required in ["$schema", "contentVersion", "resources"] {
            if member(parts, required).is_none() {
                // USER: pasted for `$schema`.
                return Err(shape(&format!(
                    "Required property '{required}' not found in JSON. Path 'properties.template'."
                )));
            }
        }
        Ok(Self {
            parameters: object(parts, "parameters")?,
            variables: object(parts, "variables")?,
            functions: array(parts, "functions")?,
            definitions: object(parts, "definitions")?,
            resources: resources(member(parts, "resources"))?,
            outputs: object(parts, "outputs")?,
        })
    }

    /// A parameter's or output's declaration with what it refers to in its stead: `{"$ref": "#/definitions/name"}`.
    pub fn declared(&self, declaration: &Map<String, Value>) -> Map<String, Value> {
        let reference = declaration.get("$ref").and_then(Value::as_str);
        let name = reference.and_then(|reference| reference.strip_prefix("#/definitions/"));
        let Some(Value::Object(definition)) = name.and_then(|name| member(&self.definitions, name)) else {
            return declaration.clone();
        };
        let mut whole = definition.clone();
        whole.extend(
            declaration
                .iter()
                .filter(|(name, _)| *name != "$ref")
                .map(|(name, value)| (name.clone(), value.clone())),
        );
        whole
    }
}

/// Resources: an array, or an object by symbolic names (language version 2.0).
///
/// # Errors
/// [`Fault::Shape`].
pub fn resources(value: Option<&Value>) -> Result<Vec<Declared>, Fault> {
    let whole = |value: &Value| {
        value.as_object().cloned().ok_or_else(|| shape("A template resource is not a JSON object."))
    };
    match value {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(all)) => all.iter().map(|resource| Ok((None, whole(resource)?))).collect(),
        Some(Value::Object(all)) => {
            all.iter().map(|(symbol, resource)| Ok((Some(symbol.clone()), whole(resource)?))).collect()
        }
        Some(_) => Err(shape("The template's 'resources' are neither an array nor an object.")),
    }
}

fn object(parts: &Map<String, Value>, name: &str) -> Result<Map<String, Value>, Fault> {
    match member(parts, name) {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(members)) => Ok(members.clone()),
        Some(_) => Err(shape(&format!("The template's '{name}' is not a JSON object."))),
    }
}

fn array(parts: &Map<String, Value>, name: &str) -> Result<Vec<Value>, Fault> {
    match member(parts, name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(elements)) => Ok(elements.clone()),
        Some(_) => Err(shape(&format!("The template's '{name}' is not a JSON array."))),
    }
}

fn shape(text: &str) -> Fault {
    Fault::Shape(text.to_owned())
}
