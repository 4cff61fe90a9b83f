//! ARM's bad days, and the tokens.

use std::time::Duration;

use aci_model::group::ContainerGroup;
use aci_provider::arm::{ArmError, ArmSettings, ContainerGroups, ContainerMetrics, HttpArm};
use serde_json::json;
use std::sync::Arc;
use wiremock::matchers::{method, path, path_regex, query_param};
use wiremock::{Match, Mock, MockServer, Request, ResponseTemplate};

use crate::support::azure::{InstantClock, StaticTokens, arm_settings};

const GROUP: &str =
    "/subscriptions/sub/resourceGroups/rg/providers/Microsoft.ContainerInstance/containerGroups/g";

fn settings(server: &MockServer) -> ArmSettings {
    arm_settings(server.uri().parse().unwrap())
}

async fn client(server: &MockServer) -> (HttpArm, Arc<StaticTokens>) {
    let tokens = StaticTokens::new();
    let arm = HttpArm::with_credential(settings(server), Arc::new(InstantClock), tokens.factory()).unwrap();
    (arm, tokens)
}

fn error(status: u16, code: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({"error": {"code": code, "message": "m"}}))
}

struct Bearer(&'static str);

impl Match for Bearer {
    fn matches(&self, request: &Request) -> bool {
        request.headers.get("authorization").is_some_and(|value| value == &format!("Bearer {}", self.0))
    }
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let server = MockServer::start().await;
    Mock::given(Bearer("token-1"))
        .respond_with(error(401, "ExpiredAuthenticationToken"))
        .mount(&server)
        .await;
    let ok = ResponseTemplate::new(200).set_body_json(json!({"name": "g"}));
    Mock::given(Bearer("token-2")).and(path(GROUP)).respond_with(ok).mount(&server).await;
    let (arm, tokens) = client(&server).await;
    assert_eq!(arm.get("g").await.unwrap().unwrap().name.as_deref(), Some("g"));
    assert_eq!(tokens.made(), 2);
}

#[tokio::test]
async fn a_token_refused_twice_is_an_error() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .respond_with(error(401, "InvalidAuthenticationToken"))
        .expect(2)
        .mount(&server)
        .await;
    let (arm, _) = client(&server).await;
    assert!(matches!(arm.get("g").await, Err(ArmError::Refused { status: 401, .. })));
}

#[tokio::test]
async fn overload_is_retried() {
    for failure in [
        error(429, "TooManyRequests").insert_header("retry-after", "1"),
        error(500, "InternalServerError"),
        error(503, "ServiceUnavailable"),
    ] {
        let server = MockServer::start().await;
        Mock::given(method("PUT")).respond_with(failure).up_to_n_times(1).mount(&server).await;
        let ok = ResponseTemplate::new(201).set_body_json(json!({"name": "g"}));
        Mock::given(method("PUT"))
            .and(query_param("api-version", "2023-05-01"))
            .respond_with(ok)
            .mount(&server)
            .await;
        let (arm, _) = client(&server).await;
        assert!(arm.put("g", &ContainerGroup::default()).await.is_ok());
    }
}

