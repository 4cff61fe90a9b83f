//! The table of operations and versions says what the official documents of the API say.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use aci_emulator::api::surface::Operation;
use aci_model::ApiVersion;
use serde_json::Value;

/// Method and path of an operation: its id changed between versions, these did not.
type Place = (String, String);

/// The folder of the documents, beside the checkout; they are not part of the project.
fn documents() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/spec")
}

/// The operations of a version's document, by place.
fn document(version: ApiVersion) -> Option<BTreeMap<Place, String>> {
    let folder = if version.as_str().ends_with("-preview") { "preview" } else { "stable" };
    let path = documents().join(folder).join(version.as_str()).join("containerInstance.json");
    let document: Value = serde_json::from_str(&std::fs::read_to_string(path).ok()?).unwrap();
    let mut operations = BTreeMap::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap().to_owned();
            operations.insert((method.clone(), path.to_ascii_lowercase()), id);
        }
    }
    Some(operations)
}

#[test]
fn every_operation_is_in_the_versions_whose_document_lists_it() {
    let documents: Vec<_> = ApiVersion::ALL.iter().filter_map(|v| Some((*v, document(*v)?))).collect();
    if documents.is_empty() {
        eprintln!("skipped: the API's documents are not at {}", self::documents().display());
        return;
    }
    // Some operations are in a preview alone.
    let places = || documents.iter().rev().flat_map(|(_, document)| document);
    for operation in Operation::ALL {
        let Some((place, _)) = places().find(|(_, id)| *id == operation.id()) else {
            let known = documents.iter().find(|(version, _)| operation.is_in(*version));
            assert!(known.is_none(), "no document has {}", operation.id());
            continue;
        };
        for (version, document) in &documents {
            let is_listed = document.contains_key(place);
            assert_eq!(operation.is_in(*version), is_listed, "{} in {version}", operation.id());
        }
    }
}
