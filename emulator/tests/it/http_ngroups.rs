//! NGroups over HTTP: its members are container groups like any other.

use aci_emulator::runtime::sim::SimScript;
use http::{Method, StatusCode};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::app::{Answer, PROVIDERS, SUBSCRIPTION, TestApp};

const VERSION: &str = "api-version=2025-09-01";

fn path(rest: &str) -> String {
    format!("{PROVIDERS}/Microsoft.ContainerInstance/{rest}?{VERSION}")
}

fn profile_id(name: &str) -> String {
    format!("{PROVIDERS}/Microsoft.ContainerInstance/containerGroupProfiles/{name}")
}

async fn profile(app: &TestApp, name: &str, image: &str) {
    let container = json!({ "name": "web", "properties": {
        "image": image, "resources": { "requests": { "memoryInGB": 1.0, "cpu": 1.0 } },
    } });
    let body =
        json!({ "location": "westus", "properties": { "containers": [container], "osType": "Linux" } });
    let put = app.put(&path(&format!("containerGroupProfiles/{name}")), body).await;
    assert!(put.status.is_success(), "{}", put.text);
}

fn body(count: i32, profile: &str) -> Value {
    json!({
        "location": "westus",
        "zones": ["1", "2"],
        "properties": {
            "elasticProfile": {
                "desiredCount": count,
                "containerGroupNamingPolicy": { "guidNamingPolicy": { "prefix": "cg-" } },
            },
            "containerGroupProfiles": [{ "resource": { "id": profile_id(profile) } }],
        },
    })
}

fn operation(answer: &Answer) -> String {
    let url = answer.header("azure-asyncoperation");
    url.strip_prefix("http://arm.test").unwrap_or_else(|| panic!("{url}: {answer:?}")).to_owned()
}

/// Waits for the end of an operation, while time passes.
async fn arrive(app: &TestApp, answer: &Answer, state: &str) {
    let url = operation(answer);
    for _ in 0..10_000 {
        let body = app.get(&url).await.json();
        match body["status"].as_str().unwrap() {
            "Succeeded" | "Failed" | "Canceled" => {
                assert_eq!(body["status"], state, "{body:#}");
                return;
            }
            _ => app.clock.advance(SignedDuration::from_secs(1)),
        }
        tokio::task::yield_now().await;
    }
    panic!("{url} never ends");
}

async fn members(app: &TestApp) -> Vec<Value> {
    app.get(&path("containerGroups")).await.json()["value"].as_array().unwrap().clone()
}

async fn with_members(count: i32) -> TestApp {
    let app = TestApp::new().await;
    profile(&app, "one", "image-1").await;
    profile(&app, "two", "image-2").await;
    let put = app.put(&path("ngroups/n"), body(count, "one")).await;
    assert_eq!(put.status, StatusCode::CREATED, "{}", put.text);
    assert_eq!(put.json()["properties"]["provisioningState"], "Creating");
    arrive(&app, &put, "Succeeded").await;
    app
}

fn images(members: &[Value]) -> Vec<&str> {
    let image = |it: &'_ Value| it.pointer("/properties/containers/0/properties/image").is_some();
    assert!(members.iter().all(image));
    let mut images: Vec<_> = members
        .iter()
        .map(|it| it.pointer("/properties/containers/0/properties/image").unwrap().as_str().unwrap())
        .collect();
    images.sort_unstable();
    images
}

#[tokio::test]
async fn members_are_container_groups_with_prefix_zone_and_owner() {
    let app = with_members(3).await;
    let members = members(&app).await;
    assert_eq!(members.len(), 3);
    for member in &members {
        assert!(member["name"].as_str().unwrap().starts_with("cg-"), "{member}");
        assert_eq!(member["properties"]["orchestratorId"], path("ngroups/n").split('?').next().unwrap());
        assert_eq!(
            member["properties"]["containerGroupProfile"],
            json!({ "id": profile_id("one"), "revision": 1 })
        );
    }
    let in_first = members.iter().filter(|it| it["zones"] == json!(["1"])).count();
    assert_eq!(in_first, 2);
    let shown = app.get(&path("ngroups/n")).await;
    insta::assert_json_snapshot!("ngroups", shown.json());
    let listed = app.get(&path("ngroups")).await.json();
    assert_eq!(listed["value"], json!([shown.json()]));
    let all =
        app.get(&format!("{SUBSCRIPTION}/providers/Microsoft.ContainerInstance/NGroups?{VERSION}")).await;
    assert_eq!(all.json(), listed);
    let skus = app.get(&path("ngroups/n/skus").replace("2025-09-01", "2024-09-01-preview")).await.json();
    assert_eq!(skus["value"][0]["skuCapacity"], "3");
    assert_eq!(app.get(&path("ngroups/n/skus")).await.code(), "NoRegisteredProviderFound");
}

