//! Secrets of key vaults: made over HTTP, and read by container groups that refer to them.

use aci_emulator::runtime::VolumeContent;
use http::StatusCode;
use serde_json::{Value, json};

use crate::support::app::{GROUPS, PROVIDERS, SUBSCRIPTION, TestApp, group};

const SINCE: &str = "api-version=2026-07-01";

fn vault() -> String {
    format!("{PROVIDERS}/Microsoft.KeyVault/vaults/safe")
}

fn reader() -> String {
    format!("{PROVIDERS}/Microsoft.ManagedIdentity/userAssignedIdentities/reader")
}

async fn made(app: &TestApp, path: &str, body: Value) -> Value {
    let version = if path.contains("ManagedIdentity") { "2023-01-31" } else { "2023-07-01" };
    let answer = app.put(&format!("{path}?api-version={version}"), body).await;
    assert!(answer.status.is_success(), "{}", answer.text);
    answer.json()
}

/// A vault with a secret that the identity may read.
async fn with_vault() -> TestApp {
    let app = TestApp::new().await;
    let identity = made(&app, &reader(), json!({ "location": "westus" })).await;
    let policy =
        json!({ "objectId": identity["properties"]["principalId"], "permissions": { "secrets": ["get"] } });
    let sku = json!({ "family": "A", "name": "standard" });
    let properties = json!({ "tenantId": "t", "sku": sku, "accessPolicies": [policy] });
    made(&app, &vault(), json!({ "location": "westus", "properties": properties })).await;
    set(&app, "key", "s3cret-vault").await;
    app
}

async fn set(app: &TestApp, secret: &str, value: &str) -> Value {
    made(app, &format!("{}/secrets/{secret}", vault()), json!({ "properties": { "value": value } })).await
}

/// A group whose variable, file and registry password are the secret.
fn referring(secret: &str) -> Value {
    let mut body = group();
    body["identity"] = json!({ "type": "UserAssigned", "userAssignedIdentities": { reader(): {} } });
    let properties = &mut body["properties"];
    properties["restartPolicy"] = json!("Always");
    let uri = format!("https://safe.vault.azure.net/secrets/{secret}");
    properties["secretReferences"] =
        json!([{ "name": "key", "identity": reader(), "secretReferenceUri": uri }]);
    let container = &mut properties["containers"][0]["properties"];
    container["image"] = json!("reg.example.com/app");
    container["environmentVariables"] = json!([{ "name": "KEY", "secureValueReference": "key" }]);
    properties["imageRegistryCredentials"] =
        json!([{ "server": "reg.example.com", "username": "u", "passwordReference": "key" }]);
    properties["volumes"] = json!([{ "name": "files", "secretReference": { "key.txt": "key" } }]);
    body
}

