//! What somebody says over what a profile says: member by member, and containers by their names. Pure.

use aci_model::group::ContainerGroupProperties;
use aci_model::group::container::Container;
use serde_json::Value;

/// What a request says over what a profile says: member by member, and containers by their names. A container that the
/// profile has not and that has no image is none: clients name one where they only mean the profile's (recorded).
pub fn over(profile: &ContainerGroupProperties, own: ContainerGroupProperties) -> ContainerGroupProperties {
    let containers = match (&profile.containers, own.containers.clone()) {
        (Some(theirs), Some(ours)) => Some(merged(theirs, ours)),
        (theirs, ours) => ours.or_else(|| theirs.clone()),
    };
    let merged = overlay(profile, &own).unwrap_or(own);
    ContainerGroupProperties { containers, ..merged }
}

fn merged(theirs: &[Container], ours: Vec<Container>) -> Vec<Container> {
    let mut all = theirs.to_vec();
    for own in ours {
        match all.iter_mut().find(|known| known.name == own.name) {
            Some(known) => *known = overlay(known, &own).unwrap_or(own),
            None if own.properties.as_ref().is_some_and(|it| it.image.is_some()) => all.push(own),
            None => {}
        }
    }
    all
}

/// Members of objects one by one; everything else, lists too, is taken from `over` where it has it.
fn overlay<T: serde::Serialize + serde::de::DeserializeOwned>(under: &T, over: &T) -> Option<T> {
    let (mut under, over) = (serde_json::to_value(under).ok()?, serde_json::to_value(over).ok()?);
    lay(&mut under, over);
    serde_json::from_value(under).ok()
}

fn lay(under: &mut Value, over: Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (name, value) in over {
                lay(under.entry(name).or_insert(Value::Null), value);
            }
        }
        (under, over) => *under = over,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn properties(value: Value) -> ContainerGroupProperties {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn the_request_goes_before_the_profile_container_by_container() {
        let profile = properties(json!({
            "containers": [
                { "name": "a", "properties": { "image": "one", "configMap": { "keyValuePairs": { "k": "old" } },
                    "environmentVariables": [{ "name": "S", "secureValue": "s3cret" }] } },
                { "name": "b", "properties": { "image": "two" } },
            ],
            "osType": "Linux", "restartPolicy": "Never",
        }));
        let own = properties(json!({
            "containers": [
                { "name": "a", "properties": { "configMap": { "keyValuePairs": { "k": "new" } } } },
                { "name": "c", "properties": { "image": "three" } },
                { "name": "the-group", "properties": { "configMap": { "keyValuePairs": { "k": "nobody's" } } } },
                { "name": "bare" },
            ],
            "restartPolicy": "Always",
        }));
        let wanted = properties(json!({
            "containers": [
                { "name": "a", "properties": { "image": "one", "configMap": { "keyValuePairs": { "k": "new" } },
                    "environmentVariables": [{ "name": "S", "secureValue": "s3cret" }] } },
                { "name": "b", "properties": { "image": "two" } },
                { "name": "c", "properties": { "image": "three" } },
            ],
            "osType": "Linux", "restartPolicy": "Always",
        }));
        assert_eq!(over(&profile, own), wanted);
    }
}
