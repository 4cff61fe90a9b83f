//! Bodies of requests: the smallest container group, and what a recipe changes in it.

use serde_json::{Map, Value, json};

/// The region of every recipe that does not need another.
pub const LOCATION: &str = "westeurope";

/// The image of every recipe that does not need another.
pub const IMAGE: &str = "mcr.microsoft.com/azuredocs/aci-helloworld";

/// A body that is changed before it is sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Body(pub Value);

/// The smallest container group that is accepted: one container on Linux.
pub fn group() -> Body {
    Body(json!({
        "location": LOCATION,
        "properties": {
            "osType": "Linux",
            "containers": [container("web")],
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
        format!("{:#}", self.0)
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
    fn members_are_made_on_the_way_and_removed() {
        let body = group().with("/properties/ipAddress/type", json!("Public"));
        assert_eq!(body.0["properties"]["ipAddress"]["type"], "Public");
        let body = body.with("/properties/containers/1", container("two")).without("/properties/ipAddress");
        assert_eq!(body.0["properties"]["containers"][1]["name"], "two");
        assert!(body.0["properties"].get("ipAddress").is_none());
    }
}
