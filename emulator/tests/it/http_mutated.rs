//! Recorded requests, mutated: a seeded run of 20,000 in which nothing panics and nothing is a failure of ours.
//!
//! Every body goes through what decides about bodies (reading, the rules, the members of a version); every
//! fiftieth, besides, through the whole router, where a panic would be a 500.

use std::path::Path;
use std::sync::Arc;

use aci_emulator::limits::Limits;
use aci_emulator::validate::{self, Accepted};
use aci_model::group::{ContainerGroup, versions};
use aci_model::{ApiVersion, ResourceId};
use serde_json::{Value, json};

use crate::support::app::{GROUPS, TestApp, group};

const RUNS: usize = 20_000;
/// One in so many goes through the router too, which takes longer.
const ROUTED: usize = 50;

/// `SplitMix64`: the same numbers everywhere and for ever.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).unwrap()).unwrap()
    }
}

/// The bodies of the recorded PUTs of container groups, and of a request that has a bit of everything.
fn corpus() -> Vec<Value> {
    let mut bodies = vec![group()];
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/recordings/azure-cli-2.77.0.jsonl");
    let Ok(recorded) = std::fs::read_to_string(&path) else {
        eprintln!(
            "the recordings are not at {}: the request of the other tests alone is mutated",
            path.display()
        );
        return bodies;
    };
    let lines = recorded.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let puts = lines.filter(|it| {
        it["method"] == "PUT" && it["url"].as_str().is_some_and(|url| url.contains("/containerGroups/"))
    });
    bodies.extend(puts.filter_map(|it| match &it["req_body"] {
        Value::String(text) => serde_json::from_str(text).ok(),
        body @ Value::Object(_) => Some(body.clone()),
        _ => None,
    }));
    assert!(bodies.len() > 10, "only {} bodies at {}", bodies.len(), path.display());
    bodies
}

/// The nodes of a document, by JSON pointer.
fn pointers(node: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match node {
        Value::Object(members) => members.iter().for_each(|(name, value)| {
            let name = name.replace('~', "~0").replace('/', "~1");
            pointers(value, &format!("{at}/{name}"), found);
        }),
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, item)| pointers(item, &format!("{at}/{index}"), found));
        }
        _ => {}
    }
}

/// What a value may become.
fn strange(numbers: &mut Numbers, donor: &Value) -> Value {
    match numbers.below(14) {
        0 => Value::Null,
        1 => json!(-1),
        2 => json!(i64::MAX),
        3 => json!(1e308),
        4 => json!(0),
        5 => json!(""),
        6 => json!("é\u{0}\u{202e}/../%2f"),
        7 => json!("x".repeat(300)),
        8 => json!([]),
        9 => json!({}),
        10 => json!(true),
        11 => json!([null, 1, "a", {}]),
        12 => json!("Windows"),
        _ => {
            let mut all = Vec::new();
            pointers(donor, "", &mut all);
            donor.pointer(&all[numbers.below(all.len())]).cloned().unwrap_or_default()
        }
    }
}

fn mutate(body: &mut Value, donor: &Value, numbers: &mut Numbers) {
    let mut all = Vec::new();
    pointers(body, "", &mut all);
    let place = all[numbers.below(all.len())].clone();
    let Some(node) = body.pointer_mut(&place) else { return };
    match (numbers.below(4), node) {
        (0, Value::Object(members)) if !members.is_empty() => {
            let name = members.keys().nth(numbers.below(members.len())).cloned().unwrap();
            drop(members.shift_remove(&name));
        }
        (1, Value::Object(members)) if !members.is_empty() => {
            let name = members.keys().nth(numbers.below(members.len())).cloned().unwrap();
            let value = members.shift_remove(&name).unwrap();
            members.insert(name.to_uppercase(), value);
        }
        (0 | 1, Value::Array(items)) if !items.is_empty() => {
            let item = items[numbers.below(items.len())].clone();
            items.extend(std::iter::repeat_n(item, 1 + numbers.below(70)));
        }
        (_, node) => *node = strange(numbers, donor),
    }
}

/// What the handler does with a body before anything is kept.
fn decide(body: &Value, version: ApiVersion, limits: &Limits) -> Option<ContainerGroup> {
    let text = body.to_string();
    let group: ContainerGroup = serde_json::from_str(&text).ok()?;
    let id = ResourceId::container_group("s", "rg", "web");
    match validate::validate(&id, group, version, limits) {
        Ok(Accepted(spec)) => Some(spec),
        Err(violation) => {
            assert!((400..500).contains(&violation.status()), "{violation} for {text}");
            assert!(!violation.to_string().is_empty());
            None
        }
    }
}

#[test]
fn no_mutation_of_a_recorded_request_makes_the_emulator_fail() {
    let executor = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let app = executor.block_on(TestApp::new());
    let (corpus, limits) = (corpus(), Arc::new(Limits::default()));
    let mut numbers = Numbers(0x0ACE);
    let (mut accepted, mut refused) = (0, 0);
    for run in 0..RUNS {
        let mut body = corpus[numbers.below(corpus.len())].clone();
        let donor = &corpus[numbers.below(corpus.len())];
        for _ in 0..=numbers.below(3) {
            mutate(&mut body, donor, &mut numbers);
        }
        let version = ApiVersion::ALL[numbers.below(ApiVersion::ALL.len())];
        match decide(&body, version, &limits) {
            Some(spec) => {
                accepted += 1;
                let mut again = spec.clone();
                versions::retain(&mut again, version);
                assert_eq!(again, spec, "what {version} does not know was accepted: {body}");
                let _ = validate::check_update("web", &spec, &spec);
            }
            None => refused += 1,
        }
        if run % ROUTED == 0 {
            let path = format!("{GROUPS}/web{}?api-version={version}", run % 7);
            let answer = executor.block_on(app.put(&path, body.clone()));
            assert!(!answer.status.is_server_error(), "{} {} for {body}", answer.status, answer.text);
        }
    }
    assert!(accepted > RUNS / 50 && refused > RUNS / 50, "{accepted} accepted, {refused} refused");
}