#[tokio::test]
async fn a_long_retry_after_is_left_to_the_caller() {
    let server = MockServer::start().await;
    let busy = error(429, "TooManyRequests").insert_header("retry-after", "120");
    Mock::given(method("GET")).respond_with(busy).expect(1).mount(&server).await;
    let (arm, _) = client(&server).await;
    match arm.get("g").await {
        Err(ArmError::Refused { status: 429, retry_after, .. }) => {
            assert_eq!(retry_after, Some(Duration::from_secs(120)))
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_connection_that_breaks_is_an_error_not_a_panic() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = MockServer::start().await;
    let mut settings = settings(&server);
    settings.endpoint = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let resets = tokio::spawn(async move {
        let mut count = 0;
        while let Ok((stream, _)) = listener.accept().await {
            drop(stream);
            count += 1;
            if count == 4 {
                break;
            }
        }
        count
    });
    let arm =
        HttpArm::with_credential(settings, Arc::new(InstantClock), StaticTokens::new().factory()).unwrap();
    assert!(matches!(arm.get("g").await, Err(ArmError::Transport(_))));
    assert_eq!(resets.await.unwrap(), 4, "the first attempt and three more");
}

#[tokio::test]
async fn missing_groups_are_none_and_deleted_already() {
    let server = MockServer::start().await;
    Mock::given(path(GROUP)).respond_with(error(404, "ResourceNotFound")).mount(&server).await;
    let (arm, _) = client(&server).await;
    assert!(arm.get("g").await.unwrap().is_none());
    arm.delete("g").await.unwrap();
}

#[tokio::test]
async fn pages_are_followed_on_the_same_host_only() {
    let server = MockServer::start().await;
    let first = json!({"value": [{"name": "a"}], "nextLink": format!("{}/page2", server.uri())});
    Mock::given(path_regex("containerGroups$"))
        .respond_with(ResponseTemplate::new(200).set_body_json(first))
        .mount(&server)
        .await;
    let second = ResponseTemplate::new(200).set_body_json(json!({"value": [{"name": "b"}]}));
    Mock::given(path("/page2")).respond_with(second).mount(&server).await;
    let (arm, _) = client(&server).await;
    let names: Vec<_> = arm.list().await.unwrap().into_iter().filter_map(|group| group.name).collect();
    assert_eq!(names, ["a", "b"]);

    let server = MockServer::start().await;
    let elsewhere = json!({"value": [], "nextLink": "https://evil.example/next"});
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_json(elsewhere))
        .mount(&server)
        .await;
    let (arm, _) = client(&server).await;
    assert!(matches!(arm.list().await, Err(ArmError::Protocol(_))));
}

#[tokio::test]
async fn the_quota_of_a_region_is_that_of_the_standard_sku() {
    let server = MockServer::start().await;
    let usage = |name: &str, limit: u32| json!({"unit": "Count", "currentValue": 1, "limit": limit, "name": {"value": name, "localizedValue": name}});
    let usages = json!({"value": [usage("ContainerGroups", 100), usage("StandardCores", 10), usage("StandardV100Cores", 0)]});
    Mock::given(path("/subscriptions/sub/providers/Microsoft.ContainerInstance/locations/westeurope/usages"))
        .respond_with(ResponseTemplate::new(200).set_body_json(usages))
        .mount(&server)
        .await;
    let (arm, _) = client(&server).await;
    let quota = arm.quota("westeurope").await.unwrap();
    assert_eq!((quota.cores, quota.groups), (Some(10), Some(100)));
}

#[tokio::test]
async fn answers_that_are_cut_off_garbled_or_late_are_errors() {
    for answer in [
        ResponseTemplate::new(200).set_body_raw("{\"name\": \"g\", \"prop", "application/json"),
        ResponseTemplate::new(200).set_body_raw("<html>a proxy's page</html>", "text/html"),
        ResponseTemplate::new(200),
    ] {
        let server = MockServer::start().await;
        Mock::given(method("GET")).respond_with(answer).mount(&server).await;
        let (arm, _) = client(&server).await;
        assert!(matches!(arm.get("g").await, Err(ArmError::Protocol(_))));
    }
    let server = MockServer::start().await;
    let late =
        ResponseTemplate::new(200).set_body_json(json!({"name": "g"})).set_delay(Duration::from_secs(60));
    Mock::given(method("GET")).respond_with(late).mount(&server).await;
    let settings = ArmSettings { timeout: Duration::from_millis(50), ..settings(&server) };
    let arm =
        HttpArm::with_credential(settings, Arc::new(InstantClock), StaticTokens::new().factory()).unwrap();
    assert!(matches!(arm.get("g").await, Err(ArmError::Transport(_))));
}

#[tokio::test]
async fn a_host_that_no_name_server_knows_is_an_error_that_names_it() {
    let server = MockServer::start().await;
    let settings = ArmSettings { endpoint: "https://arm.invalid".parse().unwrap(), ..settings(&server) };
    let arm =
        HttpArm::with_credential(settings, Arc::new(InstantClock), StaticTokens::new().factory()).unwrap();
    let error = arm.list().await.unwrap_err();
    assert!(matches!(&error, ArmError::Transport(_)) && error.to_string().contains("arm.invalid"), "{error}");
}

#[tokio::test]
async fn plain_http_to_another_machine_is_refused() {
    let server = MockServer::start().await;
    let remote = ArmSettings { endpoint: "http://arm.example".parse().unwrap(), ..settings(&server) };
    let error = HttpArm::new(remote.clone(), Arc::new(InstantClock)).unwrap_err();
    assert!(error.to_string().contains("plain http"), "{error}");
    HttpArm::new(ArmSettings { allow_http: true, ..remote }, Arc::new(InstantClock)).unwrap();
}

#[tokio::test]
async fn secrets_and_tokens_are_not_in_debug_output() {
    let server = MockServer::start().await;
    let settings = settings(&server);
    assert!(!format!("{settings:?}").contains("hunter2"));
    let arm = HttpArm::new(settings, Arc::new(InstantClock)).unwrap();
    assert!(!format!("{arm:?}").contains("hunter2"));
}

#[tokio::test]
async fn what_containers_use_is_asked_of_azure_monitor() {
    let server = MockServer::start().await;
    let metric = |name: &str, value: f64| {
        json!({ "name": { "value": name }, "timeseries": [{
            "metadatavalues": [{ "name": { "value": "containername" }, "value": "app" }],
            "data": [{ "timeStamp": "1970-01-01T00:00:00Z", "average": value }],
        }] })
    };
    let answer = json!({ "value": [metric("CpuUsage", 12.0), metric("MemoryUsage", 34.0)] });
    Mock::given(method("GET"))
        .and(path(format!("{GROUP}/providers/Microsoft.Insights/metrics")))
        .and(query_param("api-version", "2018-01-01"))
        .and(query_param("metricnames", "CpuUsage,MemoryUsage"))
        .and(query_param("aggregation", "Average"))
        .and(query_param("interval", "PT1M"))
        .and(query_param("timespan", "2026-01-01T00:00:00Z/2026-01-01T00:06:00Z"))
        .and(query_param("$filter", "containerName eq '*'"))
        .respond_with(ResponseTemplate::new(200).set_body_json(answer))
        .expect(1)
        .mount(&server)
        .await;
    let (arm, _) = client(&server).await;
    let usages = arm.usage("g", "2026-01-01T00:06:00Z".parse().unwrap()).await.unwrap();
    assert_eq!((usages["app"].millicores, usages["app"].memory), (Some(12.0), Some(34.0)));
}