async fn settled(app: &TestApp, body: Value) -> Value {
    let answer = app.put(&format!("{GROUPS}/web?{SINCE}"), body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    let is_settled = |body: &Value| {
        ["Succeeded", "Failed"].map(Value::from).contains(&body["properties"]["provisioningState"])
    };
    app.get_until(&format!("{GROUPS}/web?{SINCE}"), is_settled).await
}

#[tokio::test]
async fn a_container_gets_the_value_of_a_secret_and_no_answer_has_it() {
    let app = with_vault().await;
    let body = settled(&app, referring("key")).await;
    assert_eq!(body["properties"]["provisioningState"], "Succeeded", "{body:#}");
    let shown = &body["properties"];
    assert_eq!(shown["secretReferences"], referring("key")["properties"]["secretReferences"]);
    assert_eq!(shown["volumes"], json!([{ "name": "files", "secretReference": { "key.txt": "key" } }]));
    let variables = &shown["containers"][0]["properties"]["environmentVariables"];
    assert_eq!(*variables, json!([{ "name": "KEY", "secureValueReference": "key" }]));
    let id = body["id"].as_str().unwrap().parse().unwrap();
    let sandbox = app.app.groups.get(&id).unwrap().status.sandbox.clone().unwrap();
    let container = app.sim.container_spec(&sandbox, "web").unwrap();
    let value = container.env.iter().find(|(name, _)| name == "KEY").unwrap().1.expose();
    assert_eq!(value, "s3cret-vault");
    let VolumeContent::Secret(files) = app.sim.sandbox_spec(&sandbox).unwrap().volumes.remove(0).content
    else {
        panic!("no files")
    };
    assert_eq!(
        (files[0].name.as_str(), files[0].content.as_slice()),
        ("key.txt", b"s3cret-vault".as_slice())
    );
    let signed_in = app.sim.signed_in("reg.example.com/app").unwrap();
    assert_eq!(signed_in.password.expose(), "s3cret-vault");
    for path in [
        format!("{GROUPS}/web?{SINCE}"),
        format!("{GROUPS}?{SINCE}"),
        format!("{}?api-version=2023-07-01", vault()),
        format!("{}/secrets/key?api-version=2023-07-01", vault()),
        format!("{}/secrets?api-version=2023-07-01", vault()),
        format!("{SUBSCRIPTION}/resources?api-version=2021-04-01"),
    ] {
        let answer = app.get(&path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
        assert!(!answer.text.contains("s3cret-vault"), "{path}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_secret_that_cannot_be_read_fails_the_group_in_words() {
    let app = with_vault().await;
    made(
        &app,
        &format!("{}/secrets/off", vault()),
        json!({ "properties": {
        "value": "x", "attributes": { "enabled": false },
    } }),
    )
    .await;
    let failed = |secret: &'static str| {
        let app = &app;
        async move {
            let body = settled(app, referring(secret)).await;
            assert_eq!(body["properties"]["provisioningState"], "Failed", "{body:#}");
            let event = &body["properties"]["instanceView"]["events"][0];
            assert_eq!(
                (&event["name"], &event["type"]),
                (&json!("DeploymentFailedReason"), &json!("Warning"))
            );
            event["message"].as_str().unwrap().to_owned()
        }
    };
    let told = "The secret of reference \"key\" could not be read: ";
    assert_eq!(failed("none").await, format!("{told}key vault 'safe' has no secret 'none'."));
    assert_eq!(failed("off").await, format!("{told}secret 'off' of key vault 'safe' is disabled."));
    let policies = format!("{}/accessPolicies/replace", vault());
    let identity = app.get(&format!("{}?api-version=2023-01-31", reader())).await.json();
    let policy =
        json!({ "objectId": identity["properties"]["principalId"], "permissions": { "secrets": ["list"] } });
    made(&app, &policies, json!({ "properties": { "accessPolicies": [policy] } })).await;
    assert_eq!(failed("key").await, format!("{told}the identity may not get secrets of key vault 'safe'."));
    assert!(app.delete(&format!("{}?api-version=2023-07-01", vault())).await.status.is_success());
    assert_eq!(failed("key").await, format!("{told}there is no key vault 'safe'."));
}

#[tokio::test]
async fn an_identity_for_containers_alone_reads_no_secret() {
    let app = with_vault().await;
    let mut body = referring("key");
    body["properties"]["identityAcls"] = json!({ "defaultAccess": "User" });
    let body = settled(&app, body).await;
    assert_eq!(body["properties"]["provisioningState"], "Failed");
    let message = body["properties"]["instanceView"]["events"][0]["message"].as_str().unwrap();
    assert!(message.contains("is not one that the platform may use"), "{message}");
    assert_eq!(body["properties"]["identityAcls"], json!({ "defaultAccess": "User" }));
}

#[tokio::test]
async fn a_secret_has_versions_and_a_vault_a_name_of_its_own() {
    let app = with_vault().await;
    let first = set(&app, "key", "one").await;
    let second = set(&app, "key", "two").await;
    assert_eq!(second["properties"]["secretUri"], "https://safe.vault.azure.net/secrets/key");
    let version = |body: &Value| body["properties"]["secretUriWithVersion"].as_str().unwrap().to_owned();
    assert_ne!(version(&first), version(&second));
    let old = version(&first);
    let body =
        settled(&app, referring(old.strip_prefix("https://safe.vault.azure.net/secrets/").unwrap())).await;
    let id = body["id"].as_str().unwrap().parse().unwrap();
    let sandbox = app.app.groups.get(&id).unwrap().status.sandbox.clone().unwrap();
    let container = app.sim.container_spec(&sandbox, "web").unwrap();
    assert_eq!(container.env.iter().find(|(name, _)| name == "KEY").unwrap().1.expose(), "one");
    let other = format!("{SUBSCRIPTION}/resourceGroups/other");
    app.put(&other, json!({ "location": "westus" })).await;
    let taken = format!("{other}/providers/Microsoft.KeyVault/vaults/SAFE?api-version=2023-07-01");
    let taken = app.put(&taken, json!({ "location": "westus", "properties": {} })).await;
    assert_eq!((taken.status, taken.code().as_str()), (StatusCode::CONFLICT, "VaultAlreadyExists"));
    let bad = format!("{PROVIDERS}/Microsoft.KeyVault/vaults/a--b?api-version=2023-07-01");
    let bad = app.put(&bad, json!({ "location": "westus", "properties": {} })).await;
    assert_eq!((bad.status, bad.code().as_str()), (StatusCode::BAD_REQUEST, "VaultNameNotValid"));
    let off = json!({ "properties": { "attributes": { "enabled": false } } });
    let patched = app.patch(&format!("{}/secrets/key?api-version=2023-07-01", vault()), off).await.json();
    assert_eq!(version(&patched), version(&second));
    assert_eq!(patched["properties"]["attributes"]["enabled"], false);
}

#[tokio::test]
async fn an_identity_opens_a_share_in_place_of_a_key() {
    let app = TestApp::new().await;
    let identity = made(&app, &reader(), json!({ "location": "westus" })).await;
    let account = format!("{PROVIDERS}/Microsoft.Storage/storageAccounts/acct1");
    let sku = json!({ "name": "Standard_LRS" });
    let begun = app.put(&account, json!({ "location": "westus", "sku": sku, "kind": "StorageV2" })).await;
    assert!(begun.status.is_success(), "{}", begun.text);
    made(&app, &format!("{account}/fileServices/default/shares/data"), json!({})).await;
    let opened = |share: &str| {
        let mut body = referring("key");
        let properties = &mut body["properties"];
        for member in ["secretReferences", "imageRegistryCredentials"] {
            properties[member] = Value::Null;
        }
        properties["containers"][0]["properties"]["environmentVariables"] = json!([]);
        properties["volumes"] = json!([{ "name": "files", "azureFile": {
            "storageAccountName": "acct1", "shareName": share,
            "userAssignedIdentityClientId": identity["properties"]["clientId"],
        } }]);
        body
    };
    let body = settled(&app, opened("data")).await;
    assert_eq!(body["properties"]["provisioningState"], "Succeeded", "{body:#}");
    assert_eq!(body["properties"]["volumes"], opened("data")["properties"]["volumes"]);
    let body = settled(&app, opened("none")).await;
    assert_eq!(body["properties"]["instanceView"]["events"][0]["name"], "FailedMountAzureFileVolume");
}
