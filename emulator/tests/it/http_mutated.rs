//! Recorded requests, damaged: a seeded run of 20,000, none of which makes the emulator fail.
//!
//! The requests are azure-cli's where the recordings lie beside the checkout, else the fixture of this crate.

use std::cell::Cell;

use http::Method;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

use crate::replay::recording::recordings;
use crate::support::app::{GROUPS, SUBSCRIPTION, TestApp, VERSION, group};

const CASES: u32 = 20_000;
/// Emulators among which they are shared out, to use more than one core.
const SHARDS: u8 = 4;
/// The same run everywhere and always: a failure is found again.
const SEED: [u8; 32] = *b"aci-local: 20000 damaged request";

/// A call to damage.
#[derive(Clone, Debug)]
struct Request {
    method: Method,
    path: String,
    body: Value,
}

/// One injury.
#[derive(Clone, Debug)]
enum Damage {
    /// Another value in place of a node.
    Replace(usize, Value),
    /// A node is gone.
    Remove(usize),
    /// An array's item is there twice.
    Repeat(usize),
    /// A node takes another's place.
    Move(usize, usize),
    /// The text of the body ends early, or has another character somewhere.
    Text(usize, Option<char>),
    /// A character of the path is another.
    Path(usize, char),
}

fn requests() -> Vec<Request> {
    let fixture =
        Request { method: Method::PUT, path: format!("{GROUPS}/web?api-version={VERSION}"), body: group() };
    let recorded = recordings().into_values().flatten().filter_map(|it| {
        let (method, body) = (it.method.parse().ok()?, it.request?);
        Some(Request { method, path: it.path, body })
    });
    recorded.chain([fixture]).collect()
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,9}".prop_map(Value::from),
        Just(json!("x".repeat(3000))),
        Just(json!([])),
        Just(json!({})),
        Just(json!([[{ "name": null }]])),
    ]
}

fn damage() -> impl Strategy<Value = Damage> {
    let place = 0_usize..80;
    prop_oneof![
        6 => (place.clone(), value()).prop_map(|(place, value)| Damage::Replace(place, value)),
        3 => place.clone().prop_map(Damage::Remove),
        2 => place.clone().prop_map(Damage::Repeat),
        2 => (place.clone(), place).prop_map(|(from, to)| Damage::Move(from, to)),
        1 => (0_usize..2000, any::<Option<char>>()).prop_map(|(at, new)| Damage::Text(at, new)),
        1 => (0_usize..200, any::<char>()).prop_map(|(at, new)| Damage::Path(at, new)),
    ]
}

/// The `place`-th node below the root, in the order of the document, with the node that holds it.
fn at<'a>(node: &'a mut Value, place: &mut usize) -> Option<(&'a mut Value, usize)> {
    let count = match node {
        Value::Array(items) => items.len(),
        Value::Object(members) => members.len(),
        _ => 0,
    };
    if *place < count {
        return Some((node, *place));
    }
    *place -= count;
    match node {
        Value::Array(items) => items.iter_mut().find_map(|item| at(item, place)),
        Value::Object(members) => members.values_mut().find_map(|item| at(item, place)),
        _ => None,
    }
}

fn take(body: &mut Value, mut place: usize, is_removed: bool) -> Option<Value> {
    match at(body, &mut place)? {
        (Value::Array(items), index) if is_removed => Some(items.remove(index)),
        (Value::Array(items), index) => items.get(index).cloned(),
        (Value::Object(members), index) => {
            let name = members.keys().nth(index)?.clone();
            if is_removed { members.remove(&name) } else { members.get(&name).cloned() }
        }
        _ => None,
    }
}

fn put(body: &mut Value, mut place: usize, value: Value) {
    match at(body, &mut place) {
        Some((Value::Array(items), index)) => items[index] = value,
        Some((Value::Object(members), index)) => {
            if let Some(old) = members.values_mut().nth(index) {
                *old = value;
            }
        }
        _ => {}
    }
}

