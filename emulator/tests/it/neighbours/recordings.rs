//! Recorded traffic of azure-cli's own tests, sent again: every answer about a neighbour has the recorded status and the
//! recorded members.
//!
//! The recordings lie beside the checkout and are no part of the project; without them the fixtures in the other tests
//! remain.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::app::{Answer, TestApp};

#[derive(Deserialize)]
struct Interaction {
    src: String,
    method: String,
    url: String,
    req_body: Option<String>,
    status: u16,
    body: Option<Value>,
}

const PROVIDERS: [&str; 4] = [
    "/providers/Microsoft.ManagedIdentity/",
    "/providers/Microsoft.Network/",
    "/providers/Microsoft.Storage/",
    "/providers/Microsoft.Authorization/",
];

/// Members that are not ours to have: nothing is kept in a second region.
const ABSENT: &[&str] =
    &["properties.secondaryEndpoints", "properties.secondaryLocation", "properties.statusOfSecondary"];

/// The interactions about neighbours, by the test that they were recorded in.
fn recorded() -> BTreeMap<String, Vec<Interaction>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/recordings/azure-cli-2.77.0.jsonl");
    let Ok(text) = std::fs::read_to_string(&file) else {
        eprintln!("skipped: no recordings at {}", file.display());
        return BTreeMap::new();
    };
    let mut tests: BTreeMap<String, Vec<Interaction>> = BTreeMap::new();
    for line in text.lines() {
        let interaction: Interaction = serde_json::from_str(line).unwrap();
        if PROVIDERS.iter().any(|provider| interaction.url.contains(provider)) {
            tests.entry(interaction.src.clone()).or_default().push(interaction);
        }
    }
    tests
}

/// The paths of all members, those of an array's items together.
fn members(value: &Value, path: &str, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                into.insert(path.clone());
                members(value, &path, into);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| members(item, path, into)),
        _ => {}
    }
}

fn missing(recorded: &Value, answer: &Value) -> Vec<String> {
    let (mut theirs, mut ours) = (BTreeSet::new(), BTreeSet::new());
    members(recorded, "", &mut theirs);
    members(answer, "", &mut ours);
    let is_absent = |path: &&String| ABSENT.iter().any(|absent| path.starts_with(absent));
    theirs.difference(&ours).filter(|path| !is_absent(path)).cloned().collect()
}

/// Where an operation that ours began is polled, instead of where the recorded one was.
fn followed(answer: &Answer) -> Option<String> {
    let header = [answer.header("azure-asyncoperation"), answer.header("location")];
    header.iter().find_map(|url| url.strip_prefix("http://arm.test").map(str::to_owned))
}

async fn replay(test: &str, interactions: Vec<Interaction>) -> usize {
    let app = TestApp::bare().await;
    let mut polled = None;
    let mut compared = 0;
    for Interaction { src: _, method, url, req_body, status, body } in interactions {
        let path = url.split_once("management.azure.com").unwrap().1.to_owned();
        let group = path.split("/providers/").next().unwrap();
        if group.to_lowercase().contains("/resourcegroups/") {
            app.put(group, json!({ "location": "westus" })).await;
        }
        let is_poll = path.contains("/operations/") || path.contains("/asyncoperations/");
        let place = if is_poll { polled.clone().unwrap() } else { path };
        let request = req_body.map(|body| serde_json::from_str(&body).unwrap());
        let answer = app.call(method.parse::<Method>().unwrap(), &place, request).await;
        // Ours are finished when they begin, and any principal is there from the first.
        let comes_later = is_poll && status == 202 || status == 400 && url.contains("/roleAssignments/");
        let what = format!("{test}: {method} {place}: {}", answer.text);
        if !comes_later {
            assert_eq!(answer.status.as_u16(), status, "{what}");
            let recorded = body.map_or(Value::Null, |body| match body {
                Value::String(text) => serde_json::from_str(&text).unwrap_or_default(),
                other => other,
            });
            let body = serde_json::from_str(&answer.text).unwrap_or_default();
            assert_eq!(missing(&recorded, &body), Vec::<String>::new(), "{what}");
            compared += 1;
        }
        polled = followed(&answer).or(polled);
    }
    compared
}

#[tokio::test]
async fn recorded_calls_about_neighbours_get_the_recorded_answers() {
    let tests = recorded();
    let is_there = !tests.is_empty();
    let mut compared = 0;
    for (test, mut interactions) in tests {
        // A network that azure-cli's test found there, which no recorded call has made.
        let begins_inside = interactions.first().is_some_and(|it| it.url.contains("/azcliresources/"));
        // The 201 of an assignment follows a 400 of the same call: ours is made by the first.
        interactions.dedup_by(|later, earlier| {
            earlier.status == 400 && later.url == earlier.url && {
                earlier.status = later.status;
                earlier.body = later.body.take();
                true
            }
        });
        if !begins_inside {
            compared += replay(&test, interactions).await;
        }
    }
    eprintln!("{compared} recorded answers compared");
    assert!(compared > 15 || !is_there, "only {compared} answers were compared");
}
