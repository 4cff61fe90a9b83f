//! The life of a container group over HTTP.

use http::{Method, StatusCode};
use insta::assert_json_snapshot;
use serde_json::json;

use crate::support::app::{Answer, GROUPS, SECRETS, SUBSCRIPTION, TestApp, group};

/// Path and query of the operation that an answer names.
fn operation(answer: &Answer) -> String {
    let url = answer.header("azure-asyncoperation");
    url.strip_prefix("http://arm.test").unwrap_or_else(|| panic!("{url}: {answer:?}")).to_owned()
}

async fn running(app: &TestApp) {
    let put = app.put(&format!("{GROUPS}/web"), group()).await;
    assert_eq!(put.status, StatusCode::CREATED, "{}", put.text);
    let settled = |body: &serde_json::Value| body["properties"]["provisioningState"] == "Succeeded";
    app.get_until(&format!("{GROUPS}/web"), settled).await;
}

#[tokio::test]
async fn a_new_group_is_answered_as_recorded() {
    let app = TestApp::new().await;
    let put = app.put(&format!("{GROUPS}/web?api-version=2024-05-01-preview"), group()).await;
    assert_eq!(put.status, StatusCode::CREATED);
    assert_eq!(put.header("x-ms-ratelimit-remaining-subscription-resource-requests-pt5m"), "99");
    insta::assert_snapshot!("put_new_group", put.text);
    let url = operation(&put);
    let (path, query) = url.split_once('?').unwrap();
    assert!(path.starts_with(&format!(
        "{SUBSCRIPTION}/providers/Microsoft.ContainerInstance/locations/westus/operations/"
    )));
    assert_eq!(query, "api-version=2018-06-01");
    let id = path.rsplit('/').next().unwrap();
    assert_eq!(put.header("x-ms-request-id"), format!("westus:{id}"));
}

#[tokio::test]
async fn a_running_group_shows_its_instance_view() {
    let app = TestApp::new().await;
    let put = app.put(&format!("{GROUPS}/web"), group()).await;
    let done = app.get_until(&operation(&put), |body| body["status"] == "Succeeded").await;
    assert_eq!(done["id"], json!(format!("{GROUPS}/web")));
    assert_json_snapshot!("operation_succeeded", done);
    let get = app.get(&format!("{GROUPS}/web?api-version=2024-05-01-preview")).await;
    assert_eq!(get.status, StatusCode::OK);
    assert_json_snapshot!("get_running_group", get.json());
}

#[tokio::test]
async fn an_unchanged_put_does_nothing_and_a_changed_one_begins_an_operation() {
    let app = TestApp::new().await;
    running(&app).await;
    let same = app.put(&format!("{GROUPS}/web"), group()).await;
    assert_eq!(same.status, StatusCode::OK, "{}", same.text);
    assert_eq!(same.header("azure-asyncoperation"), "");
    let mut changed = group();
    changed["properties"]["containers"][0]["properties"]["image"] = json!("nginx");
    let changed = app.put(&format!("{GROUPS}/web"), changed).await;
    assert_eq!(changed.status, StatusCode::CREATED, "{}", changed.text);
    app.get_until(&operation(&changed), |body| body["status"] == "Succeeded").await;
}

#[tokio::test]
async fn what_cannot_change_is_refused_on_update() {
    let app = TestApp::new().await;
    running(&app).await;
    let mut body = group();
    body["properties"]["restartPolicy"] = json!("Always");
    let answer = app.put(&format!("{GROUPS}/web"), body).await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (StatusCode::BAD_REQUEST, "InvalidContainerGroupUpdate")
    );
}

#[tokio::test]
async fn no_answer_shows_a_secret() {
    let app = TestApp::new().await;
    let path = format!("{GROUPS}/web");
    let put = app.put(&path, group()).await;
    let operation = app.get_until(&operation(&put), |body| body["status"] == "Succeeded").await;
    let mut texts = vec![put.text, operation.to_string()];
    texts.push(app.get(&path).await.text);
    texts.push(app.get(GROUPS).await.text);
    texts.push(
        app.get(&format!("{SUBSCRIPTION}/providers/Microsoft.ContainerInstance/containerGroups")).await.text,
    );
    texts.push(app.call(Method::PATCH, &path, Some(json!({ "tags": {} }))).await.text);
    texts.push(app.put(&path, group()).await.text);
    texts.push(app.delete(&path).await.text);
    for text in texts {
        for secret in SECRETS {
            assert!(!text.contains(secret), "{secret} is in {text}");
        }
    }
}

