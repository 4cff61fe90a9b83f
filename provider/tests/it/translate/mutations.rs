//! Pods that nobody would write: whatever the API server lets through is answered and not panicked at.

use aci_provider::translate::pod_to_group;
use k8s_openapi::api::core::v1::Pod;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

use super::case::{Case, names};

/// Values in place of others.
fn odd() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(json!("")),
        Just(json!([])),
        Just(json!({})),
        Just(json!(-1)),
        Just(json!(i64::MAX)),
        Just(json!("$(A")),
        Just(json!("../../x")),
        Just(json!(":")),
        Just(json!([null])),
        "\\PC{0,12}".prop_map(Value::from),
    ]
}

/// The places in `value`, as JSON pointers.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                places(member, &format!("{at}/{name}"), found);
            }
        }
        Value::Array(list) => {
            for (i, element) in list.iter().enumerate() {
                places(element, &format!("{at}/{i}"), found);
            }
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]
    #[test]
    fn no_pod_and_no_world_makes_the_translation_panic(
        which in any::<Index>(), changes in prop::collection::vec((any::<Index>(), odd()), 1..4), alone in any::<bool>(),
    ) {
        let names = names();
        let mut case = Case::read(which.get(names.as_slice()).as_str());
        let mut pod = serde_json::to_value(&case.pod).unwrap();
        for (place, value) in changes {
            let mut all = Vec::new();
            places(&pod, "", &mut all);
            *pod.pointer_mut(place.get(all.as_slice()).as_str()).unwrap() = value;
        }
        if alone {
            case.inputs = Default::default();
        }
        // What is no pod at all never gets past the API server.
        if let Ok(pod) = serde_json::from_value::<Pod>(pod)
            && let Err(refusal) = pod_to_group(&pod, &case.inputs, &case.settings)
        {
            let words = refusal.to_string();
            prop_assert!(!words.contains("hunter2"), "{words}");
            prop_assert!(words.contains("spec") || words.contains("metadata"), "names no field: {words}");
        }
    }
}
