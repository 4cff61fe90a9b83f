//! Arrays, objects, numbers, comparisons, truth values and address prefixes.

use serde_json::json;

use super::{expect, expect_faults};

#[test]
fn arrays_are_taken_apart_and_joined() {
    expect(&[
        ("concat(createArray(1), createArray('a'))", json!([1, "a"])),
        ("first(createArray('one', 'two'))", json!("one")),
        ("last(createArray('one', 'two'))", json!("two")),
        ("first(createArray())", json!(null)),
        ("skip(range(0, 4), 2)", json!([2, 3])),
        ("take(range(0, 4), 2)", json!([0, 1])),
        ("range(5, 3)", json!([5, 6, 7])),
        ("length(range(0, 3))", json!(3)),
        ("min(0, 3, 2)", json!(0)),
        ("max(createArray(0, 3, 2))", json!(3)),
        ("contains(createArray('a'), 'b')", json!(false)),
        ("indexOf(createArray('a', 'b'), 'b')", json!(1)),
        ("flatten(createArray(createArray(1), createArray(2, 3)))", json!([1, 2, 3])),
        ("indexFromEnd(createArray('a', 'b'), 2)", json!("a")),
        ("union(createArray(1, 2), createArray(2, 3))", json!([1, 2, 3])),
        ("intersection(createArray(1, 2), createArray(2, 3))", json!([2])),
        ("createArray('a', 'b')[1]", json!("b")),
    ]);
    expect_faults(&["createArray(1)[1]", "createArray(1)[-1]", "range(0, 10001)", "first(1)", "min('a')"]);
}

#[test]
fn objects_are_read_in_any_case_and_merged_in_depth() {
    expect(&[
        ("createObject('Name', 1).name", json!(1)),
        ("json('{\"a\":{\"b\":[7]}}').a.b[0]", json!(7)),
        ("contains(createObject('a', null()), 'A')", json!(true)),
        (
            "union(json('{\"a\":{\"b\":1},\"c\":1}'), json('{\"a\":{\"d\":2},\"c\":3}'))",
            json!({ "a": { "b": 1, "d": 2 }, "c": 3 }),
        ),
        ("intersection(json('{\"a\":1,\"b\":2}'), json('{\"a\":1,\"b\":3}'))", json!({ "a": 1 })),
        ("items(json('{\"b\":2,\"a\":1}'))", json!([{ "key": "a", "value": 1 }, { "key": "b", "value": 2 }])),
        ("objectKeys(json('{\"b\":2,\"a\":1}'))", json!(["a", "b"])),
        ("shallowMerge(createArray(createObject('a', 1), createObject('a', 2)))", json!({ "a": 2 })),
        ("tryGet(json('{\"a\":[{\"b\":1}]}'), 'a', 0, 'b')", json!(1)),
        ("tryGet(json('{}'), 'a', 'b')", json!(null)),
    ]);
    expect_faults(&["createObject('a')", "createObject('a', 1).b", "string('a').b", "union(1)"]);
}

#[test]
fn numbers_and_comparisons() {
    expect(&[
        ("add(2, 3)", json!(5)),
        ("sub(7, 3)", json!(4)),
        ("mul(5, 3)", json!(15)),
        ("div(8, 3)", json!(2)),
        ("mod(7, 3)", json!(1)),
        ("less(1, 2)", json!(true)),
        ("lessOrEquals('a', 'a')", json!(true)),
        ("greater('b', 'a')", json!(true)),
        ("greaterOrEquals(1, 2)", json!(false)),
        ("equals(createObject('a', 1), createObject('a', 1))", json!(true)),
        ("equals('a', 'A')", json!(false)),
    ]);
    expect_faults(&["div(1, 0)", "add(9223372036854775807, 1)", "less(1, 'a')", "add('1', 2)"]);
}

#[test]
fn only_what_decides_is_evaluated() {
    expect(&[
        ("if(true(), 1, div(1, 0))", json!(1)),
        ("if(false(), div(1, 0), 2)", json!(2)),
        ("and(false(), equals(div(1, 0), 1))", json!(false)),
        ("or(true(), equals(div(1, 0), 1))", json!(true)),
        ("and(true(), true(), false())", json!(false)),
        ("not(false())", json!(true)),
        ("xor(true(), false())", json!(true)),
        ("coalesce(null(), 'a', fail('b'))", json!("a")),
    ]);
    expect_faults(&["if('true', 1, 2)", "and(1)", "not('x')", "fail('stop')", "if(true())"]);
}

#[test]
fn prefixes_have_subnets_and_hosts() {
    expect(&[
        ("cidrSubnet('10.144.0.0/20', 24, 1)", json!("10.144.1.0/24")),
        ("cidrHost('10.144.3.0/24', 4)", json!("10.144.3.5")),
        ("parseCidr('10.144.0.0/20').lastUsable", json!("10.144.15.254")),
        ("parseCidr('10.144.0.0/20').netmask", json!("255.255.240.0")),
        ("parseCidr('10.144.0.0/20').firstUsable", json!("10.144.0.1")),
    ]);
    expect_faults(&[
        "parseCidr('10')",
        "cidrSubnet('10.0.0.0/24', 16, 0)",
        "cidrSubnet('10.0.0.0/24', 25, 2)",
        "cidrHost('10.0.0.0/30', 9)",
    ]);
}
