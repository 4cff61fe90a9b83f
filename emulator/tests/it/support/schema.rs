//! The schemas of an OpenAPI 2 document, strictly: what a schema does not name is a fault.
//!
//! A JSON Schema library takes unknown members for allowed, which is the very thing that is asked here: that an answer
//! has nothing which its version does not know.

use std::path::Path;

use serde_json::Value;

/// Members of answers that recordings have and the documents lack, or describe otherwise: recordings win.
const RECORDED: [&str; 4] =
    ["provisioningTimeoutInSeconds", "isCustomProvisioningTimeout", "isDelegatedIdentity", "osVersion"];

/// A document's definitions.
pub(crate) struct Schema(Value);

impl Schema {
    /// Of a version, where its document is at hand.
    pub(crate) fn of(documents: &str, version: &str) -> Option<Self> {
        let kind = if version.ends_with("-preview") { "preview" } else { "stable" };
        let path = Path::new(documents).join(kind).join(version).join("containerInstance.json");
        Some(Self(serde_json::from_str(&std::fs::read_to_string(path).ok()?).unwrap()))
    }

    /// What is wrong with a value.
    pub(crate) fn faults(&self, definition: &str, value: &Value) -> Vec<String> {
        self.faults_by(&self.0["definitions"][definition], definition, value)
    }

    /// The same by a schema of the document, such as that of an answer.
    pub(crate) fn faults_by(&self, schema: &Value, at: &str, value: &Value) -> Vec<String> {
        let mut faults = Vec::new();
        self.check(schema, value, at, &mut faults);
        faults
    }

    /// A schema with what it refers to in its place; `None` for one of another document.
    fn resolved<'a>(&'a self, schema: &'a Value) -> Option<&'a Value> {
        match schema["$ref"].as_str() {
            Some(name) => Some(&self.0["definitions"][name.strip_prefix("#/definitions/")?]),
            None => Some(schema),
        }
    }

    /// The schema of a member, its own or one that it takes over from another.
    fn member<'a>(&'a self, schema: &'a Value, name: &str) -> Option<&'a Value> {
        let parts = schema["allOf"].as_array().into_iter().flatten();
        let mut inherited = parts.filter_map(|part| self.member(self.resolved(part)?, name));
        schema["properties"].get(name).or_else(|| inherited.next())
    }

    fn check(&self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        let Some(schema) = self.resolved(schema) else { return };
        if let Some(words) = schema["enum"].as_array().filter(|words| !words.contains(value)) {
            faults.push(format!("{at} is {value}, not one of {words:?}"));
        }
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            // What is secret is required of a request and never in an answer.
            if value.get(name).is_none() && !name.ends_with("Key") {
                faults.push(format!("{at} lacks {name}"));
            }
        }
        match (schema["type"].as_str(), value) {
            (Some("string"), Value::String(_))
            | (Some("boolean"), Value::Bool(_))
            | (Some("number"), Value::Number(_)) => {}
            (Some("integer"), Value::Number(number)) if number.is_i64() || number.is_u64() => {}
            (Some("array"), Value::Array(items)) => {
                let each =
                    |(index, item)| self.check(&schema["items"], item, &format!("{at}[{index}]"), faults);
                items.iter().enumerate().for_each(each);
            }
            (Some("object") | None, Value::Object(members)) => {
                for (name, value) in members.iter().filter(|it| !RECORDED.contains(&it.0.as_str())) {
                    let at = format!("{at}.{name}");
                    match (self.member(schema, name), schema.get("additionalProperties")) {
                        (Some(member), _) => self.check(member, value, &at, faults),
                        (None, Some(any)) => self.check(any, value, &at, faults),
                        // An object without any members is one of any members.
                        (None, None)
                            if schema.get("properties").is_none() && schema.get("allOf").is_none() => {}
                        (None, None) => faults.push(format!("{at} is not in the document")),
                    }
                }
            }
            (kind, value) => faults.push(format!("{at} is {value}, not a {}", kind.unwrap_or("object"))),
        }
    }
}
