//! Bodies of requests: the smallest container group, and what a recipe changes in it.

use serde_json::{Map, Value, json};

/// The region of every recipe that does not need another.
pub const LOCATION: &str = "westeurope";

/// The image of every recipe that does not need another.
pub const IMAGE: &str = "mcr.microsoft.com/azuredocs/aci-helloworld";

/// A body that is changed before it is sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Body(pub Value);

/// The smallest container group that is accepted: one container on Linux, which is named after its group, as `az` does.
pub fn group(name: &str) -> Body {
    Body(json!({
        "location": LOCATION,
        "properties": {
            "osType": "Linux",
            "containers": [container(name)],
        },
    }))
}

/// The smallest container.
pub fn container(name: &str) -> Value {
    json!({
        "name": name,
        "properties": {
            "image": IMAGE,
            "resources": { "requests": { "cpu": 1, "memoryInGB": 1 } },
        },
    })
}

/// Any other body.
pub fn json(value: Value) -> Body {
    Body(value)
}

impl Body {
    /// Sets a member by its JSON pointer, and makes what lies on the way to it.
    #[must_use]
    pub fn with(mut self, pointer: &str, value: Value) -> Self {
        let mut place = &mut self.0;
        for step in pointer.split('/').skip(1) {
            place = step_into(place, step);
        }
        *place = value;
        self
    }

    /// The same of the first container.
    #[must_use]
    pub fn with_container(self, pointer: &str, value: Value) -> Self {
        self.with(&format!("/properties/containers/0/properties{pointer}"), value)
    }

    /// Removes a member.
    #[must_use]
    pub fn without(mut self, pointer: &str) -> Self {
        if let Some((parent, member)) = pointer.rsplit_once('/')
            && let Some(Value::Object(parent)) = self.0.pointer_mut(parent)
        {
            parent.shift_remove(member);
        }
        self
    }

    /// As it is sent, and as the document shows it: a rule that tells lines and positions tells the same of both.
    pub fn text(&self) -> String {
        let mut text = String::new();
        write(&mut text, &self.0, 0);
        text
    }
}

/// How long a line of JSON may be.
const WIDTH: usize = 110;

/// JSON for people: what fits stands on one line.
fn write(text: &mut String, value: &Value, indent: usize) {
    let line = on_one_line(value);
    let can_be_broken = value.is_array() || value.is_object();
    if indent + line.len() <= WIDTH || !can_be_broken {
        text.push_str(&line);
        return;
    }
    if let Value::Array(elements) = value
        && let [only] = elements.as_slice()
    {
        text.push('[');
        write(text, only, indent);
        return text.push(']');
    }
    let margin = " ".repeat(indent + 2);
    let (open, close) = if value.is_array() { ('[', ']') } else { ('{', '}') };
    text.push(open);
    let mut separator = "\n";
    match value {
        Value::Array(elements) => {
            for element in elements {
                text.push_str(separator);
                text.push_str(&margin);
                write(text, element, indent + 2);
                separator = ",\n";
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                text.push_str(separator);
                text.push_str(&format!("{margin}\"{name}\": "));
                write(text, member, indent + 2);
                separator = ",\n";
            }
        }
        _ => {}
    }
    text.push('\n');
    text.push_str(&" ".repeat(indent));
    text.push(close);
}

fn on_one_line(value: &Value) -> String {
    let within = |parts: Vec<String>| parts.join(", ");
    match value {
        Value::Array(elements) => format!("[{}]", within(elements.iter().map(on_one_line).collect())),
        Value::Object(members) if members.is_empty() => "{}".to_owned(),
        Value::Object(members) => {
            let member = |(name, member): (&String, &Value)| format!("\"{name}\": {}", on_one_line(member));
            format!("{{ {} }}", within(members.iter().map(member).collect()))
        }
        other => other.to_string(),
    }
}

fn step_into<'a>(place: &'a mut Value, step: &str) -> &'a mut Value {
    if let (Value::Array(_), Ok(index)) = (&*place, step.parse::<usize>()) {
        let Value::Array(elements) = place else { return place };
        while elements.len() <= index {
            elements.push(Value::Null);
        }
        return &mut elements[index];
    }
    if !place.is_object() {
        *place = Value::Object(Map::new());
    }
    &mut place[step]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_stands_on_one_line_and_all_of_it_is_json() {
        let long = "x".repeat(100);
        let value = json!({ "a": [1, { "b": long }], "c": {}, "d": [] });
        let text = json(value.clone()).text();
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        assert!(text.ends_with("  \"c\": {},\n  \"d\": []\n}"), "{text}");
    }

    #[test]
    fn members_are_made_on_the_way_and_removed() {
        let body = group("web").with("/properties/ipAddress/type", json!("Public"));
        assert_eq!(body.0["properties"]["ipAddress"]["type"], "Public");
        let body = body.with("/properties/containers/1", container("two")).without("/properties/ipAddress");
        assert_eq!(body.0["properties"]["containers"][1]["name"], "two");
        assert!(body.0["properties"].get("ipAddress").is_none());
    }
}
