//! Deployments as they are shown ("Deployments - Get", DOC).

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::call::DeploymentCall;
use super::prepare::Prepared;
use crate::deployments::record::{Deployment, Operation, Told};
use crate::regions;
use crate::template::evaluate::Evaluator;
use crate::template::member;
use crate::template::plan::Planned;

/// A deployment.
pub(super) fn deployment(deployment: &Deployment) -> Value {
    let mut body = json!({
        "id": deployment.id,
        "name": deployment.name,
        "type": "Microsoft.Resources/deployments",
    });
    if let Some(location) = &deployment.location {
        body["location"] = json!(location);
    }
    if let Some(tags) = &deployment.tags {
        body["tags"] = json!(tags);
    }
    body["properties"] = properties(deployment);
    body
}

/// Its properties.
pub(super) fn properties(deployment: &Deployment) -> Value {
    let mut properties = json!({
        "templateHash": deployment.template_hash,
        "parameters": told(&deployment.parameters),
        "mode": format!("{:?}", deployment.mode),
        "provisioningState": deployment.state.as_str(),
        "timestamp": time(deployment.changed),
        "duration": duration(deployment.started, deployment.changed),
        "correlationId": deployment.correlation,
        "providers": deployment.providers,
        "dependencies": deployment.dependencies,
    });
    if let Some(outputs) = &deployment.outputs {
        properties["outputs"] = told(outputs);
    }
    if deployment.state.is_terminal() {
        properties["outputResources"] = ids(&deployment.output_resources);
    }
    if let Some(error) = &deployment.error {
        properties["error"] = json!(error);
    }
    properties
}

/// Ids, each an object of its own.
pub(super) fn ids(ids: &[String]) -> Value {
    ids.iter().map(|id| json!({ "id": id })).collect()
}

fn told(all: &[Told]) -> Value {
    let one = |told: &Told| {
        let mut shown = json!({ "type": told.kind });
        if let Some(value) = &told.value {
            shown["value"] = value.clone();
        }
        (told.name.clone(), shown)
    };
    Value::Object(all.iter().map(one).collect())
}

/// One operation of a deployment.
pub(super) fn operation(deployment: &Deployment, operation: &Operation) -> Value {
    let mut properties = json!({
        "provisioningOperation": operation.verb,
        "provisioningState": operation.state.as_str(),
        "timestamp": time(operation.changed),
        "duration": duration(operation.started, operation.changed),
        "trackingId": operation.tracking,
        "statusCode": operation.status_code,
    });
    if let Some(error) = &operation.error {
        properties["statusMessage"] = json!({ "status": operation.state.as_str(), "error": error });
    }
    if let Some((id, kind, name)) = &operation.target {
        properties["targetResource"] = json!({ "id": id, "resourceType": kind, "resourceName": name });
    }
    json!({
        "id": format!("{}/operations/{}", deployment.id, operation.id),
        "operationId": operation.id,
        "properties": properties,
    })
}

/// The providers of the resources, with their types and regions.
pub(super) fn providers(call: &DeploymentCall, prepared: &Prepared) -> Value {
    let mut providers: Map<String, Value> = Map::new();
    for resource in &prepared.plan.resources {
        let Some((namespace, kind)) = resource.kind.split_once('/') else { continue };
        let location = location_of(prepared, resource).or_else(|| call.location.clone());
        let location = location.map(|it| regions::normalise(&it));
        let entry = providers
            .entry(namespace.to_owned())
            .or_insert_with(|| json!({ "namespace": namespace, "resourceTypes": [] }));
        let Some(kinds) = entry["resourceTypes"].as_array_mut() else { continue };
        let added = json!({ "resourceType": kind, "locations": [location] });
        if !kinds.contains(&added) {
            kinds.push(added);
        }
    }
    providers.into_iter().map(|(_, provider)| provider).collect()
}

fn location_of(prepared: &Prepared, resource: &Planned) -> Option<String> {
    let evaluator = Evaluator { frame: &prepared.frame, locals: &resource.locals };
    let location = evaluator.expand(member(&resource.declaration, "location")?).ok()?;
    location.as_str().map(str::to_owned)
}

/// Which resource waits for which.
pub(super) fn dependencies(prepared: &Prepared) -> Value {
    let resources = &prepared.plan.resources;
    let waits = resources.iter().zip(&prepared.before).filter(|(_, before)| !before.is_empty());
    let shown = waits.map(|(resource, before)| {
        let mut shown =
            json!({ "dependsOn": before.iter().map(|index| named(&resources[*index])).collect::<Vec<_>>() });
        if let (Value::Object(shown), Value::Object(own)) = (&mut shown, named(resource)) {
            shown.extend(own);
        }
        shown
    });
    shown.collect()
}

fn named(resource: &Planned) -> Value {
    json!({ "id": resource.id, "resourceType": resource.kind, "resourceName": resource.name })
}

fn time(time: Timestamp) -> String {
    format!("{:.7}", time)
}

/// A duration of ISO 8601 as .NET writes it: `PT1M2.3456789S`.
fn duration(from: Timestamp, to: Timestamp) -> String {
    let duration: Duration = to.duration_since(from).unsigned_abs();
    let (hours, minutes) = (duration.as_secs() / 3600, duration.as_secs() / 60 % 60);
    let seconds = duration.as_secs() % 60;
    let fraction = format!("{:07}", duration.subsec_nanos() / 100);
    let fraction = fraction.trim_end_matches('0');
    let mut text = String::from("PT");
    for (count, unit) in [(hours, 'H'), (minutes, 'M')] {
        if count > 0 {
            text.push_str(&format!("{count}{unit}"));
        }
    }
    let point = if fraction.is_empty() { "" } else { "." };
    if seconds > 0 || !fraction.is_empty() || text == "PT" {
        text.push_str(&format!("{seconds}{point}{fraction}S"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_of_iso_8601() {
        let shown =
            |millis: i64| duration(Timestamp::UNIX_EPOCH, Timestamp::from_millisecond(millis).unwrap());
        let texts = [0, 22_400, 62_000, 3_600_000, 60_001].map(shown);
        assert_eq!(texts, ["PT0S", "PT22.4S", "PT1M2S", "PT1H", "PT1M0.001S"]);
    }
}
