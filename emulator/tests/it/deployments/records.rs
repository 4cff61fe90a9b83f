//! Deployments as resources: read, listed, exported, deleted, canceled.

use aci_emulator::data::Data;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{deployment, identity, is_at_rest, of, succeeded, template};
use crate::support::app::{GROUPS, PROVIDERS, SUBSCRIPTION, TestApp};

fn plain() -> Value {
    template(json!([identity("id")]), json!({ "o": { "type": "string", "value": "told" } }))
}

#[tokio::test]
async fn a_deployment_is_listed_exported_and_deleted_while_its_resources_stay() {
    let app = TestApp::new().await;
    let path = deployment("one");
    assert_eq!(app.call(Method::HEAD, &path, None).await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.get(&path).await.code(), "DeploymentNotFound");
    succeeded(&app, "one", of(plain(), json!({}))).await;
    assert_eq!(app.call(Method::HEAD, &path, None).await.status, StatusCode::NO_CONTENT);
    let list = format!("{PROVIDERS}/Microsoft.Resources/deployments");
    for (query, count) in [("", 1), ("?$filter=provisioningState%20eq%20'Failed'", 0), ("?$top=0", 0)] {
        let found = app.get(&format!("{list}{query}")).await.json()["value"].as_array().unwrap().len();
        assert_eq!(found, count, "{query}");
    }
    assert_eq!(app.get(&format!("{list}?$filter=x")).await.code(), "InvalidFilterInQueryString");
    assert_eq!(app.post(&format!("{path}/exportTemplate")).await.json()["template"], plain());
    let operations = app.get(&format!("{path}/operations")).await.json();
    let bare = format!("{SUBSCRIPTION}/resourcegroups/rg/deployments/one/operations");
    assert_eq!(app.get(&bare).await.json(), operations);
    let id = operations["value"][0]["operationId"].as_str().unwrap();
    assert_eq!(app.get(&format!("{path}/operations/{id}")).await.json(), operations["value"][0]);
    assert_eq!(app.get(&format!("{path}/operations/none")).await.code(), "DeploymentOperationNotFound");
    assert_eq!(app.post(&format!("{path}/cancel")).await.code(), "DeploymentCannotBeCancelled");
    assert_eq!(app.delete(&path).await.status, StatusCode::NO_CONTENT);
    assert_eq!(app.get(&path).await.status, StatusCode::NOT_FOUND);
    let id = format!("{PROVIDERS}/Microsoft.ManagedIdentity/userAssignedIdentities/id");
    assert_eq!(app.get(&id).await.status, StatusCode::OK);
}

#[tokio::test]
async fn deployments_survive_a_restart_and_go_with_their_resource_group() {
    let data = Data::in_memory();
    let app = TestApp::over(&data).await;
    let group = format!("{SUBSCRIPTION}/resourceGroups/rg");
    app.put(&group, json!({ "location": "westus" })).await;
    let ended = succeeded(&app, "kept", of(plain(), json!({}))).await;
    let again = TestApp::over(&data).await;
    assert_eq!(again.get(&deployment("kept")).await.json(), ended);
    again.delete(&group).await;
    again.get_until(&group, |group| group["error"]["code"] == "ResourceGroupNotFound").await;
    again.put(&group, json!({ "location": "westus" })).await;
    assert_eq!(again.get(&deployment("kept")).await.code(), "DeploymentNotFound");
}

#[tokio::test]
async fn a_deployment_under_way_keeps_its_name_until_it_is_canceled() {
    let app = TestApp::new().await;
    app.sim.set_pull_time(jiff::SignedDuration::from_secs(600));
    let mut container = crate::support::app::group();
    container["type"] = json!("Microsoft.ContainerInstance/containerGroups");
    container["apiVersion"] = json!("2023-05-01");
    container["name"] = json!("slow");
    let body = of(template(json!([container]), json!({})), json!({}));
    assert_eq!(app.put(&deployment("slow"), body.clone()).await.status, StatusCode::CREATED);
    app.get_until(&format!("{GROUPS}/slow"), |it| it["name"] == "slow").await;
    assert_eq!(app.put(&deployment("slow"), body).await.code(), "DeploymentActive");
    assert_eq!(app.delete(&deployment("slow")).await.code(), "DeploymentActive");
    assert_eq!(app.post(&format!("{}/cancel", deployment("slow"))).await.status, StatusCode::NO_CONTENT);
    let ended = app.get_until(&deployment("slow"), is_at_rest).await;
    assert_eq!(ended["properties"]["provisioningState"], "Canceled");
    assert_eq!(ended["properties"]["error"]["code"], "DeploymentCanceled");
}
