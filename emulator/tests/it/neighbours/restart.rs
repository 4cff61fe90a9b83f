//! What is beside container groups survives a restart, goes with its resource group, and is sealed on disk.

use aci_emulator::data::Data;
use http::StatusCode;
use serde_json::{Value, json};

use crate::support::app::{PROVIDERS, SUBSCRIPTION, TestApp};

/// One resource of every tracked type.
fn tracked() -> [(String, Value); 6] {
    let plain = json!({ "location": "westus" });
    let network = json!({ "location": "westus", "properties": { "addressSpace": { "addressPrefixes": ["10.0.0.0/16"] } } });
    let account = json!({ "location": "westus", "sku": { "name": "Standard_LRS" }, "kind": "StorageV2" });
    [
        ("Microsoft.ManagedIdentity/userAssignedIdentities/id", plain.clone()),
        ("Microsoft.Network/networkProfiles/profile", plain.clone()),
        ("Microsoft.Network/networkSecurityGroups/nsg", plain.clone()),
        ("Microsoft.Network/virtualNetworks/vnet", network),
        ("Microsoft.OperationalInsights/workspaces/logs", plain),
        ("Microsoft.Storage/storageAccounts/account", account),
    ]
    .map(|(path, body)| (format!("{PROVIDERS}/{path}"), body))
}

async fn fill(app: &TestApp) {
    app.put(&format!("{SUBSCRIPTION}/resourceGroups/rg"), json!({ "location": "westus" })).await;
    for (path, body) in tracked() {
        let answer = app.put(&path, body).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.text);
    }
    let share =
        format!("{PROVIDERS}/Microsoft.Storage/storageAccounts/account/fileServices/default/shares/data");
    assert_eq!(app.put(&share, json!({})).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn everything_is_listed_and_comes_back_as_it_was() {
    let data = Data::in_memory();
    let app = TestApp::over(&data).await;
    fill(&app).await;
    let list = app.get(&format!("{SUBSCRIPTION}/resources")).await.json();
    let ids: Vec<&str> =
        list["value"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap()).collect();
    assert_eq!(ids, tracked().map(|(path, _)| path));
    let again = TestApp::over(&data).await;
    assert_eq!(again.get(&format!("{SUBSCRIPTION}/resources")).await.json(), list);
    for (path, _) in tracked() {
        assert_eq!(again.get(&path).await.json(), app.get(&path).await.json(), "{path}");
    }
    let filter = "$filter=resourceType%20eq%20'Microsoft.Storage/storageAccounts'";
    let storage = again.get(&format!("{SUBSCRIPTION}/resourceGroups/rg/resources?{filter}")).await.json();
    assert_eq!(storage["value"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn everything_goes_with_its_resource_group() {
    let app = TestApp::bare().await;
    fill(&app).await;
    let group = format!("{SUBSCRIPTION}/resourceGroups/rg");
    assert_eq!(app.delete(&group).await.status, StatusCode::ACCEPTED);
    app.get_until(&group, |group| group["error"]["code"] == "ResourceGroupNotFound").await;
    assert_eq!(app.get(&format!("{SUBSCRIPTION}/resources")).await.text, r#"{"value":[]}"#);
    assert_eq!(app.app.neighbours.file_shares.count(), 0);
}

#[tokio::test]
async fn no_key_is_on_disk_in_the_clear() {
    let folder = tempfile::tempdir().unwrap();
    let data = Data::open(folder.path()).unwrap();
    let app = TestApp::over(&data).await;
    fill(&app).await;
    let account = format!("{PROVIDERS}/Microsoft.Storage/storageAccounts/account");
    let workspace = format!("{PROVIDERS}/Microsoft.OperationalInsights/workspaces/logs");
    let secrets = [
        app.post(&format!("{account}/listKeys")).await.json()["keys"][0]["value"].clone(),
        app.post(&format!("{workspace}/sharedKeys")).await.json()["primarySharedKey"].clone(),
    ];
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        for secret in &secrets {
            let secret = secret.as_str().unwrap().as_bytes();
            assert!(!bytes.windows(secret.len()).any(|window| window == secret));
        }
    }
}
