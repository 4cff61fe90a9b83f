//! The managed identities of a group, as its containers meet them.

use aci_emulator::runtime::SandboxId;
use aci_model::ResourceId;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::app::{GROUPS, TestApp, group};

const USER: &str = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/app";
const TOKEN: &str = "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://vault.azure.net";

fn with_identity(identity: Value) -> Value {
    let mut body = group();
    body["properties"]["restartPolicy"] = json!("Always");
    body["identity"] = identity;
    body
}

/// An emulator with the user-assigned identity.
async fn with_user() -> TestApp {
    let app = TestApp::new().await;
    let made = app.put(&format!("{USER}?api-version=2023-01-31"), json!({ "location": "westus" })).await;
    assert!(made.status.is_success(), "{}", made.text);
    app
}

/// A running group with an identity, and its deployment.
async fn running(app: &TestApp, identity: Value) -> (Value, SandboxId) {
    let answer = app.put(&format!("{GROUPS}/web"), with_identity(identity)).await;
    assert!(answer.status.is_success(), "{}", answer.text);
    until_running(app).await
}

async fn until_running(app: &TestApp) -> (Value, SandboxId) {
    let is_running = |body: &Value| body["properties"]["instanceView"]["state"] == "Running";
    let body = app.get_until(&format!("{GROUPS}/web"), is_running).await;
    let id: ResourceId = body["id"].as_str().unwrap().parse().unwrap();
    let sandbox = app.app.groups.get(&id).unwrap().status.sandbox.clone().unwrap();
    (body, sandbox)
}

/// Status and body of an answer from inside.
async fn ask(app: &TestApp, sandbox: &SandboxId, path: &str, header: &str) -> (String, Value) {
    let request = format!("GET {path} HTTP/1.1\r\nHost: 169.254.169.254\r\n{header}\r\n\r\n");
    let answer = app.sim.ask_metadata(sandbox, &request).await.unwrap();
    let text = String::from_utf8(answer.to_vec()).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().to_owned();
    (status, serde_json::from_str(body).unwrap())
}

