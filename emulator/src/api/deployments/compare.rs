//! What of a resource would change: what a template says against what is there.
//!
//! What the template does not say is not compared: it is what the resource provider fills in, and no schema here tells
//! which of it could be written. What no answer shows (a secure value) counts as unchanged.

use serde_json::{Map, Value, json};

/// What stands for a secure value.
pub(super) const MASK: &str = "*******";

/// Members that say what the resource is rather than how.
const IDENTITY: &[&str] = &["id", "name", "type", "apiVersion"];

/// The properties that would change, in the form of a comparison's `delta`.
pub(super) fn delta(before: &Value, after: &Value) -> Vec<Value> {
    let (Value::Object(before), Value::Object(after)) = (before, after) else { return Vec::new() };
    let mut changes = Vec::new();
    let written: Map<String, Value> = after
        .iter()
        .filter(|(name, _)| !IDENTITY.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    objects("", before, &written, &mut changes);
    changes
}

fn objects(path: &str, before: &Map<String, Value>, after: &Map<String, Value>, changes: &mut Vec<Value>) {
    for (name, wanted) in after {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match crate::template::member(before, name) {
            Some(known) => values(&path, known, wanted, changes),
            None if wanted.is_null() || is_hidden(name, wanted) => {}
            None => changes.push(json!({
                "path": path, "propertyChangeType": "Create", "before": null, "after": wanted, "children": null,
            })),
        }
    }
}

fn values(path: &str, before: &Value, after: &Value, changes: &mut Vec<Value>) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => objects(path, before, after, changes),
        (Value::Array(before_all), Value::Array(after_all)) => {
            let children = elements(before_all, after_all);
            if !children.is_empty() {
                changes.push(json!({
                    "path": path, "propertyChangeType": "Array", "before": null, "after": null, "children": children,
                }));
            }
        }
        _ if is_same(path, before, after) => {}
        _ => changes.push(json!({
            "path": path, "propertyChangeType": "Modify", "before": before, "after": after, "children": null,
        })),
    }
}

fn elements(before: &[Value], after: &[Value]) -> Vec<Value> {
    let mut children = Vec::new();
    for index in 0..before.len().max(after.len()) {
        let path = index.to_string();
        match (before.get(index), after.get(index)) {
            (Some(Value::Object(known)), Some(Value::Object(wanted))) => {
                let mut inner = Vec::new();
                objects("", known, wanted, &mut inner);
                if !inner.is_empty() {
                    children.push(json!({
                        "path": path, "propertyChangeType": "Modify", "before": null, "after": null, "children": inner,
                    }));
                }
            }
            (Some(known), Some(wanted)) => values(&path, known, wanted, &mut children),
            (known, wanted) => {
                let kind = if known.is_none() { "Create" } else { "Delete" };
                children.push(json!({
                    "path": path, "propertyChangeType": kind, "before": known, "after": wanted, "children": null,
                }));
            }
        }
    }
    children
}

/// Regions are the same in any spelling, numbers in any notation.
fn is_same(path: &str, before: &Value, after: &Value) -> bool {
    match (before, after) {
        _ if after == MASK => true,
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::String(one), Value::String(other)) if path == "location" => {
            crate::regions::normalise(one) == crate::regions::normalise(other)
        }
        (Value::String(one), Value::String(other)) => one == other,
        _ => before == after,
    }
}

/// What answers leave out: secure values, and the properties that hold nothing else.
fn is_hidden(name: &str, value: &Value) -> bool {
    const WRITE_ONLY: &[&str] = &["secureValue", "password", "workspaceKey", "storageAccountKey", "secret"];
    value == MASK || WRITE_ONLY.contains(&name)
}

/// Puts the mask over every secret, wherever in a text it is.
pub(super) fn mask(value: &mut Value, secrets: &[&str]) {
    match value {
        Value::String(text) if secrets.iter().any(|secret| text.contains(secret)) => MASK.clone_into(text),
        Value::Array(elements) => elements.iter_mut().for_each(|element| mask(element, secrets)),
        Value::Object(members) => members.values_mut().for_each(|member| mask(member, secrets)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_template_says_is_compared() {
        let before = json!({ "id": "x", "location": "westus", "properties": { "a": 1.0, "state": "up", "list": [{ "n": 1 }] } });
        let same = json!({ "id": "y", "location": "West US", "properties": { "a": 1, "list": [{ "n": 1, "password": "p" }] } });
        assert_eq!(delta(&before, &same), Vec::<Value>::new());
        let other = json!({ "properties": { "a": 2, "list": [{ "n": 1 }, 5], "new": true } });
        let changes = delta(&before, &other);
        let kinds: Vec<_> = changes
            .iter()
            .map(|it| (it["path"].as_str().unwrap(), it["propertyChangeType"].as_str().unwrap()))
            .collect();
        assert_eq!(
            kinds,
            [("properties.a", "Modify"), ("properties.list", "Array"), ("properties.new", "Create")]
        );
    }

    #[test]
    fn no_secret_is_left() {
        let mut value = json!({ "a": ["x s3cret y"], "b": "plain" });
        mask(&mut value, &["s3cret"]);
        assert_eq!(value, json!({ "a": [MASK], "b": "plain" }));
    }
}
