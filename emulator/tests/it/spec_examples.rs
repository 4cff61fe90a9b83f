//! The official examples of the API's documents are requests that the model can read.

use std::path::{Path, PathBuf};

use aci_model::group::ContainerGroup;
use serde_json::Value;

/// The folder of the documents, beside the checkout; they are not part of the project.
fn documents() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/spec")
}

fn examples(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            examples(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "json")
            && path.iter().any(|part| part == "examples")
        {
            found.push(path);
        }
    }
}

#[test]
fn every_official_request_parses_and_loses_nothing() {
    let folder = documents();
    if !folder.is_dir() {
        eprintln!("skipped: the API's documents are not at {}", folder.display());
        return;
    }
    let mut files = Vec::new();
    examples(&folder, &mut files);
    let mut read = 0;
    for file in files {
        let example: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        let Some(body) = example["parameters"].get("containerGroup") else { continue };
        let group: ContainerGroup = serde_json::from_value(body.clone())
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        assert_eq!(
            missing(&body["properties"], &serde_json::to_value(&group.properties).unwrap(), ""),
            None,
            "{}",
            file.display()
        );
        read += 1;
    }
    assert!(read > 20, "only {read} requests found in {}", folder.display());
}

/// The path of a member that a document lost on its way through the model.
fn missing(given: &Value, kept: &Value, path: &str) -> Option<String> {
    match (given, kept) {
        (Value::Object(given), Value::Object(kept)) => given.iter().find_map(|(name, value)| {
            let path = format!("{path}/{name}");
            // Azure reads names in any case, and one of its examples needs that.
            match kept.iter().find(|(kept, _)| kept.eq_ignore_ascii_case(name)).map(|(_, kept)| kept) {
                Some(kept) => missing(value, kept, &path),
                None if value.is_null() => None,
                None => Some(path),
            }
        }),
        (Value::Array(given), Value::Array(kept)) if given.len() == kept.len() => {
            given.iter().zip(kept).find_map(|(given, kept)| missing(given, kept, &format!("{path}[]")))
        }
        (Value::Number(given), Value::Number(kept)) if given.as_f64() == kept.as_f64() => None,
        (Value::String(given), Value::String(kept)) if given.eq_ignore_ascii_case(kept) => None,
        (given, kept) if given == kept => None,
        _ => Some(path.to_owned()),
    }
}
