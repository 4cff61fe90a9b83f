//! The tags of anything, by the operation that all resources have.

use http::StatusCode;
use serde_json::json;

use crate::support::app::{GROUPS, PROVIDERS, SUBSCRIPTION, TestApp, group};

#[tokio::test]
async fn tags_of_any_scope_are_put_merged_and_deleted() {
    let app = TestApp::new().await;
    app.put(&format!("{GROUPS}/web"), group()).await;
    let identity = format!("{PROVIDERS}/Microsoft.ManagedIdentity/userAssignedIdentities/id");
    app.put(&identity, json!({ "location": "westus" })).await;
    let scopes = [
        SUBSCRIPTION.to_owned(),
        format!("{SUBSCRIPTION}/resourceGroups/rg"),
        format!("{GROUPS}/web"),
        identity,
    ];
    for scope in scopes {
        let path = format!("{scope}/providers/Microsoft.Resources/tags/default");
        let put = app.put(&path, json!({ "properties": { "tags": { "a": "1", "b": "2" } } })).await;
        assert_eq!((put.status, &put.json()["id"]), (StatusCode::OK, &json!(path)), "{}", put.text);
        let merge = json!({ "operation": "Merge", "properties": { "tags": { "b": "3", "c": "4" } } });
        assert_eq!(app.patch(&path, merge).await.status, StatusCode::OK);
        let remove = json!({ "operation": "Delete", "properties": { "tags": { "a": "1", "c": "other" } } });
        assert_eq!(
            app.patch(&path, remove).await.json()["properties"]["tags"],
            json!({ "b": "3", "c": "4" })
        );
        assert_eq!(app.get(&scope).await.json()["tags"], json!({ "b": "3", "c": "4" }), "{scope}");
        assert_eq!(app.delete(&path).await.status, StatusCode::OK);
        assert_eq!(app.get(&path).await.json()["properties"]["tags"], json!({}));
    }
    let missing = app.get(&format!("{GROUPS}/none/providers/Microsoft.Resources/tags/default")).await;
    assert_eq!((missing.status, missing.code().as_str()), (StatusCode::NOT_FOUND, "ResourceNotFound"));
}
