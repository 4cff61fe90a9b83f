//! Templates inside templates, and outputs.

use aci_emulator::template::outputs::outputs;
use serde_json::{Value, json};

use super::{frame_of, planned, template};

fn nested(properties: Value) -> Result<Value, String> {
    let resource = json!({
        "type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "inner",
        "resourceGroup": "other", "properties": properties,
    });
    let (frame, plan) = planned(json!({
        "parameters": { "p": { "type": "string", "defaultValue": "outer" } },
        "variables": { "v": "[concat(parameters('p'), '!')]" },
        "resources": [resource],
    }))
    .unwrap();
    assert!(plan.resources[0].id.contains("/resourceGroups/other/"));
    plan.resources[0].body(&frame).map(|mut body| body["properties"].take()).map_err(|it| it.to_string())
}

#[test]
fn of_the_inner_scope_the_template_is_left_as_it_is() {
    let template = json!({ "outputs": { "o": { "type": "string", "value": "[parameters('q')]" } } });
    let given = json!({ "q": { "value": "[variables('v')]" } });
    let sent = nested(json!({
        "expressionEvaluationOptions": { "scope": "Inner" }, "template": template, "parameters": given,
    }));
    let sent = sent.unwrap();
    assert_eq!((&sent["template"], &sent["parameters"]["q"]["value"]), (&template, &json!("outer!")));
}

#[test]
fn of_the_outer_scope_what_is_known_is_filled_in() {
    let sent =
        nested(json!({ "template": { "resources": [{ "name": "[variables('v')]", "tag": "[[kept]" }] } }))
            .unwrap();
    assert_eq!(sent["template"]["resources"], json!([{ "name": "outer!", "tag": "[[kept]" }]));
    assert_eq!(sent["parameters"], Value::Null);
}

#[test]
fn what_the_outer_scope_does_not_know_yet_gets_its_names_lent() {
    let value = "[concat(parameters('p'), reference('/x', '2020-01-01').y)]";
    let sent = nested(json!({ "template": { "outputs": { "o": { "value": value } } } })).unwrap();
    assert_eq!(sent["template"]["outputs"]["o"]["value"], value);
    assert_eq!(sent["parameters"]["p"]["value"], "outer");
    assert_eq!(sent["template"]["variables"]["v"], "[concat(parameters('p'), '!')]");
}

#[test]
fn a_template_elsewhere_is_refused() {
    assert!(nested(json!({ "templateLink": { "uri": "x" } })).unwrap_err().contains("Linked templates"));
}

#[test]
fn outputs_have_types_conditions_and_loops() {
    let parts = json!({ "outputs": {
        "one": { "type": "string", "value": "[toUpper('a')]" },
        "none": { "condition": false, "type": "string", "value": "[fail('x')]" },
        "many": { "type": "array", "copy": { "count": 2, "input": "[copyIndex()]" } },
    } });
    let frame = frame_of(parts.clone(), json!({})).unwrap();
    let told: Vec<_> =
        outputs(&frame, &template(parts)).unwrap().into_iter().map(|it| (it.name, it.value)).collect();
    assert_eq!(told, [("one".to_owned(), json!("A")), ("many".to_owned(), json!([0, 1]))]);
    let wrong = json!({ "outputs": { "o": { "type": "int", "value": "a" } } });
    let frame = frame_of(wrong.clone(), json!({})).unwrap();
    let refusal = outputs(&frame, &template(wrong)).unwrap_err().to_string();
    assert!(
        refusal.contains("Template output JToken type is not valid. Expected 'Int'. Actual 'String'."),
        "{refusal}"
    );
}
