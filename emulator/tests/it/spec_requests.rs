//! Every official example of a PUT is accepted where Azure accepts it, and the answer is valid against the schema of
//! that version's document.

use std::path::Path;

use aci_model::ApiVersion;
use serde_json::{Value, json};

use crate::support::app::{GROUPS, TestApp};
use crate::support::schema::Schema;

const DOCUMENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/spec");
const SUBNET: &str =
    "/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/virtualNetworks/v/subnets/n";

/// Changes an example where it applies.
type Amend = fn(&mut Value);

/// What has to change in an example before any service could accept it, or before this one does, and why.
pub(crate) const AMENDMENTS: &[(&str, Amend)] = &[
    ("GPUs are retired, and refused by name", |body| {
        for container in body["properties"]["containers"].as_array_mut().into_iter().flatten() {
            for amount in ["requests", "limits"] {
                if let Some(amount) = container["properties"]["resources"][amount].as_object_mut() {
                    amount.remove("gpu");
                }
            }
        }
    }),
    ("expressions of a template stand where ids belong", |body| {
        for subnet in body["properties"]["subnetIds"].as_array_mut().into_iter().flatten() {
            subnet["id"] = json!(SUBNET);
        }
    }),
    ("Azure has no public address in a subnet", |body| {
        let given = |member: &str| body["properties"].get(member).is_some_and(|it| !it.is_null());
        let joined = given("subnetIds") || given("networkProfile");
        if let (true, Some(address)) = (joined, body["properties"]["ipAddress"].as_object_mut()) {
            address.insert("type".to_owned(), json!("Private"));
            address.remove("dnsNameLabel");
        }
    }),
    ("Azure's spot groups have no address", |body| {
        if body["properties"]["priority"] == "Spot" {
            body["properties"].as_object_mut().unwrap().remove("ipAddress");
        }
    }),
];

/// Examples that no amendment saves: parts of version and file name, the code of the refusal, and why.
const REFUSED: &[(&str, &str, &str, &str)] = &[
    (
        "",
        "StandbyPool",
        "ContainerGroupProfileNotFound",
        "refers to a profile that the example does not make",
    ),
    (
        "2017-08-01",
        "CreateOrUpdate",
        "MissingIpAddressPorts",
        "has an address without ports, as Azure has none",
    ),
];

fn examples(version: ApiVersion) -> Vec<(String, Value)> {
    let kind = if version.as_str().ends_with("-preview") { "preview" } else { "stable" };
    let folder = Path::new(DOCUMENTS).join(kind).join(version.as_str()).join("examples");
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<_> = entries
        .filter_map(|entry| {
            let path = entry.unwrap().path();
            let example: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            let body = example["parameters"].get("containerGroup")?.clone();
            // A PATCH has a body of the same name, of tags alone.
            body.get("properties")?;
            Some((path.file_stem().unwrap().to_string_lossy().into_owned(), body))
        })
        .collect();
    found.sort_by(|one, other| one.0.cmp(&other.0));
    found
}

#[tokio::test]
async fn every_official_request_is_accepted_and_answered_by_its_schema() {
    let app = TestApp::new().await;
    let (mut checked, mut wrong) = (0, Vec::new());
    for version in ApiVersion::ALL {
        let Some(schema) = Schema::of(DOCUMENTS, version.as_str()) else { continue };
        for (name, mut body) in examples(*version) {
            if body["location"].is_null() {
                body["location"] = json!("westus");
            }
            AMENDMENTS.iter().for_each(|(_, amend)| amend(&mut body));
            let group = format!("{}-{}", name.to_ascii_lowercase().replace('_', "-"), version);
            let group: String = group.chars().rev().take(60).collect::<Vec<_>>().into_iter().rev().collect();
            let group = group.trim_matches('-').to_owned();
            // A label belongs to one group at a time.
            if let Some(label) = body["properties"]["ipAddress"].get_mut("dnsNameLabel") {
                *label = json!(format!("label-{checked}"));
            }
            let path = format!("{GROUPS}/{group}");
            let put = app.put(&format!("{path}?api-version={version}"), body).await;
            checked += 1;
            let refused = REFUSED
                .iter()
                .find(|(since, part, ..)| version.as_str().contains(since) && name.contains(part));
            if let Some((_, _, code, _)) = refused {
                if put.code() != *code {
                    wrong.push(format!("{version} {name}: {} {}", put.status, put.text));
                }
                continue;
            }
            if put.status != 201 {
                wrong.push(format!("{version} {name}: {} {}", put.status, put.text));
                continue;
            }
            let get = app.get(&format!("{path}?api-version={version}")).await;
            for answer in [put, get] {
                let faults = schema.faults("ContainerGroup", &answer.json());
                wrong.extend(faults.into_iter().map(|fault| format!("{version} {name}: {fault}")));
            }
        }
    }
    if checked == 0 {
        eprintln!("skipped: the API's documents are not at {DOCUMENTS}");
        return;
    }
    assert!(wrong.is_empty(), "{checked} examples:\n{}", wrong.join("\n"));
    assert!(checked > 25, "only {checked} examples");
}
