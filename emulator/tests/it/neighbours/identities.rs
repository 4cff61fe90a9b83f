//! User-assigned identities as `az identity` uses them, and the identities of groups.

use http::StatusCode;
use insta::assert_json_snapshot;
use serde_json::json;

use crate::support::app::{GROUPS, PROVIDERS, SUBSCRIPTION, TestApp, group};

fn identity() -> String {
    format!("{PROVIDERS}/Microsoft.ManagedIdentity/userAssignedIdentities/id")
}

#[tokio::test]
async fn an_identity_is_shown_as_recorded_and_is_the_same_when_it_is_made_anew() {
    let app = TestApp::new().await;
    let created = app.put(&identity(), json!({ "location": "westus" })).await;
    assert_eq!(created.status, StatusCode::CREATED);
    assert_eq!(created.header("location"), created.json()["id"]);
    assert_json_snapshot!(created.json());
    assert_eq!(app.put(&identity(), json!({ "location": "westus" })).await.status, StatusCode::OK);
    let list = format!("{SUBSCRIPTION}/providers/Microsoft.ManagedIdentity/userAssignedIdentities");
    assert_eq!(app.get(&list).await.json()["value"], json!([created.json()]));
    assert_eq!(app.delete(&identity()).await.status, StatusCode::OK);
    assert_eq!(app.delete(&identity()).await.status, StatusCode::NO_CONTENT);
    assert_eq!(app.get(&identity()).await.code(), "ResourceNotFound");
    let again = app.put(&identity().to_uppercase(), json!({ "location": "westus" })).await.json();
    assert_eq!(again["properties"], created.json()["properties"]);
}

#[tokio::test]
async fn a_groups_identities_are_complete_in_the_first_answer() {
    let app = TestApp::new().await;
    let known = app.put(&identity(), json!({ "location": "westus" })).await.json();
    let mut body = group();
    // The id as the identity's own answer spells it.
    let id = known["id"].as_str().unwrap();
    body["identity"] =
        json!({ "type": "SystemAssigned, UserAssigned", "userAssignedIdentities": { id: {} } });
    let created = app.put(&format!("{GROUPS}/web"), body).await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.text);
    let shown = created.json()["identity"].clone();
    let user = &shown["userAssignedIdentities"][id];
    assert_eq!(user["clientId"], known["properties"]["clientId"]);
    assert_eq!(user["principalId"], known["properties"]["principalId"]);
    assert!(shown["principalId"].is_string() && shown["tenantId"].is_string());
    assert_eq!(app.get(&format!("{GROUPS}/web")).await.json()["identity"], shown);
}

#[tokio::test]
async fn a_group_gets_identities_that_are_there() {
    let app = TestApp::new().await;
    let with = |id: &str| {
        let mut body = group();
        body["identity"] = json!({ "type": "UserAssigned", "userAssignedIdentities": { id: {} } });
        body
    };
    let refused = app.put(&format!("{GROUPS}/web"), with(&identity())).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (StatusCode::BAD_REQUEST, "FailedIdentityOperation")
    );
    let elsewhere = identity().replace("/rg/", "/another/");
    let created = app.put(&format!("{GROUPS}/web"), with(&elsewhere)).await;
    assert_eq!(created.status, StatusCode::CREATED, "nothing is known about that resource group");
}

#[tokio::test]
async fn a_federated_credential_says_whose_tokens_are_good() {
    let app = TestApp::new().await;
    app.put(&identity(), json!({ "location": "westus" })).await;
    let path = format!("{}/federatedIdentityCredentials/kubernetes", identity());
    let body = json!({ "properties": {
        "issuer": "https://issuer.test", "subject": "system:serviceaccount:default:web",
        "audiences": ["api://AzureADTokenExchange"],
    } });
    let created = app.put(&path, body.clone()).await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.text);
    assert_eq!(created.json()["properties"], body["properties"]);
    assert_eq!(app.get(&path).await.json(), created.json());
    let list = format!("{}/federatedIdentityCredentials", identity());
    assert_eq!(app.get(&list).await.json()["value"], json!([created.json()]));
    let empty = app.put(&path, json!({ "properties": {} })).await;
    assert_eq!(empty.status, StatusCode::BAD_REQUEST);
    app.delete(&identity()).await;
    app.put(&identity(), json!({ "location": "westus" })).await;
    assert_eq!(app.get(&list).await.text, r#"{"value":[]}"#, "it goes with its identity");
}
