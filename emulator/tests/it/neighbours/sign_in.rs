//! People who sign in: the browser's way, a code on another device, a password, and the tokens that follow.

use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use http::{Request, StatusCode};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::app::{Answer, SUBSCRIPTION, TestApp};

const TOKEN: &str = "/organizations/oauth2/v2.0/token";
const SCOPE: &str = "https://management.core.windows.net//.default offline_access openid profile";

async fn post(app: &TestApp, path: &str, form: &[(&str, &str)]) -> Answer {
    let mut body = form_urlencoded::Serializer::new(String::new());
    body.extend_pairs(form);
    let request = Request::post(path)
        .header("host", "arm.test")
        .header("content-type", "application/x-www-form-urlencoded");
    app.send(request.body(Body::from(body.finish())).unwrap()).await
}

async fn get(app: &TestApp, path: &str) -> Answer {
    app.send(Request::get(path).header("host", "arm.test").body(Body::empty()).unwrap()).await
}

fn claims(token: &Value) -> Value {
    let payload = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64.decode(payload).unwrap()).unwrap()
}

/// The code that the sign-in page sends back.
async fn code(app: &TestApp, more: &str) -> (String, String) {
    let path = format!(
        "/organizations/oauth2/v2.0/authorize?client_id=az&response_type=code\
         &redirect_uri=http%3A%2F%2Flocalhost%3A8400&scope=openid&state=abc&login_hint=ann%40contoso.com\
         &nonce=n1&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256{more}"
    );
    let answer = get(app, &path).await;
    assert_eq!(answer.status, StatusCode::FOUND, "{}", answer.text);
    let place = answer.header("location").strip_prefix("http://localhost:8400?").unwrap().to_owned();
    let pairs: std::collections::HashMap<String, String> =
        form_urlencoded::parse(place.as_bytes()).into_owned().collect();
    (pairs["code"].clone(), pairs["state"].clone())
}

#[tokio::test]
async fn a_browser_comes_back_at_once_with_a_code_that_its_client_alone_can_use() {
    let app = TestApp::bare().await;
    let (code, state) = code(&app, "").await;
    assert_eq!(state, "abc");
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("client_id", "az"),
        ("code", code.as_str()),
        ("redirect_uri", "http://localhost:8400"),
        ("scope", SCOPE),
    ];
    let without = post(&app, TOKEN, &form).await.json();
    assert_eq!(without["error_codes"], json!([501_481]), "{without}");
    form.push(("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
    let answer = post(&app, TOKEN, &form).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let body = answer.json();
    assert_eq!(body["scope"], SCOPE);
    let id = claims(&body["id_token"]);
    assert_eq!(
        (&id["preferred_username"], &id["nonce"], &id["aud"]),
        (&json!("ann@contoso.com"), &json!("n1"), &json!("az"))
    );
    let access = claims(&body["access_token"]);
    assert_eq!(
        (&access["aud"], &access["idtyp"]),
        (&json!("https://management.core.windows.net/"), &json!("user"))
    );
    let info: Value =
        serde_json::from_slice(&BASE64.decode(body["client_info"].as_str().unwrap()).unwrap()).unwrap();
    assert_eq!((&info["uid"], &info["utid"]), (&access["oid"], &access["tid"]));
}

#[tokio::test]
async fn a_code_is_sent_to_this_machine_alone_and_in_the_way_that_was_asked_for() {
    let app = TestApp::bare().await;
    let path = "/common/oauth2/v2.0/authorize?client_id=az&redirect_uri=https%3A%2F%2Fexample.com";
    let refused = get(&app, path).await;
    assert_eq!((refused.status, &refused.json()["error_codes"]), (StatusCode::BAD_REQUEST, &json!([50_011])));
    let path = "/common/oauth2/v2.0/authorize?client_id=az&redirect_uri=http%3A%2F%2Flocalhost&response_mode=form_post";
    let page = get(&app, path).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("<form method=\"post\" action=\"http://localhost\">"), "{}", page.text);
}

