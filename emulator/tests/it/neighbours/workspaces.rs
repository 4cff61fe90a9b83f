//! Log Analytics workspaces as `az container create --log-analytics-workspace` asks for them.

use http::StatusCode;
use insta::assert_json_snapshot;
use serde_json::json;

use crate::support::app::{PROVIDERS, SUBSCRIPTION, TestApp};

#[tokio::test]
async fn az_finds_a_workspace_by_name_and_asks_for_its_keys() {
    let app = TestApp::new().await;
    let path = format!("{PROVIDERS}/Microsoft.OperationalInsights/workspaces/logs");
    let created =
        app.put(&path, json!({ "location": "westus", "properties": { "retentionInDays": 60 } })).await;
    assert_eq!(created.status, StatusCode::CREATED);
    assert_json_snapshot!(created.json(), { ".properties.customerId" => "[guid]", ".etag" => "[etag]" });
    let list =
        app.get(&format!("{SUBSCRIPTION}/providers/Microsoft.OperationalInsights/workspaces")).await.json();
    assert_eq!(list["value"][0]["name"], "logs");
    let keys = app.post(&format!("{path}/sharedKeys")).await.json();
    let primary = keys["primarySharedKey"].as_str().unwrap();
    assert_ne!(keys["secondarySharedKey"], primary);
    assert!(!app.get(&path).await.text.contains(primary));
    let renewed = app.post(&format!("{path}/regenerateSharedKey")).await.json();
    assert_ne!(renewed["primarySharedKey"], primary);
    let again = app.put(&path, json!({ "location": "westus", "properties": {} })).await;
    assert_eq!((again.status, &again.json()["properties"]["retentionInDays"]), (StatusCode::OK, &json!(60)));
    let patched = app
        .patch(&path, json!({ "tags": { "a": "1" }, "properties": { "retentionInDays": 90 } }))
        .await
        .json();
    assert_eq!((&patched["tags"]["a"], &patched["properties"]["retentionInDays"]), (&json!("1"), &json!(90)));
    assert_eq!(patched["properties"]["sku"]["name"], "PerGB2018");
    assert_eq!(app.delete(&path).await.status, StatusCode::OK);
    assert_eq!(app.post(&format!("{path}/sharedKeys")).await.code(), "ResourceNotFound");
}
