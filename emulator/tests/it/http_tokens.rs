//! What the credentials of official SDKs ask.

use axum::body::Body;
use http::{Request, StatusCode};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::app::{Answer, SUBSCRIPTION, TestApp};

const TOKEN: &str = "/contoso/oauth2/v2.0/token";

async fn post(app: &TestApp, path: &str, form: &str) -> Answer {
    let request = Request::post(path)
        .header("host", "arm.test")
        .header("content-type", "application/x-www-form-urlencoded");
    app.send(request.body(Body::from(form.to_owned())).unwrap()).await
}

async fn get(app: &TestApp, path: &str, header: Option<(&str, &str)>) -> Answer {
    let mut request = Request::get(path).header("host", "arm.test");
    if let Some((name, value)) = header {
        request = request.header(name, value);
    }
    app.send(request.body(Body::empty()).unwrap()).await
}

/// The kinds of a body's members, without their values.
fn kinds(body: &Value) -> Value {
    let kind = |value: &Value| match value {
        Value::String(_) => "text",
        Value::Number(_) => "number",
        _ => "other",
    };
    body.as_object().unwrap().iter().map(|(name, value)| (name.clone(), json!(kind(value)))).collect()
}

#[tokio::test]
async fn a_service_principal_gets_a_token_that_works_until_it_expires() {
    let app = TestApp::bare().await;
    let form = "grant_type=client_credentials&client_id=me&client_secret=s&scope=https%3A%2F%2Fmanagement.azure.com%2F.default";
    let answer = post(&app, TOKEN, form).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let expected = json!({ "token_type": "text", "expires_in": "number", "ext_expires_in": "number", "access_token": "text" });
    assert_eq!(kinds(&answer.json()), expected);
    let token = answer.json()["access_token"].as_str().unwrap().to_owned();
    let bearer = format!("Bearer {token}");
    let path = format!("{SUBSCRIPTION}?api-version=2022-12-01");
    assert_eq!(get(&app, &path, Some(("authorization", &bearer))).await.status, StatusCode::OK);
    app.clock.advance(SignedDuration::from_secs(3600));
    let expired = get(&app, &path, Some(("authorization", &bearer))).await;
    assert_eq!(
        (expired.status, expired.code().as_str()),
        (StatusCode::UNAUTHORIZED, "ExpiredAuthenticationToken")
    );
}

#[tokio::test]
async fn the_first_endpoint_takes_a_resource_and_answers_in_text() {
    let app = TestApp::bare().await;
    // The assertion says {"exp":9999999999.5}: some libraries write fractions.
    let form = "grant_type=client_credentials&client_id=me&client_assertion=e30.eyJleHAiOjk5OTk5OTk5OTkuNX0.x&client_assertion_type=t&resource=https://management.azure.com/";
    let answer = post(&app, "/contoso/oauth2/token", form).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert!(
        kinds(&answer.json()).as_object().unwrap().values().all(|kind| kind == "text"),
        "{}",
        answer.text
    );
}

#[tokio::test]
async fn forms_that_deserve_no_token_are_refused_by_number() {
    let app = TestApp::bare().await;
    for (form, error, number) in [
        ("", "invalid_request", 900_144),
        ("grant_type=password", "invalid_request", 900_144),
        ("grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer", "unsupported_grant_type", 70_003),
        ("grant_type=client_credentials&client_id=me", "invalid_client", 7_000_216),
        ("grant_type=client_credentials&client_id=me&client_secret=s", "invalid_request", 900_144),
        ("grant_type=client_credentials&client_id=me&client_secret=s&scope=x", "invalid_scope", 1_002_012),
        ("grant_type=client_credentials&client_id=me&client_assertion=j&scope=x", "invalid_client", 50_027),
        // The payload of the second is {"exp":1}.
        (
            "grant_type=client_credentials&client_id=me&client_assertion=a.eyJleHAiOjF9.c",
            "invalid_client",
            700_024,
        ),
        ("grant_type=refresh_token&client_id=me&refresh_token=a.b.c", "invalid_grant", 9_002_313),
    ] {
        let body = post(&app, TOKEN, form).await.json();
        assert_eq!((body["error"].as_str().unwrap(), &body["error_codes"][0]), (error, &json!(number)));
        assert!(body["error_description"].as_str().unwrap().starts_with(&format!("AADSTS{number}: ")));
    }
}

#[tokio::test]
async fn discovery_leads_back_to_the_host_that_was_asked() {
    let app = TestApp::bare().await;
    let configuration = get(&app, "/contoso/v2.0/.well-known/openid-configuration", None).await.json();
    assert_eq!(configuration["token_endpoint"], "http://arm.test/contoso/oauth2/v2.0/token");
    let instance = "/common/discovery/instance?api-version=1.1&authorization_endpoint=https%3A%2F%2Farm.test%2Fcontoso%2Foauth2%2Fv2.0%2Fauthorize";
    let instance = get(&app, instance, None).await.json();
    assert_eq!(
        instance["tenant_discovery_endpoint"],
        "http://arm.test/contoso/v2.0/.well-known/openid-configuration"
    );
    assert_eq!(instance["metadata"][0]["aliases"], json!(["arm.test"]));
    let keys = get(&app, "/contoso/discovery/v2.0/keys", None).await.json();
    assert_eq!(keys["keys"][0]["alg"], "ES256");
}

#[tokio::test]
async fn the_metadata_service_wants_its_header_and_answers_in_text() {
    let app = TestApp::bare().await;
    let path =
        "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://management.azure.com/";
    let probe = get(&app, path, None).await;
    assert_eq!(probe.status, StatusCode::BAD_REQUEST);
    assert_eq!(probe.json()["error_description"], "Required metadata header not specified");
    let answer = get(&app, path, Some(("metadata", "true"))).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert!(
        kinds(&answer.json()).as_object().unwrap().values().all(|kind| kind == "text"),
        "{}",
        answer.text
    );
    let nothing =
        get(&app, "/metadata/identity/oauth2/token?api-version=2018-02-01", Some(("metadata", "true"))).await;
    assert_eq!(nothing.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn app_services_endpoint_wants_its_header() {
    let app = TestApp::bare().await;
    let path = "/msi/token?api-version=2019-08-01&resource=https://management.azure.com/";
    assert_eq!(get(&app, path, None).await.status, StatusCode::UNAUTHORIZED);
    let answer = get(&app, path, Some(("x-identity-header", "any"))).await;
    let expected = json!({
        "access_token": "text", "client_id": "text", "expires_on": "text", "resource": "text", "token_type": "text",
    });
    assert_eq!(kinds(&answer.json()), expected);
}

#[tokio::test]
async fn the_cloud_is_described_in_the_shape_of_each_version() {
    let app = TestApp::bare().await;
    let new = get(&app, "/metadata/endpoints?api-version=2022-09-01", None).await.json();
    assert_eq!(new["resourceManager"], "http://arm.test");
    let middle = get(&app, "/metadata/endpoints?api-version=2020-06-01", None).await.json();
    assert_eq!(middle[0]["authentication"]["loginEndpoint"], "http://arm.test");
    let old = get(&app, "/metadata/endpoints?api-version=2015-01-01", None).await.json();
    assert_eq!(old["authentication"]["loginEndpoint"], "http://arm.test/");
}