#[tokio::test]
async fn a_device_code_is_approved_when_it_is_made() {
    let app = TestApp::bare().await;
    let begun =
        post(&app, "/organizations/oauth2/v2.0/devicecode", &[("client_id", "az"), ("scope", SCOPE)]).await;
    let begun = begun.json();
    assert_eq!(begun["verification_uri"], "http://arm.test/deviceauth");
    assert_eq!(begun["user_code"].as_str().unwrap().len(), 9);
    assert_eq!(get(&app, "/deviceauth").await.status, StatusCode::OK);
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("client_id", "az"),
        ("device_code", begun["device_code"].as_str().unwrap()),
    ];
    let body = post(&app, TOKEN, &form).await.json();
    assert_eq!(claims(&body["access_token"])["upn"], "user@aci-local.onmicrosoft.com", "{body}");
}

#[tokio::test]
async fn a_password_brings_tokens_that_are_renewed_until_they_expire() {
    let app = TestApp::bare().await;
    let realm = get(&app, "/common/userrealm/ann%40contoso.com?api-version=1.0").await.json();
    assert_eq!(realm["account_type"], "Managed");
    let form = [
        ("grant_type", "password"),
        ("client_id", "az"),
        ("username", "ann@contoso.com"),
        ("password", "x"),
        ("scope", SCOPE),
    ];
    let first = post(&app, TOKEN, &form).await.json();
    let refresh = first["refresh_token"].as_str().unwrap().to_owned();
    let form = |client: &'static str| {
        vec![
            ("grant_type", "refresh_token"),
            ("client_id", client),
            ("refresh_token", refresh.as_str()),
            ("scope", SCOPE),
        ]
    };
    app.clock.advance(SignedDuration::from_hours(2));
    let renewed = post(&app, TOKEN, &form("az")).await.json();
    let bearer = format!("Bearer {}", renewed["access_token"].as_str().unwrap());
    let request = Request::get(format!("{SUBSCRIPTION}?api-version=2022-12-01")).header("host", "arm.test");
    let answer = app.send(request.header("authorization", bearer).body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert_eq!(claims(&first["access_token"])["oid"], claims(&renewed["access_token"])["oid"]);
    assert_eq!(post(&app, TOKEN, &form("other")).await.json()["error_codes"], json!([700_005]));
    app.clock.advance(SignedDuration::from_hours(24 * 91));
    assert_eq!(post(&app, TOKEN, &form("az")).await.json()["error_codes"], json!([70_008]));
}

#[tokio::test]
async fn an_identitys_federated_credential_decides_about_assertions() {
    let app = TestApp::new().await;
    let path =
        format!("{}/Microsoft.ManagedIdentity/userAssignedIdentities/id", crate::support::app::PROVIDERS);
    let identity = app.put(&path, json!({ "location": "westus" })).await.json();
    let client = identity["properties"]["clientId"].as_str().unwrap().to_owned();
    let assertion = json!({ "iss": "https://issuer.test/", "sub": "me", "aud": ["api://AzureADTokenExchange"], "exp": 9_999_999_999_i64 });
    let assertion = format!("e30.{}.x", BASE64.encode(assertion.to_string()));
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", client.as_str()),
        ("client_assertion", assertion.as_str()),
        ("scope", "https://management.azure.com/.default"),
    ];
    assert_eq!(post(&app, TOKEN, &form).await.json()["error_codes"], json!([70_021]));
    let credential = json!({ "properties": { "issuer": "https://issuer.test", "subject": "me", "audiences": ["api://AzureADTokenExchange"] } });
    app.put(&format!("{path}/federatedIdentityCredentials/k8s"), credential).await;
    let token = post(&app, TOKEN, &form).await.json();
    assert_eq!(claims(&token["access_token"])["oid"], identity["properties"]["principalId"]);
}
