//! Texts, their encodings and formats; examples of the documentation where it has some.

use serde_json::json;

use super::{expect, expect_faults};

#[test]
fn texts_are_cut_joined_and_compared() {
    expect(&[
        ("concat('a', 1, true())", json!("a1True")),
        ("toLower('AbC')", json!("abc")),
        ("toUpper('AbC')", json!("ABC")),
        ("trim('  a ')", json!("a")),
        ("replace('123-123', '-', '')", json!("123123")),
        ("replace('abc', '', 'x')", json!("abc")),
        ("substring('one two three', 4, 3)", json!("two")),
        ("substring('abc', 1)", json!("bc")),
        ("padLeft(123, 10, '0')", json!("0000000123")),
        ("padLeft('long', 2)", json!("long")),
        ("split('one;two,three', createArray(',', ';'))", json!(["one", "two", "three"])),
        ("split('a,b', ',')", json!(["a", "b"])),
        ("join(createArray('a', 1), '-')", json!("a-1")),
        ("startsWith('Container', 'CONT')", json!(true)),
        ("endsWith('Container', 'ner')", json!(true)),
        ("indexOf('Test', 't')", json!(0)),
        ("lastIndexOf('Test', 't')", json!(3)),
        ("indexOf('abcdef', 'z')", json!(-1)),
        ("first('One')", json!("O")),
        ("last('One')", json!("e")),
        ("skip('one two', 4)", json!("two")),
        ("take('one two', 3)", json!("one")),
        ("length('One Two Three')", json!(13)),
        ("empty('')", json!(true)),
        ("contains('OneTwo', 'Two')", json!(true)),
    ]);
    expect_faults(&[
        "substring('abc', 2, 5)",
        "padLeft('a', 3, 'xy')",
        "toLower(1)",
        "toLower()",
        "split('a', 1)",
    ]);
}

#[test]
fn formats_are_those_of_dotnet() {
    expect(&[
        ("format('{0}, {1}. {2:N0}', 'Hello', 'User', 8175133)", json!("Hello, User. 8,175,133")),
        ("format('{0:D3}|{0:X4}|{0:000}', 42)", json!("042|002A|042")),
        ("format('{{{0,5}|{0,-3}|}}', 'ab')", json!("{   ab|ab |}")),
        ("format('{0:F1} {0:N}', 1234)", json!("1234.0 1,234.00")),
    ]);
    expect_faults(&["format('{1}', 'a')", "format('{0')", "format('{x}', 1)", "format('{0:Q}', 1)"]);
}

#[test]
fn encodings_go_there_and_back() {
    expect(&[
        ("base64('one, two, three')", json!("b25lLCB0d28sIHRocmVl")),
        ("base64ToString('b25lLCB0d28sIHRocmVl')", json!("one, two, three")),
        ("base64ToJson(base64('{\"a\":1}')).a", json!(1)),
        ("dataUri('Hello')", json!("data:text/plain;charset=utf8;base64,SGVsbG8=")),
        ("dataUriToString('data:;base64,SGVsbG8sIFdvcmxkIQ==')", json!("Hello, World!")),
        ("uriComponent('http://contoso.com/a b.json')", json!("http%3A%2F%2Fcontoso.com%2Fa%20b.json")),
        ("uriComponentToString(uriComponent('a/é'))", json!("a/é")),
        ("uri('http://contoso.org/firstpath', 'myscript.sh')", json!("http://contoso.org/myscript.sh")),
        (
            "uri('http://contoso.org/firstpath/', 'myscript.sh')",
            json!("http://contoso.org/firstpath/myscript.sh"),
        ),
        ("uri('http://contoso.org', 'a')", json!("http://contoso.org/a")),
        ("uri('http://contoso.org/x/y', '/a')", json!("http://contoso.org/a")),
    ]);
    expect_faults(&["base64ToString('?')", "uri('nowhere', 'a')", "base64ToJson(base64('{'))"]);
}

#[test]
fn ids_follow_from_their_parts() {
    expect(&[
        ("uniqueString('tyeth')", json!("zcztcwvu6iyg6")),
        ("uniqueString('hello', 'world')", json!("a7wkljktk6wne")),
        ("equals(guid('a', 'b'), guid('a-b'))", json!(true)),
        ("length(guid('a'))", json!(36)),
        ("equals(newGuid(), newGuid())", json!(false)),
    ]);
}