#[tokio::test]
async fn it_scales_out_and_in_by_put_and_patch() {
    let app = with_members(1).await;
    let put = app.put(&path("ngroups/n"), body(3, "one")).await;
    assert_eq!(put.status, StatusCode::OK, "{}", put.text);
    arrive(&app, &put, "Succeeded").await;
    assert_eq!(members(&app).await.len(), 3);
    let patch = json!({ "properties": { "elasticProfile": { "desiredCount": 2 } } });
    let patch = app.patch(&path("ngroups/n"), patch).await;
    assert_eq!(patch.status, StatusCode::ACCEPTED, "{}", patch.text);
    arrive(&app, &patch, "Succeeded").await;
    assert_eq!(members(&app).await.len(), 2);
    let naming = &patch.json()["properties"]["elasticProfile"]["containerGroupNamingPolicy"];
    assert_eq!(naming["guidNamingPolicy"]["prefix"], "cg-", "what a PATCH leaves out stays");
}

#[tokio::test]
async fn a_manual_update_is_for_new_members_alone() {
    let app = with_members(2).await;
    let put = app.put(&path("ngroups/n"), body(3, "two")).await;
    arrive(&app, &put, "Succeeded").await;
    assert_eq!(images(&members(&app).await), ["image-1", "image-1", "image-2"]);
}

#[tokio::test]
async fn a_rolling_update_replaces_or_changes_all_members() {
    for in_place in [false, true] {
        let app = with_members(4).await;
        let before: Vec<Value> = members(&app).await.iter().map(|it| it["name"].clone()).collect();
        let mut rolling = body(4, "two");
        rolling["properties"]["updateProfile"] = json!({
            "updateMode": "Rolling",
            "rollingUpdateProfile": {
                "maxBatchPercent": 50, "pauseTimeBetweenBatches": "PT5S", "inPlaceUpdate": in_place,
            },
        });
        let put = app.put(&path("ngroups/n"), rolling).await;
        arrive(&app, &put, "Succeeded").await;
        let after = members(&app).await;
        assert_eq!(images(&after), ["image-2"; 4]);
        let kept = after.iter().filter(|it| before.contains(&it["name"])).count();
        assert_eq!(kept, if in_place { 4 } else { 0 });
    }
}

#[tokio::test]
async fn a_rolling_update_to_what_does_not_run_ends_after_the_first_batch() {
    let app = with_members(4).await;
    let ends = SimScript::exits(1, SignedDuration::ZERO);
    app.sim.script("image-2", ends);
    let mut profile_two = app.get(&path("containerGroupProfiles/two")).await.json();
    profile_two["properties"]["restartPolicy"] = json!("Never");
    app.put(&path("containerGroupProfiles/two"), profile_two).await;
    let mut rolling = body(4, "two");
    rolling["properties"]["updateProfile"] = json!({
        "updateMode": "Rolling",
        "rollingUpdateProfile": {
            "maxBatchPercent": 25, "maxUnhealthyPercent": 0, "pauseTimeBetweenBatches": "PT10S",
        },
    });
    let put = app.put(&path("ngroups/n"), rolling).await;
    arrive(&app, &put, "Failed").await;
    assert_eq!(images(&members(&app).await), ["image-1", "image-1", "image-1", "image-2"]);
    assert_eq!(app.get(&path("ngroups/n")).await.json()["properties"]["provisioningState"], "Failed");
}

#[tokio::test]
async fn a_deleted_member_is_replaced_when_the_count_is_maintained() {
    let app = with_members(2).await;
    let delete = |name: String| async move { path(&format!("containerGroups/{name}")) };
    let first = members(&app).await[0]["name"].as_str().unwrap().to_owned();
    app.delete(&delete(first).await).await;
    let is = |count: i32| move |body: &Value| body["properties"]["elasticProfile"]["desiredCount"] == count;
    app.get_until(&path("ngroups/n"), is(1)).await;
    let mut maintained = body(2, "one");
    maintained["properties"]["elasticProfile"]["maintainDesiredCount"] = json!(true);
    let put = app.put(&path("ngroups/n"), maintained).await;
    arrive(&app, &put, "Succeeded").await;
    let first = members(&app).await[0]["name"].as_str().unwrap().to_owned();
    app.delete(&delete(first.clone()).await).await;
    let is_whole = |body: &Value| {
        let all = body["value"].as_array().unwrap();
        all.len() == 2 && all.iter().all(|it| it["name"] != first)
    };
    app.get_until(&path("containerGroups"), is_whole).await;
}