fn claims(token: &Value) -> Value {
    let part = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[tokio::test]
async fn a_container_gets_tokens_of_its_groups_own_identity_that_the_emulator_takes() {
    let app = TestApp::new().await;
    let (body, sandbox) = running(&app, json!({ "type": "SystemAssigned" })).await;
    let (status, token) = ask(&app, &sandbox, TOKEN, "Metadata: true").await;
    assert_eq!(status, "200", "{token}");
    assert_eq!(token["resource"], "https://vault.azure.net");
    assert_eq!((&token["token_type"], &token["expires_in"]), (&json!("Bearer"), &json!("86399")));
    let claims = claims(&token["access_token"]);
    assert_eq!(claims["oid"], body["identity"]["principalId"]);
    assert_eq!((&claims["aud"], &claims["appid"]), (&token["resource"], &token["client_id"]));
    let judged = app.app.authority.judge(token["access_token"].as_str().unwrap(), app.app.clock.now());
    assert!(matches!(judged, aci_emulator::arm::token::Judgement::Ours(_)));
}

#[tokio::test]
async fn user_assigned_identities_are_named_and_strangers_are_not_found() {
    let app = with_user().await;
    let identity = json!({ "type": "SystemAssigned, UserAssigned", "userAssignedIdentities": { USER: {} } });
    let (body, sandbox) = running(&app, identity).await;
    let ids = &body["identity"]["userAssignedIdentities"][USER];
    for (name, value) in
        [("client_id", &ids["clientId"]), ("object_id", &ids["principalId"]), ("mi_res_id", &json!(USER))]
    {
        let path = format!("{TOKEN}&{name}={}", value.as_str().unwrap());
        let (status, token) = ask(&app, &sandbox, &path, "Metadata: true").await;
        assert_eq!((status.as_str(), &token["client_id"]), ("200", &ids["clientId"]), "{name}");
        assert_eq!(claims(&token["access_token"])["oid"], ids["principalId"]);
    }
    let (status, own) = ask(&app, &sandbox, TOKEN, "Metadata: true").await;
    assert_eq!(status, "200");
    assert_ne!(own["client_id"], ids["clientId"]);
    let path = format!("{TOKEN}&client_id=11111111-0000-0000-0000-000000000000");
    let (status, refusal) = ask(&app, &sandbox, &path, "Metadata: true").await;
    assert_eq!((status.as_str(), &refusal["error"]), ("400", &json!("identity_not_found")));
}

#[tokio::test]
async fn the_service_wants_its_header_and_the_apps_endpoint_wants_the_containers_own() {
    let app = TestApp::new().await;
    let (_, sandbox) = running(&app, json!({ "type": "SystemAssigned" })).await;
    assert_eq!(ask(&app, &sandbox, TOKEN, "Accept: */*").await.0, "400");
    let no_resource = "/metadata/identity/oauth2/token?api-version=2018-02-01";
    assert_eq!(ask(&app, &sandbox, no_resource, "Metadata: true").await.0, "400");
    assert_eq!(ask(&app, &sandbox, "/latest/meta-data", "Metadata: true").await.0, "404");

    let env = app.sim.container_spec(&sandbox, "web").unwrap().env;
    let value = |name: &str| env.iter().find(|(other, _)| other == name).unwrap().1.expose().to_owned();
    assert_eq!(value("IDENTITY_ENDPOINT"), "http://169.254.169.254/msi/token");
    let path = "/msi/token?api-version=2019-08-01&resource=https://vault.azure.net";
    let header = format!("X-IDENTITY-HEADER: {}", value("IDENTITY_HEADER"));
    let (status, token) = ask(&app, &sandbox, path, &header).await;
    assert_eq!((status.as_str(), &token["resource"]), ("200", &json!("https://vault.azure.net")));
    assert_eq!(ask(&app, &sandbox, path, "X-IDENTITY-HEADER: guess").await.0, "401");
}

#[tokio::test]
async fn a_group_without_identities_has_no_service_and_one_that_gets_some_is_deployed_with_it() {
    let app = TestApp::new().await;
    let (_, sandbox) = running(&app, Value::Null).await;
    assert!(app.sim.ask_metadata(&sandbox, "GET / HTTP/1.1\r\n\r\n").await.is_none());
    assert!(
        app.sim
            .container_spec(&sandbox, "web")
            .unwrap()
            .env
            .iter()
            .all(|(name, _)| name != "IDENTITY_ENDPOINT")
    );
    let answer = app.put(&format!("{GROUPS}/web"), with_identity(json!({ "type": "SystemAssigned" }))).await;
    assert_eq!(answer.json()["properties"]["provisioningState"], "Pending", "{}", answer.text);
    let (_, sandbox) = until_running(&app).await;
    assert_eq!(ask(&app, &sandbox, TOKEN, "Metadata: true").await.0, "200");
}

#[tokio::test]
async fn an_image_is_pulled_with_a_token_of_the_groups_identity() {
    let app = with_user().await;
    let image = "mine.azurecr.io/app:1";
    let mut body = with_identity(json!({ "type": "UserAssigned", "userAssignedIdentities": { USER: {} } }));
    body["properties"]["containers"][0]["properties"]["image"] = json!(image);
    body["properties"]["imageRegistryCredentials"] =
        json!([{ "server": "mine.azurecr.io", "identity": USER }]);
    let answer = app.put(&format!("{GROUPS}/web"), body).await;
    assert!(answer.status.is_success(), "{}", answer.text);
    let is_running = |body: &Value| body["properties"]["instanceView"]["state"] == "Running";
    let shown = app.get_until(&format!("{GROUPS}/web"), is_running).await;
    let auth = app.sim.signed_in(image).unwrap();
    assert_eq!(
        (auth.server.as_str(), auth.username.as_str()),
        ("mine.azurecr.io", "00000000-0000-0000-0000-000000000000")
    );
    let claims = claims(&json!(auth.password.expose()));
    assert_eq!(claims["oid"], shown["identity"]["userAssignedIdentities"][USER]["principalId"]);
}

#[tokio::test]
async fn an_identity_that_the_group_does_not_have_pulls_nothing() {
    let app = TestApp::new().await;
    let mut body = with_identity(json!({ "type": "SystemAssigned" }));
    body["properties"]["containers"][0]["properties"]["image"] = json!("mine.azurecr.io/app:1");
    body["properties"]["imageRegistryCredentials"] =
        json!([{ "server": "mine.azurecr.io", "identity": USER }]);
    let answer = app.put(&format!("{GROUPS}/web"), body).await;
    // Whoever refuses it first, the registry is not asked.
    if answer.status.is_success() {
        let view =
            |body: &Value| body["properties"]["containers"][0]["properties"]["instanceView"].to_string();
        app.get_until(&format!("{GROUPS}/web"), |body| view(body).contains("may not pull")).await;
    }
    assert_eq!(app.sim.signed_in("mine.azurecr.io/app:1"), None);
}
