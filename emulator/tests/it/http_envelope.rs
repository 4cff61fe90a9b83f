//! What Azure Resource Manager puts around every call.

use axum::body::Body;
use http::{Method, Request, StatusCode};
use insta::assert_json_snapshot;
use serde_json::json;

use crate::support::app::{GROUPS, SUBSCRIPTION, TestApp, group};

#[tokio::test]
async fn a_call_without_a_token_gets_azures_401() {
    let app = TestApp::new().await;
    let request =
        Request::get(format!("{GROUPS}/web")).header("host", "arm.test").body(Body::empty()).unwrap();
    let answer = app.send(request).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        answer.text,
        r#"{"error":{"code":"AuthenticationFailed","message":"Authentication failed. The 'Authorization' header is missing."}}"#
    );
    let challenge = answer.header("www-authenticate");
    assert!(challenge.starts_with("Bearer authorization_uri=\"http://arm.test/"), "{challenge}");
}

#[tokio::test]
async fn other_schemes_and_broken_tokens_are_refused() {
    let app = TestApp::new().await;
    for (header, code) in
        [("Basic dTpw", "AuthenticationFailed"), ("Bearer a b", "InvalidAuthenticationToken")]
    {
        let request = Request::get(format!("{SUBSCRIPTION}?api-version=2022-12-01"));
        let answer = app.send(request.header("authorization", header).body(Body::empty()).unwrap()).await;
        assert_eq!((answer.status, answer.code().as_str()), (StatusCode::UNAUTHORIZED, code));
    }
}

#[tokio::test]
async fn the_version_is_required_and_checked_by_the_resource_type() {
    let app = TestApp::new().await;
    let missing = Request::get(format!("{GROUPS}/web")).header("authorization", "Bearer fake");
    let answer = app.send(missing.body(Body::empty()).unwrap()).await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (StatusCode::BAD_REQUEST, "MissingApiVersionParameter")
    );

    let malformed = app.get(&format!("{GROUPS}/web?api-version=latest")).await;
    assert_eq!(
        (malformed.status, malformed.code().as_str()),
        (StatusCode::BAD_REQUEST, "InvalidApiVersionParameter")
    );

    let item = app.get(&format!("{GROUPS}/web?api-version=2016-01-01")).await;
    assert_eq!((item.status, item.code().as_str()), (StatusCode::BAD_REQUEST, "NoRegisteredProviderFound"));
    assert!(
        item.text.contains("for location 'westus' and API version '2016-01-01' for type 'containerGroups'")
    );

    let list = app.get(&format!("{GROUPS}?api-version=2016-01-01")).await;
    assert_eq!((list.status, list.code().as_str()), (StatusCode::NOT_FOUND, "InvalidResourceType"));

    let resource_manager = app.get(&format!("{SUBSCRIPTION}/resourceGroups/rg?api-version=2016-01-01")).await;
    assert_eq!(resource_manager.status, StatusCode::OK);
}

#[tokio::test]
async fn every_answer_carries_the_standard_headers() {
    let app = TestApp::new().await;
    let request = Request::get(format!("{SUBSCRIPTION}?api-version=2022-12-01"))
        .header("authorization", "Bearer fake")
        .header("x-ms-correlation-request-id", "my-correlation")
        .header("x-ms-client-request-id", "my-request")
        .header("x-ms-return-client-request-id", "true");
    let answer = app.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.header("x-ms-correlation-request-id"), "my-correlation");
    assert_eq!(answer.header("x-ms-client-request-id"), "my-request");
    assert_eq!(answer.header("x-ms-routing-request-id"), "LOCAL:20260102T030405Z:my-correlation");
    assert_eq!(answer.header("content-type"), "application/json; charset=utf-8");
    assert_eq!((answer.header("cache-control"), answer.header("expires")), ("no-cache", "-1"));
    assert_eq!(answer.header("x-ms-ratelimit-remaining-subscription-reads"), "11999");
    assert!(!answer.header("x-ms-request-id").is_empty());
}

