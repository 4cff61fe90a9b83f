//! Deployments of templates, over HTTP.

use axum::body::Body;
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use crate::support::app::{Answer, PROVIDERS, SUBSCRIPTION, TestApp};

mod failures;
mod nested;
mod quickstarts;
mod records;
mod what_if;

const TEMPLATE: &str = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";

pub(crate) fn deployment(name: &str) -> String {
    format!("{PROVIDERS}/Microsoft.Resources/deployments/{name}")
}

fn quickstart(name: &str) -> Value {
    let path = format!("{}/tests/it/data/deployments/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A body that deploys a template with parameters.
fn of(template: Value, parameters: Value) -> Value {
    json!({ "properties": { "mode": "Incremental", "template": template, "parameters": parameters } })
}

/// A template of resources, with outputs where there are some.
fn template(resources: Value, outputs: Value) -> Value {
    json!({ "$schema": TEMPLATE, "contentVersion": "1.0.0.0", "resources": resources, "outputs": outputs })
}

/// An identity, the simplest resource that there is.
fn identity(name: &str) -> Value {
    json!({
        "type": "Microsoft.ManagedIdentity/userAssignedIdentities",
        "apiVersion": "2023-01-31",
        "name": name,
        "location": "westus",
    })
}

fn with(mut resource: Value, parts: Value) -> Value {
    resource.as_object_mut().unwrap().extend(parts.as_object().unwrap().clone());
    resource
}

fn is_at_rest(body: &Value) -> bool {
    ["Succeeded", "Failed", "Canceled"]
        .contains(&body["properties"]["provisioningState"].as_str().unwrap_or_default())
}

/// Deploys and gives the deployment as it is when it has ended.
async fn deployed(app: &TestApp, name: &str, body: Value) -> Value {
    let answer = app.put(&deployment(name), body).await;
    assert!(answer.status.is_success(), "{}", answer.text);
    app.get_until(&deployment(name), is_at_rest).await
}

/// As `deployed`, and it has succeeded.
async fn succeeded(app: &TestApp, name: &str, body: Value) -> Value {
    let ended = deployed(app, name, body).await;
    assert_eq!(ended["properties"]["provisioningState"], "Succeeded", "{ended:#}");
    ended
}

async fn follow(app: &TestApp, answer: &Answer, header: &str) -> Answer {
    let url = answer.header(header).to_owned();
    let request = Request::builder().method(Method::GET).uri(url).header("authorization", "Bearer fake");
    app.send(request.header("host", "arm.test").body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_deployment_of_the_subscription_makes_resource_groups_and_deploys_to_them() {
    let app = TestApp::bare().await;
    let inner = json!({
        "type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "inner",
        "resourceGroup": "made", "dependsOn": ["[subscriptionResourceId('Microsoft.Resources/resourceGroups', 'made')]"],
        "properties": {
            "mode": "Incremental", "expressionEvaluationOptions": { "scope": "inner" },
            "template": template(json!([with(identity("id"), json!({ "location": "[resourceGroup().location]" }))]), json!({})),
        },
    });
    let group = json!({
        "type": "Microsoft.Resources/resourceGroups", "apiVersion": "2021-04-01", "name": "made", "location": "[deployment().location]",
    });
    let path = format!("{SUBSCRIPTION}/providers/Microsoft.Resources/deployments/all");
    let body =
        with(of(template(json!([inner, group]), json!({})), json!({})), json!({ "location": "eastus" }));
    assert_eq!(
        app.put(&path, of(template(json!([]), json!({})), json!({}))).await.code(),
        "LocationRequired"
    );
    assert_eq!(app.put(&path, body).await.status, StatusCode::CREATED);
    let ended = app.get_until(&path, is_at_rest).await;
    assert_eq!(ended["properties"]["provisioningState"], "Succeeded", "{ended:#}");
    let id = format!(
        "{SUBSCRIPTION}/resourceGroups/made/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id"
    );
    assert_eq!(app.get(&id).await.json()["location"], "eastus");
    let list = app.get(&format!("{SUBSCRIPTION}/providers/Microsoft.Resources/deployments")).await.json();
    assert_eq!(
        (list["value"].as_array().unwrap().len(), &list["value"][0]["location"]),
        (1, &json!("eastus"))
    );
}