fn replace_char(text: &str, at: usize, new: Option<char>) -> String {
    let at = at % text.chars().count().max(1);
    let rest: String = if new.is_some() { text.chars().skip(at + 1).collect() } else { String::new() };
    text.chars().take(at).chain(new).chain(rest.chars()).collect()
}

/// The damaged path and the damaged text of the body.
fn damaged(request: &Request, injuries: &[Damage]) -> (String, String) {
    let (mut path, mut body, mut text_injuries) = (request.path.clone(), request.body.clone(), Vec::new());
    for injury in injuries {
        match injury.clone() {
            Damage::Replace(place, value) => put(&mut body, place, value),
            Damage::Remove(place) => drop(take(&mut body, place, true)),
            Damage::Repeat(mut place) => {
                if let Some((Value::Array(items), index)) = at(&mut body, &mut place) {
                    items.push(items[index].clone());
                }
            }
            Damage::Move(from, to) => {
                let moved = take(&mut body, from, false).unwrap_or_default();
                put(&mut body, to, moved);
            }
            Damage::Text(at, new) => text_injuries.push((at, new)),
            Damage::Path(at, new) => path = replace_char(&path, at, Some(new)),
        }
    }
    let text =
        text_injuries.into_iter().fold(body.to_string(), |text, (at, new)| replace_char(&text, at, new));
    (path, text)
}

/// Sends a share of the requests; how many were accepted, and how many refused.
fn run(shard: u8, requests: &[Request]) -> (u32, u32) {
    let executor = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let app = executor.block_on(TestApp::new());
    let (accepted, refused) = (Cell::new(0_u32), Cell::new(0_u32));
    let config = Config { cases: CASES / u32::from(SHARDS), failure_persistence: None, ..Config::default() };
    let mut seed = SEED;
    seed[0] = shard;
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let strategy = (0..requests.len(), prop::collection::vec(damage(), 1..4));
    let checked = TestRunner::new_with_rng(config, rng).run(&strategy, |(index, injuries)| {
        let request = &requests[index];
        let (path, text) = damaged(request, &injuries);
        // What no client can put on the wire is not sent.
        let Ok(uri) = path.parse::<http::Uri>() else { return Ok(()) };
        let call =
            http::Request::builder().method(request.method.clone()).uri(uri).header("host", "arm.test");
        let call = call.header("authorization", "Bearer fake").body(text.clone().into()).unwrap();
        let answer = executor.block_on(app.send(call));
        let told = format!("{} {path}: {} {} for {text}", request.method, answer.status, answer.text);
        prop_assert!(!answer.status.is_server_error(), "{told}");
        let is_refused = answer.status.is_client_error();
        if is_refused {
            let error = serde_json::from_str::<Value>(&answer.text).unwrap_or_default();
            let error = error.get("error").cloned().unwrap_or(error);
            prop_assert!(error["code"].is_string() || error.is_string(), "{told}");
        }
        let count = if is_refused { &refused } else { &accepted };
        count.set(count.get() + 1);
        Ok(())
    });
    checked.unwrap();
    let answer = executor.block_on(app.get(&format!("{SUBSCRIPTION}/resources")));
    assert!(answer.status.is_success(), "{}", answer.text);
    (accepted.get(), refused.get())
}

#[test]
fn no_damaged_request_makes_the_emulator_fail() {
    let requests = requests();
    let counts: Vec<_> = std::thread::scope(|scope| {
        let shards: Vec<_> = (0..SHARDS)
            .map(|shard| {
                let requests = &requests;
                scope.spawn(move || run(shard, requests))
            })
            .collect();
        shards.into_iter().map(|shard| shard.join().unwrap()).collect()
    });
    let accepted: u32 = counts.iter().map(|(accepted, _)| accepted).sum();
    let refused: u32 = counts.iter().map(|(_, refused)| refused).sum();
    eprintln!("{accepted} accepted, {refused} refused");
    // A run in which everything is refused, or nothing, shows nothing.
    assert!(accepted > CASES / 50 && refused > CASES / 4);
}
