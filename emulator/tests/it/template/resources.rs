//! Resource ids and what is asked of resources.

use aci_emulator::template::fault::{Interrupt, Need};
use serde_json::{Value, json};

use super::{GROUP, evaluated, expect, expect_faults, frame_of, in_frame};

#[test]
fn ids_are_made_for_every_scope() {
    expect(&[
        (
            "resourceId('Microsoft.Network/virtualNetworks', 'v')",
            json!(format!("{GROUP}/providers/Microsoft.Network/virtualNetworks/v")),
        ),
        (
            "resourceId('Microsoft.Network/virtualNetworks/subnets', 'v', 's')",
            json!(format!("{GROUP}/providers/Microsoft.Network/virtualNetworks/v/subnets/s")),
        ),
        (
            "resourceId('other', 'Microsoft.A/b', 'c')",
            json!(
                "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/other/providers/Microsoft.A/b/c"
            ),
        ),
        (
            "resourceId('sub', 'other', 'Microsoft.A/b', 'c')",
            json!("/subscriptions/sub/resourceGroups/other/providers/Microsoft.A/b/c"),
        ),
        (
            "subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'x')",
            json!(
                "/subscriptions/11111111-2222-3333-4444-555555555555/providers/Microsoft.Authorization/roleDefinitions/x"
            ),
        ),
        ("tenantResourceId('Microsoft.A/b', 'c')", json!("/providers/Microsoft.A/b/c")),
        (
            "extensionResourceId('/subscriptions/s', 'Microsoft.A/b', 'c')",
            json!("/subscriptions/s/providers/Microsoft.A/b/c"),
        ),
        (
            "subscriptionResourceId('Microsoft.Resources/resourceGroups', 'x')",
            json!("/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/x"),
        ),
        ("resourceGroup().location", json!("westus")),
        ("subscription().subscriptionId", json!("11111111-2222-3333-4444-555555555555")),
        ("deployment().name", json!("d")),
        ("environment().name", json!("AzureCloud")),
        ("tenant().tenantId", json!("t")),
    ]);
    expect_faults(&[
        "resourceId('Microsoft.A/b')",
        "resourceId('Microsoft.A/b', 'c', 'd')",
        "resourceId('a', 'b')",
    ]);
}

#[test]
fn what_only_a_deployment_knows_is_asked_for_and_then_told() {
    let expression = "[reference('/x', '2020-01-01').state]";
    let mut frame = frame_of(json!({}), json!({})).unwrap();
    let Err(Interrupt::Need(need)) = in_frame(&frame, expression) else { panic!() };
    let expected =
        Need { id: "/x".to_owned(), api_version: "2020-01-01".to_owned(), action: None, body: Value::Null };
    assert_eq!(*need, expected);
    frame.place.answers.push((*need, json!({ "location": "l", "properties": { "state": "up" } })));
    assert_eq!(in_frame(&frame, expression), Ok(json!("up")));
    assert_eq!(in_frame(&frame, "[reference('/x', '2020-01-01', 'Full').location]"), Ok(json!("l")));
}

#[test]
fn a_list_is_an_action_with_a_body() {
    let Err(Interrupt::Need(need)) =
        evaluated("listKeys('/a', '2023-05-01', createObject('k', 1)).keys[0].value")
    else {
        panic!()
    };
    assert_eq!((need.action.as_deref(), need.body), (Some("listKeys"), json!({ "k": 1 })));
    expect_faults(&["reference('nobody')", "reference('/x')", "listKeys('/a')"]);
}
