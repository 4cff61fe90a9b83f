//! Container group profiles, their revisions, and the groups that are made from them.

use std::path::Path;

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::app::{GROUPS, PROVIDERS, SECRETS, SUBSCRIPTION, TestApp, group};

const VERSION: &str = "api-version=2025-09-01";

fn profile(rest: &str) -> String {
    format!("{PROVIDERS}/Microsoft.ContainerInstance/containerGroupProfiles{rest}?{VERSION}")
}

/// What [`group`] says, as a profile.
fn body(policy: &str) -> Value {
    let mut body = group();
    body["properties"]["restartPolicy"] = json!(policy);
    body["properties"]["ipAddress"].as_object_mut().unwrap().remove("dnsNameLabel");
    body
}

async fn with_profile() -> TestApp {
    let app = TestApp::new().await;
    let put = app.put(&profile("/p"), body("Never")).await;
    assert_eq!(put.status, StatusCode::CREATED, "{}", put.text);
    app
}

#[tokio::test]
async fn a_change_makes_a_revision_and_sameness_none() {
    let app = with_profile().await;
    let same = app.put(&profile("/p"), body("Never")).await;
    assert_eq!((same.status, &same.json()["properties"]["revision"]), (StatusCode::OK, &json!(1)));
    let changed = app.put(&profile("/P"), body("Always")).await;
    assert_eq!(changed.status, StatusCode::OK);
    assert_eq!(changed.json()["properties"]["registeredRevisions"], json!([1, 2]));
    assert_eq!(app.get(&profile("/p")).await.json()["properties"]["revision"], 2);
    let first = app.get(&profile("/p/revisions/1")).await.json();
    assert_eq!(first["properties"]["restartPolicy"], "Never");
    let all = app.get(&profile("/p/revisions")).await.json();
    let numbers = all["value"].as_array().unwrap().iter().map(|it| it["properties"]["revision"].clone());
    assert_eq!(numbers.collect::<Vec<_>>(), [json!(1), json!(2)]);
    for missing in ["/p/revisions/3", "/p/revisions/x"] {
        assert_eq!(app.get(&profile(missing)).await.code(), "ContainerGroupProfileRevisionNotFound");
    }
}

#[tokio::test]
async fn tags_are_the_profiles_and_secrets_nobodys() {
    let app = with_profile().await;
    let patched = app.patch(&profile("/p"), json!({ "tags": { "t": "1" } })).await.json();
    assert_eq!((&patched["tags"], &patched["properties"]["revision"]), (&json!({ "t": "1" }), &json!(1)));
    for path in ["/p", "/p/revisions", "/p/revisions/1", ""] {
        let answer = app.get(&profile(path)).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(SECRETS.iter().all(|secret| !answer.text.contains(secret)), "{}", answer.text);
    }
    insta::assert_json_snapshot!("container_group_profile", app.get(&profile("/p")).await.json());
}

#[tokio::test]
async fn lists_resources_and_deletions_know_profiles() {
    let app = with_profile().await;
    let listed = app.get(&profile("")).await.json();
    let all =
        format!("{SUBSCRIPTION}/providers/Microsoft.ContainerInstance/containerGroupProfiles?{VERSION}");
    assert_eq!(listed, app.get(&all).await.json());
    assert_eq!(listed["value"][0]["name"], "p");
    let resources = app.get(&format!("{SUBSCRIPTION}/resources?api-version=2021-04-01")).await.json();
    assert_eq!(resources["value"][0]["type"], "Microsoft.ContainerInstance/containerGroupProfiles");
    let deleted = app.delete(&profile("/p")).await;
    assert_eq!((deleted.status, deleted.text.as_str()), (StatusCode::OK, ""));
    assert_eq!(app.delete(&profile("/p")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(app.get(&profile("/p")).await.code(), "ResourceNotFound");
}

#[tokio::test]
async fn what_no_group_can_be_no_profile_can_be() {
    let app = TestApp::new().await;
    let mut bad = body("Never");
    bad["properties"]["osType"] = json!("BeOS");
    assert_eq!(app.put(&profile("/p"), bad).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(
        app.put(&profile("/p"), json!({ "location": "westus" })).await.code(),
        "InvalidRequestContent"
    );
    let old = profile("/p").replace("2025-09-01", "2024-10-01-preview");
    assert_eq!(app.put(&old, body("Never")).await.code(), "NoRegisteredProviderFound");
}

#[tokio::test]
async fn a_group_is_made_from_the_revision_that_it_names() {
    let app = with_profile().await;
    app.put(&profile("/p"), body("Always")).await;
    let id = profile("/p").split('?').next().unwrap().to_owned();
    let make = |name: &str, reference: Value| {
        let properties = json!({ "containerGroupProfile": reference });
        let path = format!("{GROUPS}/{name}?{VERSION}");
        let app = &app;
        async move { app.put(&path, json!({ "location": "westus", "properties": properties })).await }
    };
    let old = make("old", json!({ "id": id, "revision": 1 })).await;
    assert_eq!(old.status, StatusCode::CREATED, "{}", old.text);
    assert_eq!(old.json()["properties"]["restartPolicy"], "Never");
    let new = make("new", json!({ "id": id })).await.json();
    assert_eq!(new["properties"]["restartPolicy"], "Always");
    assert_eq!(new["properties"]["containerGroupProfile"], json!({ "id": id, "revision": 2 }));
    let is_up = |body: &Value| body["properties"]["instanceView"]["state"] == "Running";
    app.get_until(&format!("{GROUPS}/old?{VERSION}"), is_up).await;
    let env = app.sim.sandboxes().iter().find_map(|id| app.sim.container_spec(id, "web")).unwrap().env;
    assert!(env.iter().any(|(name, value)| name == "HIDDEN" && value.expose() == "s3cret-env"));
    assert_eq!(
        make("x", json!({ "id": id, "revision": 9 })).await.code(),
        "ContainerGroupProfileRevisionNotFound"
    );
    assert_eq!(make("x", json!({ "id": "nowhere" })).await.code(), "ContainerGroupProfileNotFound");
}

/// Recorded calls about profiles get the recorded answers, to the letter but for the casing of the subscription.
#[tokio::test]
async fn recorded_calls_about_profiles_get_the_recorded_answers() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/recordings/azure-cli-2.77.0.jsonl");
    let Ok(text) = std::fs::read_to_string(&file) else {
        eprintln!("skipped: no recordings at {}", file.display());
        return;
    };
    let app = TestApp::bare().await;
    let mut compared = 0;
    for line in text.lines().filter(|line| line.contains("/containerGroupProfiles/")) {
        let recorded: Value = serde_json::from_str(line).unwrap();
        let (_, path) = recorded["url"].as_str().unwrap().split_once("management.azure.com").unwrap();
        if !path.contains("/containerGroupProfiles/") {
            continue;
        }
        app.put(path.split("/providers/").next().unwrap(), json!({ "location": "westus" })).await;
        let method: Method = recorded["method"].as_str().unwrap().parse().unwrap();
        let body = recorded["req_body"].as_str().map(|body| serde_json::from_str(body).unwrap());
        let answer = app.call(method.clone(), path, body).await;
        let what = format!("{} {method} {path}", recorded["src"]);
        assert_eq!(
            u64::from(answer.status.as_u16()),
            recorded["status"].as_u64().unwrap(),
            "{what}: {}",
            answer.text
        );
        assert_eq!(answer.text, recorded["body"].as_str().unwrap_or_default(), "{what}");
        compared += 1;
    }
    assert!(compared >= 15, "only {compared} answers were compared");
}