#[tokio::test]
async fn lists_show_groups_without_instance_views() {
    let app = TestApp::new().await;
    running(&app).await;
    for path in
        [GROUPS.to_owned(), format!("{SUBSCRIPTION}/providers/Microsoft.ContainerInstance/containerGroups")]
    {
        let list = app.get(&path).await;
        assert_eq!(list.status, StatusCode::OK);
        assert_eq!(list.json()["value"][0]["name"], "web");
        assert!(!list.text.contains("instanceView") && !list.text.contains("nextLink"), "{}", list.text);
    }
    let elsewhere = "/subscriptions/99999999-2222-3333-4444-555555555555/providers/Microsoft.ContainerInstance/containerGroups";
    assert_eq!(app.get(elsewhere).await.text, r#"{"value":[]}"#);
}

#[tokio::test]
async fn a_patch_replaces_the_tags() {
    let app = TestApp::new().await;
    running(&app).await;
    let answer =
        app.call(Method::PATCH, &format!("{GROUPS}/web"), Some(json!({ "tags": { "c": "3" } }))).await;
    assert_eq!((answer.status, answer.json()["tags"].clone()), (StatusCode::OK, json!({ "c": "3" })));
}

#[tokio::test]
async fn a_delete_answers_with_the_last_body_and_then_with_nothing() {
    let app = TestApp::new().await;
    running(&app).await;
    let path = format!("{GROUPS}/web");
    let first = app.delete(&path).await;
    assert_eq!((first.status, first.json()["name"].clone()), (StatusCode::OK, json!("web")));
    let second = app.delete(&path).await;
    assert_eq!((second.status, second.text.as_str()), (StatusCode::NO_CONTENT, ""));
    let get = app.get(&path).await;
    assert_eq!((get.status, get.code().as_str()), (StatusCode::NOT_FOUND, "ResourceNotFound"));
    assert_eq!(get.header("x-ms-failure-cause"), "gateway");
}

#[tokio::test]
async fn stop_start_and_restart_answer_by_version() {
    let app = TestApp::new().await;
    running(&app).await;
    let action = async |action: &str, version: &str| {
        app.post(&format!("{GROUPS}/web/{action}?api-version={version}")).await
    };
    let settle = async || {
        let settled = |body: &serde_json::Value| body["properties"]["provisioningState"] == "Succeeded";
        app.get_until(&format!("{GROUPS}/web"), settled).await;
    };
    let nothing = action("start", "2023-05-01").await;
    assert_eq!((nothing.status, nothing.header("azure-asyncoperation")), (StatusCode::NO_CONTENT, ""));
    let restart = action("restart", "2023-05-01").await;
    assert_eq!(restart.status, StatusCode::NO_CONTENT, "{}", restart.text);
    app.get_until(&operation(&restart), |body| body["status"] == "Succeeded").await;
    for (version, status) in [("2020-11-01", StatusCode::NO_CONTENT), ("2021-03-01", StatusCode::ACCEPTED)] {
        let stop = action("stop", version).await;
        assert_eq!((stop.status, stop.header("azure-asyncoperation")), (StatusCode::NO_CONTENT, ""));
        let stopped = |body: &serde_json::Value| body["properties"]["instanceView"]["state"] == "Stopped";
        app.get_until(&format!("{GROUPS}/web"), stopped).await;
        settle().await;
        let refused = action("restart", version).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.text);
        let start = action("start", version).await;
        assert_eq!(start.status, status, "{}", start.text);
        app.get_until(&operation(&start), |body| body["status"] == "Succeeded").await;
    }
}

#[tokio::test]
async fn logs_are_read_by_container() {
    let app = TestApp::new().await;
    let mut body = group();
    let variables = &mut body["properties"]["containers"][0]["properties"]["environmentVariables"];
    variables.as_array_mut().unwrap().push(json!({ "name": "ACI_SIM_LOG", "value": "hello" }));
    let put = app.put(&format!("{GROUPS}/web"), body).await;
    app.get_until(&operation(&put), |body| body["status"] == "Succeeded").await;
    let logs = app.get(&format!("{GROUPS}/web/containers/web/logs?tail=10")).await;
    assert_eq!(logs.status, StatusCode::OK, "{}", logs.text);
    assert!(logs.json()["content"].as_str().unwrap().contains("hello"), "{}", logs.text);
    let unknown = app.get(&format!("{GROUPS}/web/containers/none/logs")).await;
    assert_eq!((unknown.status, unknown.code().as_str()), (StatusCode::NOT_FOUND, "ContainerNotFound"));
    let missing = app.get(&format!("{GROUPS}/none/containers/none/logs")).await;
    assert_eq!((missing.status, missing.code().as_str()), (StatusCode::NOT_FOUND, "ContainerGroupNotFound"));
    let tail = app.get(&format!("{GROUPS}/web/containers/web/logs?tail=many")).await;
    assert_eq!((tail.status, tail.code().as_str()), (StatusCode::BAD_REQUEST, "InvalidQueryParameterValue"));
}

#[tokio::test]
async fn the_first_versions_put_without_an_operation() {
    let app = TestApp::new().await;
    let put = app.put(&format!("{GROUPS}/web?api-version=2017-12-01-preview"), group()).await;
    assert_eq!((put.status, put.header("azure-asyncoperation")), (StatusCode::CREATED, ""));
}

#[tokio::test]
async fn a_group_needs_its_resource_group() {
    let app = TestApp::bare().await;
    let put = app.put(&format!("{GROUPS}/web"), group()).await;
    assert_eq!((put.status, put.code().as_str()), (StatusCode::NOT_FOUND, "ResourceGroupNotFound"));
    assert_eq!(put.json()["error"]["message"], "Resource group 'rg' could not be found.");
}
