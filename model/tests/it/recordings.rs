//! Recorded answers survive a journey through our types, byte for byte: nothing lost, nothing reordered.

use std::fs;
use std::path::Path;

use aci_model::group::ContainerGroup;
use serde_json::Value;

/// Recorded traffic of azure-cli's own tests, one interaction a line; lies beside the checkout.
const RECORDINGS: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/recordings/azure-cli-2.77.0.jsonl");

#[test]
fn a_recorded_group_is_written_as_azure_wrote_it() {
    survives(include_str!("data/group-2024-05-01-preview.json"));
}

#[test]
fn every_recorded_group_is_written_as_azure_wrote_it() {
    if !Path::new(RECORDINGS).exists() {
        eprintln!("not checked: the recordings are not beside this checkout");
        return;
    }
    let mut groups = 0;
    for line in fs::read_to_string(RECORDINGS).unwrap().lines() {
        let interaction: Value = serde_json::from_str(line).unwrap();
        let Some(body) = interaction["body"].as_str() else { continue };
        let Ok(value) = serde_json::from_str::<Value>(body) else { continue };
        if value["type"] == aci_model::CONTAINER_GROUP_TYPE {
            survives(body);
            groups += 1;
        }
    }
    assert!(groups > 50, "only {groups} groups were found in the recordings");
}

fn survives(text: &str) {
    let text = text.trim();
    let group: ContainerGroup = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&group).unwrap(), text);
}
