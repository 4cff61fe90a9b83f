//! A group that refers to a container group profile is made from one of its revisions; what the request itself says
//! goes before what the profile says, container by container.

use aci_model::ResourceId;
use aci_model::group::container::Container;
use aci_model::group::{ContainerGroup, ContainerGroupProperties};
use serde_json::Value;

use crate::app::App;
use crate::arm::error::ArmError;
use crate::neighbours::group_profile::Revision;

/// The request with all that its profile says, if it refers to one.
///
/// # Errors
/// When there is no such profile or revision.
pub fn resolve(app: &App, mut group: ContainerGroup) -> Result<ContainerGroup, ArmError> {
    let Some(properties) = group.properties.as_mut() else { return Ok(group) };
    let Some(reference) = properties.container_group_profile.as_mut() else { return Ok(group) };
    let (id, revision) = find(app, reference.id.as_deref().unwrap_or_default(), reference.revision)?;
    reference.id = Some(id);
    reference.revision = revision.properties.revision;
    group.zones = group.zones.take().or_else(|| revision.zones.clone());
    let own = std::mem::take(properties);
    *properties = over(&revision.properties.group(), own);
    Ok(group)
}

/// A revision of a profile, the latest where none is named, and the profile's id as the caller wrote it.
///
/// # Errors
/// When there is no such profile or revision.
pub fn find(app: &App, id: &str, number: Option<i32>) -> Result<(String, Revision), ArmError> {
    let profile = id.parse::<ResourceId>().ok().and_then(|id| app.neighbours.group_profiles.get(&id.key()));
    let profile = profile.ok_or_else(|| ArmError::profile_not_found(id))?;
    let revision = profile.properties.get(number).cloned();
    let missing = || {
        let number = number.unwrap_or_default().to_string();
        ArmError::profile_revision_not_found(&number, profile.id.name())
    };
    Ok((id.to_owned(), revision.ok_or_else(missing)?))
}

/// What a request says over what a profile says: member by member, and containers by their names.
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
            None => all.push(own),
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