#[tokio::test]
async fn the_client_request_id_is_echoed_only_when_asked_for() {
    let app = TestApp::new().await;
    let request = Request::get("/subscriptions?api-version=2022-12-01")
        .header("authorization", "Bearer fake")
        .header("x-ms-client-request-id", "my-request");
    let answer = app.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.header("x-ms-client-request-id"), "");
}

#[tokio::test]
async fn unknown_paths_and_methods_are_refused_in_the_envelope() {
    let app = TestApp::new().await;
    let kind = app.get(&format!("{SUBSCRIPTION}/providers/Microsoft.ContainerInstance/gadgets")).await;
    assert_eq!((kind.status, kind.code().as_str()), (StatusCode::NOT_FOUND, "InvalidResourceType"));
    let nested = app.post(&format!("{GROUPS}/web/containers/web/frobnicate")).await;
    assert_eq!((nested.status, nested.code().as_str()), (StatusCode::NOT_FOUND, "InvalidResourceType"));
    assert!(nested.text.contains("'containerGroups/containers/frobnicate'"), "{}", nested.text);
    let namespace = app.get(&format!("{SUBSCRIPTION}/providers/Contoso.Gadgets/gadgets")).await;
    assert_eq!(
        (namespace.status, namespace.code().as_str()),
        (StatusCode::NOT_FOUND, "InvalidResourceNamespace")
    );
    let nowhere = app.get("/nowhere").await;
    assert_eq!((nowhere.status, nowhere.code().as_str()), (StatusCode::NOT_FOUND, "MissingSubscription"));
    let method = app.post(&format!("{GROUPS}/web")).await;
    assert_eq!((method.status, method.code().as_str()), (StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed"));
}

#[tokio::test]
async fn bodies_that_cannot_be_read_are_refused_with_their_place() {
    let app = TestApp::new().await;
    let send = async |body: Vec<u8>| {
        let request = Request::put(format!("{GROUPS}/web?api-version=2023-05-01"));
        app.send(request.header("authorization", "Bearer fake").body(Body::from(body)).unwrap()).await
    };
    let broken = send(b"{\"location\": ".to_vec()).await;
    assert_eq!(broken.status, StatusCode::BAD_REQUEST);
    assert_json_snapshot!(broken.json(), @r#"
    {
      "error": {
        "code": "InvalidRequestContent",
        "message": "The request content was invalid and could not be deserialized: 'Unexpected end of content. Path 'location', line 1, position 13.'."
      }
    }
    "#);
    let missing = send(b"{\"location\":\"westus\",\n \"properties\":{}}".to_vec()).await;
    assert!(missing.text.contains("InvalidOsType"), "{}", missing.text);
    let missing = send(b"{\"location\":\"westus\",\n \"properties\":{\"osType\":\"Linux\"}}".to_vec()).await;
    assert!(
        missing.text.contains(
            "'Required property 'containers' not found in JSON. Path 'properties', line 2, position 32.'"
        ),
        "{}",
        missing.text
    );
    let large = send(vec![b' '; 5 * 1024 * 1024]).await;
    assert_eq!(
        (large.status, large.code().as_str()),
        (StatusCode::PAYLOAD_TOO_LARGE, "RequestContentTooLarge")
    );
}

#[tokio::test]
async fn words_of_a_path_match_in_any_case_and_names_keep_the_first_puts() {
    let app = TestApp::new().await;
    let put = app.put(&format!("{GROUPS}/web"), group()).await;
    assert_eq!(put.status, StatusCode::CREATED, "{}", put.text);
    let shouted = GROUPS.to_uppercase().replace("CONTAINERGROUPS", "/containergroups");
    let answer = app.get(&format!("{shouted}/WEB")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert_eq!(answer.json()["id"], json!(format!("{GROUPS}/web")));
}

#[tokio::test]
async fn an_unknown_operation_is_not_found() {
    let app = TestApp::new().await;
    let path =
        format!("{SUBSCRIPTION}/providers/Microsoft.ContainerInstance/locations/westus/operations/nonsense");
    let answer = app.call(Method::GET, &path, None).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::NOT_FOUND, "OperationNotFound"));
}
