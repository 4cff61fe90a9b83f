//! From one type to another.

use serde_json::json;

use super::{evaluated, expect, expect_faults};

#[test]
fn values_change_their_type() {
    expect(&[
        ("string(5)", json!("5")),
        ("string(true())", json!("True")),
        ("string(createObject('a', 1))", json!("{\"a\":1}")),
        ("int('5')", json!(5)),
        ("float('2.5')", json!(2.5)),
        ("bool('TRUE')", json!(true)),
        ("bool(0)", json!(false)),
        ("json('null')", json!(null)),
        ("json('1.5')", json!(1.5)),
        ("array('a')", json!(["a"])),
        ("array(createArray(1))", json!([1])),
    ]);
    expect_faults(&["int('x')", "float('x')", "bool('x')", "json('{')"]);
}

#[test]
fn an_unknown_function_is_told_in_azures_words() {
    let words = "The template function 'nope' is not valid. Please see https://aka.ms/arm-functions for usage details.";
    assert_eq!(evaluated("nope()").unwrap_err().to_string(), words);
}
