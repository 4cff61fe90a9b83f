//! Parameters, variables and functions of a template.

use aci_emulator::template::kinds::Kind;
use serde_json::{Value, json};

use super::{frame_of, in_frame};

fn refusal(parameters: Value, given: Value) -> String {
    let bound = frame_of(json!({ "parameters": parameters }), given).map(|_| ());
    bound.unwrap_err().to_string()
}

#[test]
fn parameters_are_given_or_have_a_default_that_may_use_others() {
    let parts = json!({ "parameters": {
        "name": { "type": "string", "defaultValue": "[concat(parameters('prefix'), '-web')]" },
        "prefix": { "type": "String" },
        "count": { "type": "int", "defaultValue": 2 },
        "password": { "type": "secureString" },
        "maybe": { "type": "object", "nullable": true },
    } });
    let given =
        json!({ "PREFIX": { "value": "p" }, "count": { "value": "7" }, "password": { "value": "s3cret" } });
    let frame = frame_of(parts, given).unwrap();
    assert_eq!(in_frame(&frame, "[parameters('Name')]"), Ok(json!("p-web")));
    assert_eq!(in_frame(&frame, "[parameters('count')]"), Ok(json!(7)));
    assert_eq!(in_frame(&frame, "[parameters('maybe')]"), Ok(Value::Null));
    let secure: Vec<_> =
        frame.shown.iter().filter(|it| it.kind.is_secure()).map(|it| (it.name.as_str(), it.kind)).collect();
    assert_eq!(secure, [("password", Kind::SecureText)]);
}

#[test]
fn what_does_not_fit_its_declaration_is_refused() {
    let cases = [
        (
            json!({ "a": { "type": "string" } }),
            json!({}),
            "The value for the template parameter 'a' is not provided.",
        ),
        (
            json!({ "a": { "type": "string" } }),
            json!({ "b": { "value": 1 } }),
            "The template parameters 'b' in the parameters file are not valid",
        ),
        (
            json!({ "a": { "type": "string" } }),
            json!({ "a": { "value": 1 } }),
            "Expected 'String, Uri'. Actual 'Integer'.",
        ),
        (
            json!({ "a": { "type": "number" } }),
            json!({ "a": { "value": 1 } }),
            "its type 'number' is not one of",
        ),
        (
            json!({ "a": { "type": "string", "allowedValues": ["A", "B"] } }),
            json!({ "a": { "value": "c" } }),
            "The value 'c' is not part of the allowed value(s): 'A,B'.",
        ),
        (
            json!({ "a": { "type": "string", "minLength": 3 } }),
            json!({ "a": { "value": "x" } }),
            "Length of the value should be greater than or equal to '3'",
        ),
        (
            json!({ "a": { "type": "int", "maxValue": 3 } }),
            json!({ "a": { "value": 4 } }),
            "The value should be less than or equal to '3'",
        ),
        (
            json!({ "a": { "type": "string", "defaultValue": "[parameters('a')]" } }),
            json!({}),
            "Circular dependency",
        ),
        (
            json!({ "a": { "type": "string", "defaultValue": "[reference('/x', '1').a]" } }),
            json!({}),
            "is not expected at this location",
        ),
        (
            json!({ "a": { "type": "string" } }),
            json!({ "a": { "reference": {} } }),
            "there are no key vaults here",
        ),
    ];
    for (parameters, given, words) in cases {
        let refusal = refusal(parameters, given);
        assert!(refusal.contains(words), "{refusal}");
    }
}

#[test]
fn types_can_be_named_and_referred_to() {
    let parts = json!({
        "definitions": { "short": { "type": "string", "maxLength": 2 } },
        "parameters": { "a": { "$ref": "#/definitions/short" } },
    });
    assert!(frame_of(parts.clone(), json!({ "a": { "value": "ok" } })).is_ok());
    assert!(frame_of(parts, json!({ "a": { "value": "long" } })).is_err());
}

#[test]
fn variables_use_each_other_and_repeat() {
    let parts = json!({ "variables": {
        "all": "[concat(variables('names'), createArray('x'))]",
        "copy": [{ "name": "names", "count": 2, "input": "[format('n{0}', copyIndex('names', 1))]" }],
        "object": { "copy": [{ "name": "disks", "count": 2, "input": { "lun": "[copyIndex('disks')]" } }], "[toUpper('k')]": 1 },
        "a": "[variables('b')]",
        "b": "[variables('a')]",
    } });
    let frame = frame_of(parts, json!({})).unwrap();
    assert_eq!(in_frame(&frame, "[variables('all')]"), Ok(json!(["n1", "n2", "x"])));
    assert_eq!(
        in_frame(&frame, "[variables('object')]"),
        Ok(json!({ "disks": [{ "lun": 0 }, { "lun": 1 }], "K": 1 }))
    );
    for text in ["[variables('a')]", "[variables('none')]", "[copyIndex()]"] {
        assert!(in_frame(&frame, text).is_err(), "{text}");
    }
}

#[test]
fn a_users_function_sees_its_own_parameters_alone() {
    let function = |value: &str| {
        json!({ "parameters": { "p": { "type": "string", "defaultValue": "outer" } }, "functions": [{
            "namespace": "my",
            "members": { "f": { "parameters": [{ "name": "x", "type": "string" }], "output": { "type": "string", "value": value } } },
        }] })
    };
    let frame = frame_of(function("[toUpper(parameters('x'))]"), json!({})).unwrap();
    assert_eq!(in_frame(&frame, "[my.f('a')]"), Ok(json!("A")));
    assert!(in_frame(&frame, "[my.f()]").is_err());
    let frame = frame_of(function("[parameters('p')]"), json!({})).unwrap();
    assert!(in_frame(&frame, "[my.f('a')]").is_err());
}
