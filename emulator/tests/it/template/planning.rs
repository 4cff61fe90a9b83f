//! Resources of declarations, and their order.

use aci_emulator::template::dependencies;
use aci_emulator::template::fault::Fault;
use serde_json::{Value, json};

use super::{GROUP, planned};

fn resource(name: &str) -> Value {
    json!({ "type": "Microsoft.A/b", "apiVersion": "2020-01-01", "name": name })
}

fn with(name: &str, parts: Value) -> Value {
    let mut resource = resource(name);
    resource.as_object_mut().unwrap().extend(parts.as_object().unwrap().clone());
    resource
}

fn order(resources: Value) -> Result<Vec<Vec<usize>>, Fault> {
    let (frame, plan) = planned(json!({ "resources": resources }))?;
    dependencies::find(&frame, &plan)
}

fn ids(parts: Value) -> Vec<String> {
    let (_, plan) = planned(parts).unwrap();
    plan.resources.into_iter().map(|resource| resource.id.replacen(GROUP, "", 1)).collect()
}

#[test]
fn loops_children_and_conditions_become_resources() {
    let child = json!({ "type": "c", "apiVersion": "2020-01-01", "name": "child" });
    let resources = json!([
        with(
            "[concat('w', copyIndex(1))]",
            json!({ "copy": { "name": "webs", "count": 2 }, "resources": [child] })
        ),
        with("no", json!({ "condition": "[equals(1, 2)]" })),
        with("yes", json!({ "condition": true, "scope": "Microsoft.A/b/w1" })),
    ]);
    let expected = ["b/w1", "b/w1/c/child", "b/w2", "b/w2/c/child", "b/w1/providers/Microsoft.A/b/yes"];
    assert_eq!(
        ids(json!({ "resources": resources })),
        expected.map(|id| format!("/providers/Microsoft.A/{id}"))
    );
}

#[test]
fn resources_can_have_symbolic_names() {
    let resources = json!({
        "one": resource("first"),
        "two": with("second", json!({ "dependsOn": ["one"], "properties": { "id": "[resourceInfo('one').id]" } })),
        "three": with("third", json!({ "properties": { "x": "[reference('two').x]" } })),
    });
    let (frame, plan) = planned(json!({ "languageVersion": "2.0", "resources": resources })).unwrap();
    assert_eq!(dependencies::find(&frame, &plan).unwrap(), [vec![], vec![0], vec![1]]);
    let body = plan.resources[1].body(&frame).unwrap();
    assert_eq!(body, json!({ "properties": { "id": format!("{GROUP}/providers/Microsoft.A/b/first") } }));
}

#[test]
fn a_resource_waits_for_what_it_names_in_any_form() {
    for name in
        ["a", "Microsoft.A/b/a", "[resourceId('Microsoft.A/b', 'a')]", "[concat('microsoft.a/B/', 'a')]"]
    {
        let order = order(json!([resource("a"), with("z", json!({ "dependsOn": [name] }))]));
        assert_eq!(order.unwrap(), [vec![], vec![0]], "{name}");
    }
    let copied = with("[concat('l', copyIndex())]", json!({ "copy": { "name": "all", "count": 2 } }));
    assert_eq!(order(json!([copied, with("z", json!({ "dependsOn": ["all"] }))])).unwrap()[2], [0, 1]);
    let asks = with(
        "z",
        json!({ "properties": { "v": "[concat('x', reference(resourceId('Microsoft.A/b', 'a')).v)]" } }),
    );
    assert_eq!(order(json!([asks, resource("a")])).unwrap(), [vec![1], vec![]]);
}

#[test]
fn a_serial_loop_goes_in_batches() {
    let copy = json!({ "copy": { "name": "l", "count": 4, "mode": "serial", "batchSize": 2 } });
    let order = order(json!([with("[string(copyIndex())]", copy)])).unwrap();
    assert_eq!(order, [vec![], vec![], vec![0, 1], vec![0, 1]]);
}

#[test]
fn plans_that_cannot_be_are_refused() {
    let cases = [
        (
            json!([with("a", json!({ "dependsOn": ["b"] }))]),
            "The resource 'b' is not defined in the template.",
        ),
        (
            json!([with("a", json!({ "dependsOn": ["b"] })), with("b", json!({ "dependsOn": ["a"] }))]),
            "Circular dependency detected on resource",
        ),
        (json!([resource("a"), resource("A")]), "is defined multiple times in a template"),
        (json!([resource("a/b")]), "has incorrect segment lengths"),
        (json!([{ "type": "Microsoft.A/b", "name": "a" }]), "required property 'apiVersion' is missing"),
        (
            json!([with("a", json!({ "copy": { "name": "l", "count": 801 } }))]),
            "is not an integer from 0 to 800",
        ),
        (json!([with("a", json!({ "condition": "maybe" }))]), "is not a boolean"),
    ];
    for (resources, words) in cases {
        let refusal = order(resources).unwrap_err().to_string();
        assert!(refusal.contains(words), "{refusal}");
    }
    assert_eq!(
        order(json!([with("a", json!({ "dependsOn": ["n"] })), with("n", json!({ "condition": false }))]))
            .unwrap(),
        [Vec::<usize>::new()]
    );
}
