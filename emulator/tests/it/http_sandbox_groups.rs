//! Sandbox groups and the tokens of their endpoints.

use http::{Request, StatusCode};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::app::{Answer, PROVIDERS, SUBSCRIPTION, TestApp};

const SINCE: &str = "api-version=2026-06-01-preview";

fn path(rest: &str) -> String {
    format!("{PROVIDERS}/Microsoft.ContainerInstance/sandboxGroups{rest}?{SINCE}")
}

async fn with_group() -> TestApp {
    let app = TestApp::new().await;
    let made = app.put(&path("/box"), json!({ "location": "eastus", "tags": { "a": "1" } })).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    app
}

/// Asks an endpoint with a token.
async fn ask(app: &TestApp, endpoint: &str, token: &str) -> Answer {
    let place = endpoint.strip_prefix("http://arm.test").unwrap();
    let request =
        Request::get(place).header("host", "arm.test").header("authorization", format!("Bearer {token}"));
    app.send(request.body(axum::body::Body::empty()).unwrap()).await
}

async fn connected(app: &TestApp) -> (String, String, Value) {
    let answer = app.post(&path("/box/connect")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let body = answer.json();
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    (text("endpoint"), text("accessToken"), body.clone())
}

#[tokio::test]
async fn a_sandbox_group_is_made_with_an_operation_that_is_done_and_listed() {
    let app = TestApp::new().await;
    let made = app.put(&path("/box"), json!({ "location": "eastus", "tags": { "a": "1" } })).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    insta::assert_json_snapshot!("sandbox_group", made.json());
    let operation = made.header("azure-asyncoperation").strip_prefix("http://arm.test").unwrap().to_owned();
    assert!(
        operation.contains("/providers/Microsoft.ContainerInstance/locations/eastus/operations/"),
        "{operation}"
    );
    assert_eq!(made.header("retry-after"), "1");
    assert_eq!(app.get(&operation).await.json()["status"], "Succeeded");
    assert_eq!(app.get(&path("/box")).await.json(), made.json());
    let of_group = app.get(&path("")).await.json();
    assert_eq!(of_group["value"], json!([made.json()]));
    let all = format!("{SUBSCRIPTION}/providers/Microsoft.ContainerInstance/sandboxGroups?{SINCE}");
    assert_eq!(app.get(&all).await.json(), of_group);
    let resources = app.get(&format!("{SUBSCRIPTION}/resources?api-version=2021-04-01")).await.json();
    assert_eq!(resources["value"][0]["type"], "Microsoft.ContainerInstance/sandboxGroups");
    let again = app.put(&path("/BOX"), json!({ "location": "eastus" })).await;
    assert_eq!((again.status, &again.json()["name"]), (StatusCode::OK, &json!("box")));
    let deleted = app.delete(&path("/box")).await;
    assert_eq!((deleted.status, deleted.text.as_str()), (StatusCode::ACCEPTED, ""));
    let operation = deleted.header("azure-asyncoperation").strip_prefix("http://arm.test").unwrap();
    assert_eq!(app.get(operation).await.json()["status"], "Succeeded");
    assert_eq!(app.delete(&path("/box")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(app.get(&path("/box")).await.code(), "ResourceNotFound");
}

#[tokio::test]
async fn tags_and_identities_are_patched() {
    let app = with_group().await;
    let own = json!({ "type": "SystemAssigned" });
    let patched = app.patch(&path("/box"), json!({ "tags": { "b": "2" }, "identity": own })).await.json();
    assert_eq!(patched["tags"], json!({ "b": "2" }));
    assert_eq!(patched["identity"]["type"], "SystemAssigned");
    assert!(patched["identity"]["principalId"].is_string() && patched["identity"]["tenantId"].is_string());
    let kept = app.patch(&path("/box"), json!({ "tags": {} })).await.json();
    assert_eq!((&kept["identity"], &kept["tags"]), (&patched["identity"], &json!({})));
    let none = app.patch(&path("/box"), json!({ "identity": { "type": "None" } })).await.json();
    assert_eq!(none.get("identity"), None);
    let bad = app.patch(&path("/box"), json!({ "identity": { "type": "UserAssigned" } })).await;
    assert_eq!((bad.status, bad.code().as_str()), (StatusCode::BAD_REQUEST, "InvalidSandboxGroupRequest"));
    let id = format!("{PROVIDERS}/Microsoft.ManagedIdentity/userAssignedIdentities/nobody");
    let missing = json!({ "type": "UserAssigned", "userAssignedIdentities": { id: {} } });
    let missing = app.patch(&path("/box"), json!({ "identity": missing })).await;
    assert_eq!(missing.code(), "FailedIdentityOperation");
}

#[tokio::test]
async fn a_subnet_of_a_sandbox_group_exists() {
    let app = TestApp::new().await;
    let network = format!("{PROVIDERS}/Microsoft.Network/virtualNetworks/vnet");
    let properties = json!({ "addressSpace": { "addressPrefixes": ["10.0.0.0/16"] },
        "subnets": [{ "name": "one", "properties": { "addressPrefix": "10.0.1.0/24" } }] });
    let body = json!({ "location": "eastus", "properties": properties });
    assert_eq!(app.put(&format!("{network}?api-version=2023-09-01"), body).await.status, StatusCode::CREATED);
    let within = |id: Value| json!({ "location": "eastus", "properties": { "networkProfile": { "subnets": [{ "id": id }] } } });
    let subnet = json!(format!("{network}/subnets/one"));
    let made = app.put(&path("/box"), within(subnet.clone())).await.json();
    assert_eq!(made["properties"]["networkProfile"], json!({ "subnets": [{ "id": subnet }] }));
    for (id, code) in [
        (json!(format!("{network}/subnets/two")), "SubnetNotFound"),
        (json!(network), "InvalidSandboxGroupRequest"),
        (Value::Null, "InvalidRequestContent"),
    ] {
        assert_eq!(app.put(&path("/box"), within(id)).await.code(), code);
    }
}

#[tokio::test]
async fn a_token_is_good_at_its_endpoint_until_its_time_and_no_longer() {
    let app = with_group().await;
    let (endpoint, token, body) = connected(&app).await;
    assert_eq!(body["notAfter"], "2026-01-02T04:04:05Z");
    let answer = ask(&app, &endpoint, &token).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let id = app.get(&path("/box")).await.json()["id"].clone();
    assert_eq!(answer.json(), json!({ "sandboxGroup": id, "notAfter": body["notAfter"] }));
    let (_, other, _) = connected(&app).await;
    assert_eq!(ask(&app, &endpoint, &other).await.status, StatusCode::OK);
    for stranger in ["x", "", &format!("{token}x")] {
        assert_eq!(ask(&app, &endpoint, stranger).await.status, StatusCode::UNAUTHORIZED, "{stranger}");
    }
    let elsewhere = format!("{}/00000000-0000-0000-0000-000000000000", endpoint.rsplit_once('/').unwrap().0);
    assert_eq!(ask(&app, &elsewhere, &token).await.status, StatusCode::UNAUTHORIZED);
    for listed in [path("/box"), path("")] {
        assert!(!app.get(&listed).await.text.contains(&token));
    }
    app.clock.advance(SignedDuration::from_secs(3600));
    assert_eq!(ask(&app, &endpoint, &token).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_token_does_not_outlive_its_sandbox_group() {
    let app = with_group().await;
    let (endpoint, token, _) = connected(&app).await;
    app.delete(&path("/box")).await;
    assert_eq!(ask(&app, &endpoint, &token).await.code(), "ResourceNotFound");
    app.put(&path("/box"), json!({ "location": "eastus" })).await;
    assert_eq!(ask(&app, &endpoint, &token).await.code(), "ResourceNotFound");
    let (anew, _, _) = connected(&app).await;
    assert_ne!(endpoint, anew);
    assert_eq!(app.post(&path("/none/connect")).await.code(), "ResourceNotFound");
}

#[tokio::test]
async fn older_versions_have_no_sandbox_groups_and_names_have_a_form() {
    let app = with_group().await;
    let old = path("/box").replace("2026-06-01-preview", "2025-09-01");
    let refused = app.get(&old).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (StatusCode::BAD_REQUEST, "NoRegisteredProviderFound")
    );
    assert!(refused.text.contains("'2026-07-01, 2026-06-01-preview'"), "{}", refused.text);
    assert_eq!(
        app.get(&path("").replace("2026-06-01-preview", "2025-09-01")).await.code(),
        "InvalidResourceType"
    );
    let bad = app.put(&path("/a_b"), json!({ "location": "eastus" })).await;
    assert_eq!(bad.code(), "InvalidSandboxGroupRequest");
}
