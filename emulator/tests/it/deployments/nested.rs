//! Deployments inside deployments, existing resources, and both modes.

use serde_json::{Value, json};

use super::{deployed, deployment, identity, of, succeeded, template, with};
use crate::support::app::{PROVIDERS, TestApp};

fn inner(name: &str, properties: Value) -> Value {
    json!({
        "type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": name,
        "properties": with(json!({ "mode": "Incremental" }), properties),
    })
}

#[tokio::test]
async fn a_module_gets_parameters_and_its_outputs_are_read() {
    let app = TestApp::new().await;
    let module = json!({
        "$schema": super::TEMPLATE, "contentVersion": "1.0.0.0",
        "parameters": { "name": { "type": "string" } },
        "resources": [identity("[parameters('name')]")],
        "outputs": { "client": { "type": "string", "value": "[reference(parameters('name')).clientId]" } },
    });
    let module = inner(
        "module",
        json!({
            "expressionEvaluationOptions": { "scope": "inner" }, "template": module, "parameters": { "name": { "value": "[toLower('ID')]" } },
        }),
    );
    let value = "[reference(resourceId('Microsoft.Resources/deployments', 'module'), '2022-09-01').outputs.client.value]";
    let outputs = json!({ "client": { "type": "string", "value": value } });
    let ended = succeeded(&app, "outer", of(template(json!([module]), outputs), json!({}))).await;
    let id =
        app.get(&format!("{PROVIDERS}/Microsoft.ManagedIdentity/userAssignedIdentities/id")).await.json();
    assert_eq!(ended["properties"]["outputs"]["client"]["value"], id["properties"]["clientId"]);
    assert_eq!(app.get(&deployment("module")).await.json()["properties"]["provisioningState"], "Succeeded");
}

#[tokio::test]
async fn of_the_outer_scope_a_template_uses_the_outer_names() {
    let app = TestApp::new().await;
    let value = "[concat(variables('name'), reference(variables('name'), '2023-01-31').tenantId)]";
    let nested = template(
        json!([identity("[variables('name')]")]),
        json!({ "o": { "type": "string", "value": value } }),
    );
    let outer = json!({
        "$schema": super::TEMPLATE, "contentVersion": "1.0.0.0", "variables": { "name": "outer" },
        "resources": [inner("nested", json!({ "template": nested }))],
    });
    succeeded(&app, "outer", of(outer, json!({}))).await;
    let told = app.get(&deployment("nested")).await.json()["properties"]["outputs"]["o"]["value"].clone();
    assert!(told.as_str().unwrap().starts_with("outer"), "{told}");
}

#[tokio::test]
async fn what_is_wrong_inside_is_told_from_outside() {
    let app = TestApp::new().await;
    let bad = template(json!([with(identity("x"), json!({ "dependsOn": ["nobody"] }))]), json!({}));
    let body = of(template(json!([inner("nested", json!({ "template": bad }))]), json!({})), json!({}));
    let refused = app.put(&deployment("outer"), body).await;
    assert_eq!(refused.code(), "InvalidTemplateDeployment");
    assert_eq!(refused.json()["error"]["details"][0]["code"], "InvalidTemplate");
    let fails = template(json!([with(identity("x"), json!({ "location": "nowhere" }))]), json!({}));
    let ended = deployed(
        &app,
        "outer",
        of(template(json!([inner("nested", json!({ "template": fails }))]), json!({})), json!({})),
    )
    .await;
    let detail = &ended["properties"]["error"]["details"][0];
    assert_eq!(detail["code"], "ResourceDeploymentFailure");
    assert_eq!(
        detail["details"][0]["details"][0]["code"], "LocationNotAvailableForResourceType",
        "{ended:#}"
    );
}

#[tokio::test]
async fn bicep_names_resources_by_symbols_and_reads_those_that_exist() {
    let app = TestApp::new().await;
    succeeded(&app, "first", of(template(json!([identity("there")]), json!({})), json!({}))).await;
    let bicep = |name: &str| {
        json!({
            "$schema": super::TEMPLATE, "contentVersion": "1.0.0.0", "languageVersion": "2.0",
            "resources": {
                "there": { "existing": true, "type": "Microsoft.ManagedIdentity/userAssignedIdentities", "apiVersion": "2023-01-31", "name": name },
                "here": with(identity("here"), json!({ "tags": { "other": "[reference('there').principalId]" }, "dependsOn": ["there"] })),
                "role": {
                    "type": "Microsoft.Authorization/roleAssignments", "apiVersion": "2022-04-01",
                    "scope": "[format('Microsoft.ManagedIdentity/userAssignedIdentities/{0}', 'here')]", "name": "[guid('here')]",
                    "properties": {
                        "roleDefinitionId": "[subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'acdd72a7-3385-48ef-bd42-f606fba81ae7')]",
                        "principalId": "[reference('there').principalId]", "principalType": "ServicePrincipal",
                    },
                    "dependsOn": ["here"],
                },
            },
            "outputs": { "id": { "type": "string", "value": "[resourceInfo('here').id]" } },
        })
    };
    let ended = succeeded(&app, "bicep", of(bicep("there"), json!({}))).await;
    let path = format!("{PROVIDERS}/Microsoft.ManagedIdentity/userAssignedIdentities");
    assert_eq!(ended["properties"]["outputs"]["id"]["value"], format!("{path}/here"));
    let there = app.get(&format!("{path}/there")).await.json();
    assert_eq!(
        app.get(&format!("{path}/here")).await.json()["tags"]["other"],
        there["properties"]["principalId"]
    );
    let ended = deployed(&app, "bicep", of(bicep("nowhere"), json!({}))).await;
    assert_eq!(ended["properties"]["error"]["details"][0]["code"], "ResourceNotFound");
}

#[tokio::test]
async fn the_complete_mode_takes_away_what_the_template_does_not_have() {
    let app = TestApp::new().await;
    succeeded(&app, "first", of(template(json!([identity("a"), identity("b")]), json!({})), json!({}))).await;
    let mut body = of(template(json!([identity("b"), identity("c")]), json!({})), json!({}));
    succeeded(&app, "second", body.clone()).await;
    assert_eq!(names(&app).await, ["a", "b", "c"]);
    body["properties"]["mode"] = json!("Complete");
    succeeded(&app, "third", body).await;
    assert_eq!(names(&app).await, ["b", "c"]);
}

async fn names(app: &TestApp) -> Vec<String> {
    let list = app.get(&format!("{PROVIDERS}/Microsoft.ManagedIdentity/userAssignedIdentities")).await.json();
    list["value"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect()
}
