//! Whatever comes in, the answer is an envelope and never a failure of ours.

use http::StatusCode;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::support::app::{GROUPS, TestApp, group};

/// Any JSON, a few levels deep, with the names of real members among its keys.
fn arbitrary_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(|flag| json!(flag)),
        any::<i64>().prop_map(|number| json!(number)),
        any::<f64>().prop_map(|number| json!(number)),
        "[ -~]{0,12}".prop_map(|text| json!(text)),
    ];
    let key = prop_oneof![
        Just("properties".to_owned()),
        Just("containers".to_owned()),
        Just("name".to_owned()),
        Just("ports".to_owned()),
        Just("location".to_owned()),
        "[a-zA-Z]{0,8}",
    ];
    leaf.prop_recursive(4, 32, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Replaces one node of a document, counted from the root.
fn graft(body: &mut Value, mut place: usize, graft_in: &Value) {
    fn visit(node: &mut Value, place: &mut usize, new: &Value) -> bool {
        if *place == 0 {
            *node = new.clone();
            return true;
        }
        *place -= 1;
        match node {
            Value::Array(items) => items.iter_mut().any(|item| visit(item, place, new)),
            Value::Object(members) => members.values_mut().any(|item| visit(item, place, new)),
            _ => false,
        }
    }
    visit(body, &mut place, graft_in);
}

#[test]
fn no_body_makes_the_emulator_fail() {
    let executor = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let app = executor.block_on(TestApp::new());
    let mut runner = TestRunner::new(Config { cases: 128, failure_persistence: None, ..Config::default() });
    let strategy = (arbitrary_json(), 0_usize..60);
    let checked = runner.run(&strategy, |(value, place)| {
        let mut body = group();
        graft(&mut body, place, &value);
        let answer = executor.block_on(app.put(&format!("{GROUPS}/web"), body.clone()));
        // Asking for more than the region has is Azure's 409, and a group between two states as well.
        prop_assert!(!answer.status.is_server_error(), "{} {} for {body}", answer.status, answer.text);
        if answer.status.is_client_error() {
            prop_assert!(!answer.code().is_empty(), "{}", answer.text);
        }
        let raw = executor.block_on(app.put(&format!("{GROUPS}/web"), value));
        prop_assert_eq!(raw.status, StatusCode::BAD_REQUEST);
        Ok(())
    });
    checked.unwrap();
}
