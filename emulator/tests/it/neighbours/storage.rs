//! Storage accounts and file shares as `az storage account` and `az storage share-rm` use them.

use http::StatusCode;
use insta::{assert_json_snapshot, assert_snapshot};
use serde_json::{Value, json};

use crate::support::app::{PROVIDERS, SUBSCRIPTION, TestApp};

fn account() -> String {
    format!("{PROVIDERS}/Microsoft.Storage/storageAccounts/clistorage000003")
}

fn share() -> String {
    format!("{}/fileServices/default/shares/data", account())
}

/// The recorded request of `az storage account create`.
fn account_body() -> Value {
    json!({
        "sku": { "name": "Standard_RAGRS" }, "kind": "StorageV2", "location": "westus",
        "properties": { "encryption": { "services": { "blob": {} }, "keySource": "Microsoft.Storage" } },
    })
}

async fn with_account() -> TestApp {
    let app = TestApp::new().await;
    assert_eq!(app.put(&account(), account_body()).await.status, StatusCode::ACCEPTED);
    app
}

async fn keys(app: &TestApp) -> Vec<String> {
    let keys = app.post(&format!("{}/listKeys", account())).await.json()["keys"].clone();
    keys.as_array().unwrap().iter().map(|key| key["value"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_account_is_made_in_the_background_and_shown_as_recorded() {
    let app = TestApp::new().await;
    let begun = app.put(&account(), account_body()).await;
    assert_eq!((begun.status, begun.text.as_str()), (StatusCode::ACCEPTED, ""));
    let place = begun.header("location").strip_prefix("http://arm.test").unwrap().to_owned();
    assert!(place.contains("/providers/Microsoft.Storage/locations/westus/asyncoperations/"), "{place}");
    let made = app.get(&place).await;
    assert_eq!(made.status, StatusCode::OK);
    assert_json_snapshot!(made.json());
    let again = app.put(&account(), account_body()).await;
    assert_eq!((again.status, again.json()), (StatusCode::OK, made.json()));
}

#[tokio::test]
async fn keys_are_shown_by_their_own_operation_alone_and_change_on_request() {
    let app = with_account().await;
    let before = keys(&app).await;
    let shown = app.get(&account()).await.text + &app.get(&format!("{SUBSCRIPTION}/resources")).await.text;
    assert!(before.iter().all(|key| !shown.contains(key.as_str())), "{shown}");
    let regenerate = format!("{}/regenerateKey", account());
    assert_eq!(app.post_json(&regenerate, json!({ "keyName": "key2" })).await.status, StatusCode::OK);
    let after = keys(&app).await;
    assert!(before[0] == after[0] && before[1] != after[1]);
    let unknown = app.post_json(&regenerate, json!({ "keyName": "key9" })).await;
    assert_eq!(
        (unknown.status, unknown.code().as_str()),
        (StatusCode::BAD_REQUEST, "InvalidValuesForRequestParameters")
    );
}

#[tokio::test]
async fn a_name_is_free_taken_or_none() {
    let app = with_account().await;
    let check = format!("{SUBSCRIPTION}/providers/Microsoft.Storage/checkNameAvailability");
    let ask = |name: &str| {
        app.post_json(&check, json!({ "name": name, "type": "Microsoft.Storage/storageAccounts" }))
    };
    let answers = [ask("free123").await.text, ask("clistorage000003").await.text, ask("No_Name").await.text];
    assert_snapshot!(answers.join("\n"), @r#"
    {"nameAvailable":true}
    {"nameAvailable":false,"reason":"AlreadyExists","message":"The storage account named clistorage000003 is already taken."}
    {"nameAvailable":false,"reason":"AccountNameInvalid","message":"No_Name is not a valid storage account name. Storage account name must be between 3 and 24 characters in length and use numbers and lower-case letters only."}
    "#);
    app.put(&format!("{SUBSCRIPTION}/resourceGroups/other"), json!({ "location": "westus" })).await;
    let taken = app.put(&account().replace("/rg/", "/other/"), account_body()).await;
    assert_eq!((taken.status, taken.code().as_str()), (StatusCode::CONFLICT, "StorageAccountAlreadyTaken"));
    let invalid = app.put(&account().replace("clistorage", "Cli-Storage"), account_body()).await;
    assert_eq!((invalid.status, invalid.code().as_str()), (StatusCode::BAD_REQUEST, "AccountNameInvalid"));
}

#[tokio::test]
async fn a_share_lives_in_its_account() {
    let app = with_account().await;
    let created = app.put(&share(), json!({ "properties": { "shareQuota": 5 } })).await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.text);
    assert_json_snapshot!(created.json(), { ".etag" => "[etag]" });
    let patched = app.patch(&share(), json!({ "properties": { "metadata": { "a": "1" } } })).await.json();
    assert_eq!(
        (&patched["properties"]["shareQuota"], &patched["properties"]["metadata"]["a"]),
        (&json!(5), &json!("1"))
    );
    assert_eq!(app.put(&share(), json!({})).await.json()["properties"]["shareQuota"], 5);
    let list = app.get(&format!("{}/fileServices/default/shares", account())).await.json();
    assert_eq!(list["value"][0]["name"], "data");
    let huge = app.put(&share(), json!({ "properties": { "shareQuota": 102_401 } })).await;
    assert_eq!(huge.status, StatusCode::BAD_REQUEST);
    let named = app.put(&share().replace("/data", "/Da_ta"), json!({})).await;
    assert_eq!((named.status, named.code().as_str()), (StatusCode::BAD_REQUEST, "InvalidResourceName"));
    assert_eq!(app.delete(&account()).await.status, StatusCode::OK);
    app.put(&account(), account_body()).await;
    assert_eq!(app.get(&share()).await.code(), "ShareNotFound");
    assert_eq!(app.delete(&share()).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_patch_changes_what_it_names() {
    let app = with_account().await;
    let body = json!({ "tags": { "a": "1" }, "sku": { "name": "Standard_LRS" }, "properties": { "accessTier": "Cool" } });
    let patched = app.patch(&account(), body).await.json();
    assert_eq!(patched["sku"], json!({ "name": "Standard_LRS", "tier": "Standard" }));
    assert_eq!((&patched["tags"]["a"], &patched["properties"]["accessTier"]), (&json!("1"), &json!("Cool")));
    assert_eq!(patched["properties"]["encryption"]["keySource"], "Microsoft.Storage");
}
