//! Lists and deletions that all types have in common, each type in its turn.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::app::{Answer, PROVIDERS, SUBSCRIPTION, TestApp};

/// Each tracked type with a body that makes one, and the status of the first PUT.
fn types() -> [(&'static str, Value, StatusCode); 6] {
    let plain = json!({ "location": "West US" });
    let space = json!({ "addressSpace": { "addressPrefixes": ["10.0.0.0/16"] } });
    let account = json!({ "location": "westus", "sku": { "name": "Standard_LRS" }, "kind": "StorageV2" });
    [
        ("Microsoft.ManagedIdentity/userAssignedIdentities", plain.clone(), StatusCode::CREATED),
        ("Microsoft.Network/networkProfiles", plain.clone(), StatusCode::CREATED),
        ("Microsoft.Network/networkSecurityGroups", plain.clone(), StatusCode::CREATED),
        (
            "Microsoft.Network/virtualNetworks",
            json!({ "location": "westus", "properties": space }),
            StatusCode::CREATED,
        ),
        ("Microsoft.OperationalInsights/workspaces", plain, StatusCode::CREATED),
        ("Microsoft.Storage/storageAccounts", account, StatusCode::ACCEPTED),
    ]
}

fn names(answer: &Answer) -> Vec<String> {
    let items = answer.json()["value"].as_array().unwrap().clone();
    items.iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
}

async fn with_groups() -> TestApp {
    let app = TestApp::new().await;
    app.put(&format!("{SUBSCRIPTION}/resourceGroups/other"), json!({ "location": "westus" })).await;
    app
}

#[tokio::test]
async fn a_resource_is_in_the_lists_of_its_subscription_and_its_group() {
    let app = with_groups().await;
    for (kind, body, made) in types() {
        let path = format!("{PROVIDERS}/{kind}");
        for (group, name) in [("rg", "bbb"), ("rg", "aaa"), ("other", "ccc")] {
            let path = format!("{}/{name}", path.replace("/rg/", &format!("/{group}/")));
            let answer = app.put(&path, body.clone()).await;
            assert_eq!(answer.status, made, "{path}: {}", answer.text);
        }
        let group = app.get(&path.to_uppercase().replace("/PROVIDERS/", "/providers/")).await;
        assert_eq!(names(&group), ["aaa", "bbb"], "{kind}");
        let subscription = app.get(&format!("{SUBSCRIPTION}/providers/{kind}")).await;
        assert_eq!(names(&subscription), ["ccc", "aaa", "bbb"], "{kind}");
        let elsewhere = format!("/subscriptions/22222222-2222-3333-4444-555555555555/providers/{kind}");
        assert_eq!(app.get(&elsewhere).await.text, r#"{"value":[]}"#, "{kind}");
    }
}

#[tokio::test]
async fn a_resource_needs_its_group_and_a_place() {
    let app = with_groups().await;
    for (kind, mut body, _) in types() {
        let path = format!("{PROVIDERS}/{kind}/aaa");
        let nowhere = app.put(&path.replace("/rg/", "/none/"), body.clone()).await;
        assert_eq!(
            (nowhere.status, nowhere.code().as_str()),
            (StatusCode::NOT_FOUND, "ResourceGroupNotFound")
        );
        body.as_object_mut().unwrap().remove("location");
        let placeless = app.put(&path, body).await;
        assert_eq!(
            (placeless.status, placeless.code().as_str()),
            (StatusCode::BAD_REQUEST, "LocationRequired")
        );
        let missing = app.get(&path).await;
        assert_eq!((missing.status, missing.code().as_str()), (StatusCode::NOT_FOUND, "ResourceNotFound"));
        let message = missing.json()["error"]["message"].as_str().unwrap().to_owned();
        assert!(
            message.starts_with(&format!("The Resource '{kind}/aaa' under resource group 'rg'")),
            "{message}"
        );
    }
}

#[tokio::test]
async fn a_resource_is_deleted_once() {
    let app = with_groups().await;
    for (kind, body, _) in types() {
        let path = format!("{PROVIDERS}/{kind}/aaa");
        app.put(&path, body).await;
        let about = format!(
            "{path}/providers/Microsoft.Authorization/roleAssignments/ed1b7e3c-01d4-4e07-b09f-8e91788a95e2"
        );
        let role = "/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7";
        let assignment = json!({ "properties": { "roleDefinitionId": role, "principalId": "27e3fe0a-ef36-41a0-ab3b-4666831b100b" } });
        assert_eq!(app.put(&about, assignment).await.status, StatusCode::CREATED, "{kind}");
        let deleted = app.delete(&path).await;
        assert!(matches!(deleted.status, StatusCode::OK | StatusCode::ACCEPTED), "{kind}: {}", deleted.text);
        assert_eq!(app.delete(&path).await.status, StatusCode::NO_CONTENT, "{kind}");
    }
}

#[tokio::test]
async fn a_patch_replaces_the_tags_and_keeps_the_rest() {
    let app = with_groups().await;
    for (kind, mut body, _) in types() {
        let path = format!("{PROVIDERS}/{kind}/aaa");
        body["tags"] = json!({ "a": "1", "b": "2" });
        app.put(&path, body).await;
        let before = app.get(&path).await.json();
        let patched = app.patch(&path, json!({ "tags": { "c": "3" } })).await;
        assert_eq!(patched.status, StatusCode::OK, "{kind}: {}", patched.text);
        let after = app.get(&path).await.json();
        assert_eq!(after["tags"], json!({ "c": "3" }), "{kind}");
        assert_eq!((&after["id"], &after["location"]), (&before["id"], &before["location"]), "{kind}");
        let missing = app.call(Method::PATCH, &format!("{path}x"), Some(json!({ "tags": {} }))).await;
        assert_eq!(
            (missing.status, missing.code().as_str()),
            (StatusCode::NOT_FOUND, "ResourceNotFound"),
            "{kind}"
        );
    }
}