#[tokio::test]
async fn all_members_stop_start_and_restart_together() {
    let app = with_members(2).await;
    let is_all = |wanted: &'static str| {
        let app = &app;
        async move {
            for member in members(app).await {
                let name = member["name"].as_str().unwrap();
                let is_so = |body: &Value| body["properties"]["instanceView"]["state"] == wanted;
                app.get_until(&path(&format!("containerGroups/{name}")), is_so).await;
            }
        }
    };
    assert_eq!(app.post(&path("ngroups/n/stop")).await.status, StatusCode::NO_CONTENT);
    is_all("Stopped").await;
    for action in ["start", "restart"] {
        let begun = app.post(&path(&format!("ngroups/n/{action}"))).await;
        assert_eq!(begun.status, StatusCode::ACCEPTED, "{}", begun.text);
        arrive(&app, &begun, "Succeeded").await;
        is_all("Running").await;
    }
    assert_eq!(app.post(&path("ngroups/nobody/stop")).await.code(), "ResourceNotFound");
}

#[tokio::test]
async fn it_goes_with_its_members_alone_or_with_its_resource_group() {
    let app = with_members(2).await;
    let deleted = app.delete(&path("ngroups/n")).await;
    assert_eq!(deleted.status, StatusCode::ACCEPTED);
    arrive(&app, &deleted, "Succeeded").await;
    assert_eq!(members(&app).await.len(), 0);
    assert_eq!(app.get(&path("ngroups/n")).await.code(), "ResourceNotFound");
    assert_eq!(app.delete(&path("ngroups/n")).await.status, StatusCode::NO_CONTENT);
    let app = with_members(2).await;
    app.delete(&format!("{SUBSCRIPTION}/resourceGroups/rg")).await;
    app.sim.until_sandboxes(0).await;
    let is_gone = |body: &Value| body["error"]["code"] == "ResourceGroupNotFound";
    app.get_until(&format!("{SUBSCRIPTION}/resourceGroups/rg"), is_gone).await;
    assert_eq!(app.app.ngroups.below("/subscriptions").len(), 0);
}

#[tokio::test]
async fn what_cannot_be_is_refused() {
    let app = with_members(0).await;
    let cases = [
        ("/properties/containerGroupProfiles", json!([]), "InvalidNGroupsRequest"),
        ("/properties/elasticProfile/desiredCount", json!(-1), "InvalidNGroupsRequest"),
        ("/properties/updateProfile", json!({ "updateMode": "Never" }), "InvalidNGroupsRequest"),
        ("/properties/containerGroupProfiles/0/resource/id", json!("x"), "ContainerGroupProfileNotFound"),
        ("/properties/containerGroupProfiles/0/revision", json!(7), "ContainerGroupProfileRevisionNotFound"),
        ("/zones", json!(["1"]), "InvalidNGroupsRequest"),
        ("/location", json!("eastus"), "InvalidNGroupsRequest"),
    ];
    for (pointer, value, code) in cases {
        let mut bad = body(1, "one");
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        bad.pointer_mut(parent).unwrap()[name] = value;
        let answer = app.put(&path("ngroups/n"), bad).await;
        assert_eq!(answer.code(), code, "{pointer}: {}", answer.text);
    }
    let old = path("ngroups/n").replace("2025-09-01", "2024-10-01-preview");
    assert_eq!(app.call(Method::PUT, &old, Some(body(1, "one"))).await.code(), "NoRegisteredProviderFound");
}

#[tokio::test]
async fn tags_ask_for_variables_in_the_containers() {
    let app = TestApp::new().await;
    profile(&app, "one", "image-1").await;
    let mut tagged = body(1, "one");
    tagged["tags"] = json!({
        "metadata.container.environmentVariable.containerGroupName": "true",
        "metadata.container.environmentVariable.orchestratorId": "true",
    });
    let put = app.put(&path("ngroups/n"), tagged).await;
    arrive(&app, &put, "Succeeded").await;
    let member = members(&app).await.remove(0);
    let variables = member.pointer("/properties/containers/0/properties/environmentVariables").unwrap();
    assert_eq!(variables[0], json!({ "name": "ContainerGroupName", "value": member["name"] }));
    assert_eq!(variables[1]["name"], "OrchestratorId");
}

#[tokio::test]
async fn a_snapshot_brings_it_back_with_its_members() {
    let app = with_members(2).await;
    let before: Vec<_> = members(&app).await.iter().map(|it| it["name"].clone()).collect();
    let taken = app.put("/_emulator/snapshots/two", json!({})).await.json();
    assert_eq!((&taken["ngroups"], &taken["containerGroups"]), (&json!(1), &json!(2)));
    arrive(&app, &app.delete(&path("ngroups/n")).await, "Succeeded").await;
    assert_eq!(members(&app).await.len(), 0);
    let restored = app.post("/_emulator/snapshots/two/restore").await;
    assert_eq!(restored.status, StatusCode::OK, "{}", restored.text);
    assert_eq!(members(&app).await.iter().map(|it| it["name"].clone()).collect::<Vec<_>>(), before);
    let put = app.put(&path("ngroups/n"), body(3, "one")).await;
    assert_eq!(put.status, StatusCode::OK, "{}", put.text);
    arrive(&app, &put, "Succeeded").await;
    assert_eq!(members(&app).await.len(), 3, "it goes on from there");
}
