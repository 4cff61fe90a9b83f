//! What libraries ask before they send a credential, and the tokens of managed identities.

use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use http::{Request, StatusCode};
use insta::assert_json_snapshot;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::{Value, json};

use crate::support::app::{Answer, PROVIDERS, TestApp};

async fn get(app: &TestApp, path: &str, header: (&'static str, &str)) -> Answer {
    let request = Request::get(path).header("host", "arm.test").header(header.0, header.1);
    app.send(request.body(Body::empty()).unwrap()).await
}

fn claims(token: &Value) -> Value {
    let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64.decode(payload).unwrap()).unwrap()
}

const METADATA: (&str, &str) = ("metadata", "true");
const IMDS: &str =
    "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://management.azure.com/";

#[tokio::test]
async fn a_tenant_describes_its_endpoints_and_whichever_tenant_leaves_its_name_open() {
    let app = TestApp::bare().await;
    let document = get(&app, "/organizations/v2.0/.well-known/openid-configuration", METADATA).await.json();
    assert_json_snapshot!(document);
    for tenant in ["common", "organizations", "consumers"] {
        let path = format!("/{tenant}/v2.0/.well-known/openid-configuration");
        assert_eq!(get(&app, &path, METADATA).await.json()["issuer"], "http://arm.test/{tenantid}/v2.0");
    }
    let old = get(&app, "/contoso/.well-known/openid-configuration", METADATA).await.json();
    assert_eq!(
        (&old["issuer"], &old["token_endpoint"]),
        (&json!("http://arm.test/contoso/"), &json!("http://arm.test/contoso/oauth2/token"))
    );
}

#[tokio::test]
async fn the_cloud_tells_az_where_graph_is() {
    let app = TestApp::bare().await;
    let cloud = get(&app, "/metadata/endpoints?api-version=2022-09-01", METADATA).await.json();
    assert_json_snapshot!(cloud);
    let list = get(&app, "/metadata/endpoints?api-version=2019-05-01", METADATA).await.json();
    assert_eq!(list, json!([cloud]));
}

#[tokio::test]
async fn the_published_key_verifies_a_token() {
    let app = TestApp::bare().await;
    let token = get(&app, IMDS, METADATA).await.json()["access_token"].as_str().unwrap().to_owned();
    let keys = get(&app, "/common/discovery/v2.0/keys", METADATA).await.json();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let header: Value =
        serde_json::from_slice(&BASE64.decode(signed.split('.').next().unwrap()).unwrap()).unwrap();
    let key = keys["keys"].as_array().unwrap().iter().find(|key| key["kid"] == header["kid"]).unwrap();
    let coordinate = |name: &str| BASE64.decode(key[name].as_str().unwrap()).unwrap();
    let point = [vec![4], coordinate("x"), coordinate("y")].concat();
    let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
    let signature = BASE64.decode(signature).unwrap();
    assert!(public.verify(signed.as_bytes(), &signature).is_ok());
    assert!(public.verify(b"another", &signature).is_err());
}

#[tokio::test]
async fn an_identity_is_named_in_any_of_three_ways() {
    let app = TestApp::new().await;
    let path = format!("{PROVIDERS}/Microsoft.ManagedIdentity/userAssignedIdentities/id");
    let ids = app.put(&path, json!({ "location": "westus" })).await.json()["properties"].clone();
    for (name, value) in [
        ("client_id", ids["clientId"].as_str().unwrap()),
        ("object_id", ids["principalId"].as_str().unwrap()),
        ("mi_res_id", path.as_str()),
        ("msi_res_id", &path.to_uppercase().replace("/PROVIDERS/", "/providers/")),
    ] {
        let token = get(&app, &format!("{IMDS}&{name}={value}"), METADATA).await.json();
        let claims = claims(&token["access_token"]);
        assert_eq!((&claims["oid"], &claims["appid"]), (&ids["principalId"], &ids["clientId"]), "{name}");
    }
}

#[tokio::test]
async fn older_hosts_have_endpoints_of_their_own() {
    let app = TestApp::bare().await;
    let old = "/msi/token?api-version=2017-09-01&resource=https://management.azure.com/";
    assert_eq!(get(&app, old, METADATA).await.status, StatusCode::UNAUTHORIZED);
    let token = get(&app, old, ("secret", "any")).await.json();
    assert_eq!(token["expires_on"], "01/03/2026 03:04:04 +00:00");
    let post = |header: (&'static str, &'static str), form: &'static str| {
        let request = Request::post("/msi/token").header("host", "arm.test").header(header.0, header.1);
        app.send(request.body(Body::from(form)).unwrap())
    };
    assert_eq!(post(METADATA, "resource=https://management.azure.com/").await.status, StatusCode::OK);
    assert_eq!(post(METADATA, "").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(post(("metadata", "no"), "resource=x").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_machine_says_that_it_is_azures() {
    let app = TestApp::bare().await;
    let instance = get(&app, "/metadata/instance?api-version=2021-12-13", METADATA).await;
    assert_eq!(instance.json()["compute"]["azEnvironment"], "AzurePublicCloud");
    assert_eq!(get(&app, "/metadata/instance", METADATA).await.status, StatusCode::BAD_REQUEST);
    let without = get(&app, "/metadata/instance?api-version=2021-12-13", ("x", "y")).await;
    assert_eq!(without.status, StatusCode::BAD_REQUEST);
}
