//! The table says what the official documents say, and clears what it says.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use super::*;

/// The folder of the documents, beside the checkout; they are not part of the project.
const DOCUMENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/spec");

fn document(version: ApiVersion) -> Option<Value> {
    let folder = if version.as_str().ends_with("-preview") { "preview" } else { "stable" };
    let path = Path::new(DOCUMENTS).join(folder).join(version.as_str()).join("containerInstance.json");
    Some(serde_json::from_str(&std::fs::read_to_string(path).ok()?).unwrap())
}

/// The paths of all members of a schema.
fn flatten(document: &Value, schema: &Value, path: &str, found: &mut BTreeSet<String>) {
    if let Some(name) = schema["$ref"].as_str() {
        if let Some(name) = name.strip_prefix("#/definitions/") {
            flatten(document, &document["definitions"][name], path, found);
        }
        return;
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        flatten(document, part, path, found);
    }
    if schema["type"] == "array" {
        return flatten(document, &schema["items"], &format!("{path}[]"), found);
    }
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        found.insert(path.clone());
        flatten(document, member, &path, found);
    }
}

/// Whether the table says that a version has a member: it and all around it.
fn is_told(path: &str, version: ApiVersion) -> bool {
    let holds = |member: &&Member| {
        path.strip_prefix(member.path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    MEMBERS.iter().filter(holds).all(|member| member.is_in(version))
}

#[test]
fn every_member_is_in_the_versions_whose_document_has_it() {
    let mut documents = Vec::new();
    for version in ApiVersion::ALL {
        let Some(document) = document(*version) else { continue };
        let mut found = BTreeSet::new();
        flatten(&document, &document["definitions"]["ContainerGroup"], "", &mut found);
        documents.push((*version, found));
    }
    if documents.is_empty() {
        eprintln!("skipped: the API's documents are not at {DOCUMENTS}");
        return;
    }
    let all: BTreeSet<_> = documents.iter().flat_map(|(_, found)| found).collect();
    let recorded: Vec<_> = MEMBERS.iter().filter(|it| it.recorded).map(|it| it.path).collect();
    let mut wrong = Vec::new();
    for path in all.into_iter().filter(|path| !recorded.contains(&path.as_str())) {
        for (version, found) in &documents {
            if is_told(path, *version) != found.contains(path) {
                wrong.push(format!("{path} in {version}"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn what_a_version_does_not_know_is_gone_and_the_rest_stays() {
    let body = json!({
        "identity": { "type": "SystemAssigned" },
        "zones": ["1"],
        "properties": {
            "sku": "Standard",
            "containers": [{ "name": "a", "properties": {
                "image": "i",
                "environmentVariables": [{ "name": "n", "secureValue": "s" }],
                "livenessProbe": { "httpGet": { "port": 80, "httpHeaders": [{ "name": "h", "value": "v" }] } },
                "securityContext": { "privileged": false },
            } }],
            "initContainers": [{ "name": "b", "properties": { "image": "i" } }],
            "subnetIds": [{ "id": "x" }],
            "networkProfile": { "id": "y" },
            "priority": "Spot",
        },
    });
    let at = |version: ApiVersion| {
        let mut group: ContainerGroup = serde_json::from_value(body.clone()).unwrap();
        retain(&mut group, version);
        serde_json::to_value(group).unwrap()
    };
    let oldest = json!({ "properties": { "containers": [{ "name": "a", "properties": {
        "image": "i", "environmentVariables": [{ "name": "n" }],
    } }] } });
    assert_eq!(at(V::V2017_08_01Preview), oldest);
    let newest = at(V::V2023_05_01);
    assert_eq!(newest["properties"].get("networkProfile"), None);
    assert_eq!(newest["properties"]["priority"], "Spot");
    let between = at(V::V2019_12_01);
    assert_eq!(between["properties"]["networkProfile"]["id"], "y");
    assert_eq!(between["properties"].get("subnetIds"), None);
    assert!(
        between.pointer("/properties/containers/0/properties/livenessProbe/httpGet/httpHeaders").is_none()
    );
    assert_eq!(at(V::V2023_02_01Preview)["properties"].get("priority"), None, "previews are branches");
}
