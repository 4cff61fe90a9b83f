//! Lambdas and the functions that take one.

use serde_json::json;

use super::{expect, expect_faults};

#[test]
fn lambdas_are_applied() {
    expect(&[
        ("map(range(0, 3), lambda('i', mul(lambdaVariables('i'), 2)))", json!([0, 2, 4])),
        (
            "map(createArray('a', 'b'), lambda('it', 'n', format('{0}{1}', lambdaVariables('n'), lambdaVariables('it'))))",
            json!(["0a", "1b"]),
        ),
        ("filter(range(0, 5), lambda('i', greater(lambdaVariables('i'), 2)))", json!([3, 4])),
        (
            "reduce(range(1, 4), 0, lambda('sum', 'i', add(lambdaVariables('sum'), lambdaVariables('i'))))",
            json!(10),
        ),
        (
            "sort(createArray(3, 1, 2), lambda('a', 'b', less(lambdaVariables('a'), lambdaVariables('b'))))",
            json!([1, 2, 3]),
        ),
        (
            "sort(createArray(3, 1, 2), lambda('a', 'b', lessOrEquals(lambdaVariables('a'), lambdaVariables('b'))))",
            json!([1, 2, 3]),
        ),
        (
            "toObject(createArray('a', 'b'), lambda('x', lambdaVariables('x')), lambda('x', toUpper(lambdaVariables('x'))))",
            json!({ "a": "A", "b": "B" }),
        ),
        (
            "groupBy(createArray('aa', 'ab', 'b'), lambda('x', first(lambdaVariables('x'))))",
            json!({ "a": ["aa", "ab"], "b": ["b"] }),
        ),
        ("mapValues(createObject('a', 1), lambda('v', add(lambdaVariables('v'), 1)))", json!({ "a": 2 })),
    ]);
}

#[test]
fn an_inner_lambda_sees_the_outer_ones_variables() {
    let nested = "map(range(1, 2), lambda('a', map(range(1, 2), lambda('b', mul(lambdaVariables('a'), lambdaVariables('b'))))))";
    expect(&[(nested, json!([[1, 2], [2, 4]]))]);
    expect_faults(&["lambdaVariables('x')", "map(range(0, 1), 1)", "map(1, lambda('x', 1))"]);
}
