//! Subscriptions, resource groups, providers and the emulator's own endpoints.

use aci_emulator::data::Data;
use aci_emulator::resource_groups::{ResourceGroup, ResourceGroupState};
use http::{Method, StatusCode};
use insta::assert_json_snapshot;
use serde_json::json;

use crate::support::app::{GROUPS, SUBSCRIPTION, TestApp, group as group_body};

#[tokio::test]
async fn any_subscription_with_the_shape_of_an_id_exists() {
    let app = TestApp::bare().await;
    assert_eq!(app.get(SUBSCRIPTION).await.json()["state"], "Enabled");
    let malformed = app.get("/subscriptions/mine").await;
    assert_eq!(
        (malformed.status, malformed.code().as_str()),
        (StatusCode::BAD_REQUEST, "InvalidSubscriptionId")
    );
    assert_eq!(
        app.get("/subscriptions").await.json()["value"][0]["subscriptionId"],
        "00000000-0000-0000-0000-000000000000"
    );
    assert_eq!(app.get("/tenants").await.json()["value"][0]["tenantCategory"], "Home");
}

#[tokio::test]
async fn a_resource_group_is_made_changed_and_listed() {
    let app = TestApp::bare().await;
    let path = format!("{SUBSCRIPTION}/resourceGroups/Mine");
    assert_eq!(app.call(Method::HEAD, &path, None).await.status, StatusCode::NOT_FOUND);
    let created = app.put(&path, json!({ "location": "West US", "tags": { "a": "1" } })).await;
    assert_eq!(created.status, StatusCode::CREATED);
    insta::assert_snapshot!(created.text, @r#"{"id":"/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/Mine","name":"Mine","type":"Microsoft.Resources/resourceGroups","location":"West US","tags":{"a":"1"},"properties":{"provisioningState":"Succeeded"}}"#);
    assert_eq!(app.call(Method::HEAD, &path, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(app.put(&path, json!({ "location": "westus" })).await.status, StatusCode::OK);
    let moved = app.put(&path, json!({ "location": "eastus" })).await;
    assert_eq!((moved.status, moved.code().as_str()), (StatusCode::CONFLICT, "InvalidResourceGroupLocation"));
    let patched = app.call(Method::PATCH, &path.to_lowercase(), Some(json!({ "tags": { "b": "2" } }))).await;
    assert_eq!(patched.json()["tags"], json!({ "b": "2" }));
    let list = app.get(&format!("{SUBSCRIPTION}/resourcegroups")).await;
    assert_eq!(list.json()["value"][0]["name"], "Mine");
    let nowhere = app.put(&format!("{SUBSCRIPTION}/resourceGroups/other"), json!({})).await;
    assert_eq!((nowhere.status, nowhere.code().as_str()), (StatusCode::BAD_REQUEST, "LocationRequired"));
}

#[tokio::test]
async fn deleting_a_resource_group_takes_its_container_groups_along() {
    let app = TestApp::new().await;
    app.put(&format!("{GROUPS}/web"), group_body()).await;
    let path = format!("{SUBSCRIPTION}/resourceGroups/rg");
    let deleted = app.delete(&path).await;
    assert_eq!((deleted.status, deleted.text.as_str()), (StatusCode::ACCEPTED, ""));
    let location = deleted.header("location").strip_prefix("http://arm.test").unwrap().to_owned();
    assert!(location.starts_with(&format!("{SUBSCRIPTION}/operationresults/")), "{location}");
    app.get_until(&path, |group| group["error"]["code"] == "ResourceGroupNotFound").await;
    assert_eq!(app.get(&location).await.status, StatusCode::OK);
    let all = app.get(&format!("{SUBSCRIPTION}/providers/Microsoft.ContainerInstance/containerGroups")).await;
    assert_eq!(all.text, r#"{"value":[]}"#);
    assert_eq!(app.app.groups.count(), 0);
}

#[tokio::test]
async fn providers_are_registered_already() {
    let app = TestApp::bare().await;
    let path = format!("{SUBSCRIPTION}/providers/microsoft.containerinstance");
    let got = app.get(&path).await.json();
    assert_eq!(app.post(&format!("{path}/register")).await.json(), got);
    assert_eq!(got["registrationState"], "Registered");
    assert_json_snapshot!(got["resourceTypes"][0]["apiVersions"][0], @r#""2026-07-01""#);
    let all = app.get(&format!("{SUBSCRIPTION}/providers")).await.json();
    let names: Vec<&str> =
        all["value"].as_array().unwrap().iter().map(|it| it["namespace"].as_str().unwrap()).collect();
    assert_json_snapshot!(names, @r#"
    [
      "Microsoft.ContainerInstance",
      "Microsoft.Resources",
      "Microsoft.Authorization",
      "Microsoft.Insights",
      "Microsoft.ManagedIdentity",
      "Microsoft.Network",
      "Microsoft.OperationalInsights",
      "Microsoft.StandbyPool",
      "Microsoft.Storage"
    ]
    "#);
    let unknown = app.get(&format!("{SUBSCRIPTION}/providers/Contoso.Gadgets")).await;
    assert_eq!(
        (unknown.status, unknown.code().as_str()),
        (StatusCode::NOT_FOUND, "InvalidResourceNamespace")
    );
}

#[tokio::test]
async fn a_provider_says_what_a_subscription_has_done_with_it() {
    let app = TestApp::bare().await;
    let path = format!("{SUBSCRIPTION}/providers/Microsoft.Network");
    assert_eq!(app.post(&format!("{path}/unregister")).await.json()["registrationState"], "Unregistering");
    assert_eq!(app.get(&path).await.json()["registrationState"], "Unregistered");
    assert_eq!(app.post(&format!("{path}/register")).await.json()["registrationState"], "Registering");
    assert_eq!(app.get(&path).await.json()["registrationState"], "Registered");
    let elsewhere = "/subscriptions/22222222-2222-3333-4444-555555555555/providers/Microsoft.Network";
    assert_eq!(app.get(elsewhere).await.json()["registrationState"], "Registered");
}

#[tokio::test]
async fn a_resource_group_takes_nothing_new_while_it_is_being_deleted() {
    let app = TestApp::new().await;
    let group = app.app.resource_groups.get(&SUBSCRIPTION["/subscriptions/".len()..], "rg").unwrap();
    let deleting = ResourceGroup { state: ResourceGroupState::Deleting, ..group.as_ref().clone() };
    app.app.resource_groups.put(deleting).unwrap();
    let path = format!("{SUBSCRIPTION}/resourceGroups/rg");
    assert_eq!(app.get(&path).await.json()["properties"]["provisioningState"], "Deleting");
    for answer in [
        app.put(&format!("{GROUPS}/web"), group_body()).await,
        app.put(&path, json!({ "location": "westus" })).await,
    ] {
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (StatusCode::CONFLICT, "ResourceGroupBeingDeleted")
        );
    }
}

#[tokio::test]
async fn a_deletion_goes_on_after_a_restart() {
    let data = Data::in_memory();
    let app = TestApp::over(&data).await;
    app.put(&format!("{SUBSCRIPTION}/resourceGroups/rg"), json!({ "location": "westus" })).await;
    app.put(&format!("{GROUPS}/web"), group_body()).await;
    let group = app.app.resource_groups.get(&SUBSCRIPTION["/subscriptions/".len()..], "rg").unwrap();
    let deleting = ResourceGroup { state: ResourceGroupState::Deleting, ..group.as_ref().clone() };
    app.app.resource_groups.put(deleting).unwrap();
    let again = TestApp::over(&data).await;
    let path = format!("{SUBSCRIPTION}/resourceGroups/rg");
    again.get_until(&path, |group| group["error"]["code"] == "ResourceGroupNotFound").await;
    assert_eq!(again.app.groups.count(), 0);
}

#[tokio::test]
async fn resources_are_not_moved() {
    let app = TestApp::new().await;
    let answer = app.post(&format!("{SUBSCRIPTION}/resourceGroups/rg/moveResources")).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::CONFLICT, "ResourceMoveNotSupported"));
}

#[tokio::test]
async fn health_tells_the_runtime_apart_from_the_emulator() {
    let app = TestApp::new().await;
    app.put(&format!("{GROUPS}/web"), group_body()).await;
    app.sim.set_available(false);
    let health = app.get("/_emulator/health").await;
    assert_eq!(health.status, StatusCode::OK);
    assert_json_snapshot!(health.json(), { ".apiVersions" => "[versions]", ".version" => "[version]", ".runtime.error" => "[why]" }, @r#"
    {
      "version": "[version]",
      "runtime": {
        "name": "sim",
        "reachable": false,
        "error": "[why]"
      },
      "apiVersions": "[versions]",
      "containerGroups": 1,
      "resourceGroups": 1
    }
    "#);
    assert_eq!(app.get("/_emulator/ca.pem").await.text, "the CA");
}

#[tokio::test]
async fn a_reset_leaves_nothing() {
    let app = TestApp::new().await;
    app.put(&format!("{GROUPS}/web"), group_body()).await;
    assert_eq!(app.post("/_emulator/reset").await.status, StatusCode::NO_CONTENT);
    let health = app.get("/_emulator/health").await.json();
    assert_eq!((&health["containerGroups"], &health["resourceGroups"]), (&json!(0), &json!(0)));
}
