//! What moves an emulator besides faults: its clock, its limits, its state.

use std::sync::Arc;

use aci_emulator::Emulator;
use aci_emulator::clock::{DialClock, ManualClock, SharedClock};
use aci_emulator::data::Data;
use aci_emulator::ids::SequentialIds;
use aci_emulator::runtime::sim::SimRuntime;
use aci_emulator::seed::Seed;
use http::{Method, StatusCode};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::app::{EPOCH, GROUPS, PROVIDERS, SUBSCRIPTION, TestApp, group};

/// An emulator whose clock stands.
async fn stepped() -> TestApp {
    let clock = Arc::new(ManualClock::new(EPOCH.parse().unwrap()));
    let dial: SharedClock = Arc::new(DialClock::new(clock.clone(), true));
    let sim = SimRuntime::new(dial.clone());
    let (data, ids) = (Data::in_memory(), Arc::new(SequentialIds::default()));
    let app = Emulator::app(&data, "the CA", Arc::new(sim.clone()), dial, ids).await.unwrap();
    let app = TestApp { router: app.clone().router(), app, clock, sim };
    let answer = app.put(&format!("{SUBSCRIPTION}/resourceGroups/rg"), json!({ "location": "westus" })).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    app
}

fn named(label: &str) -> Value {
    let mut group = group();
    group["properties"]["ipAddress"]["dnsNameLabel"] = json!(label);
    group
}

/// Until a group has arrived (true) or something waits for the clock (false): the world catches up after each step.
async fn arrived_or_waiting(app: &TestApp, path: &str) -> bool {
    // What the last step began gets its turns first.
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
    for _ in 0..100_000 {
        if app.get(path).await.json()["properties"]["provisioningState"] == "Succeeded" {
            return true;
        }
        if !app.get("/_emulator/clock").await.json()["nextTransition"].is_null() {
            return false;
        }
        tokio::task::yield_now().await;
    }
    panic!("{path} neither arrived nor waits");
}

#[tokio::test]
async fn a_test_can_stand_between_creating_and_succeeded() {
    let app = stepped().await;
    let path = format!("{GROUPS}/web");
    assert_eq!(app.put(&path, group()).await.status, StatusCode::CREATED);
    let standing = app.get_until(&path, |it| it["properties"]["provisioningState"] == "Creating").await;
    assert_eq!(
        standing["properties"]["containers"][0]["properties"]["instanceView"]["currentState"]["state"],
        "Waiting"
    );
    let advance = json!({ "until": "nextTransition" });
    let mut steps = 0;
    while !arrived_or_waiting(&app, &path).await {
        let moved = app.post_json("/_emulator/clock/advance", advance.clone()).await;
        assert_eq!(moved.status, StatusCode::OK, "{}", moved.text);
        steps += 1;
        assert!(steps < 50, "it never arrives");
    }
    assert!(steps >= 2, "a pull or a sandbox, and a start");
}

#[tokio::test]
async fn the_clock_is_read_stopped_moved_and_let_go() {
    let app = stepped().await;
    let before = app.get("/_emulator/clock").await.json();
    assert_eq!(before["mode"], "stepped");
    let after = app.post_json("/_emulator/clock/advance", json!({ "seconds": 90 })).await.json();
    let time = |reading: &Value| reading["now"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert_eq!(time(&after).duration_since(time(&before)), SignedDuration::from_secs(90));
    let negative = app.post_json("/_emulator/clock/advance", json!({ "seconds": -1 })).await;
    assert_eq!(negative.status, StatusCode::BAD_REQUEST);
    let running = app.post_json("/_emulator/clock", json!({ "mode": "running" })).await;
    assert_eq!(running.json()["mode"], "running");
    let pushed = app.post_json("/_emulator/clock/advance", json!({ "seconds": 1 })).await;
    assert_eq!((pushed.status, pushed.code().as_str()), (StatusCode::CONFLICT, "ClockRuns"));
}

#[tokio::test]
async fn a_snapshot_brings_groups_and_neighbours_back() {
    let app = TestApp::new().await;
    let network = format!("{PROVIDERS}/Microsoft.Network/virtualNetworks/v?api-version=2023-05-01");
    let body = json!({ "location": "westus", "properties": { "addressSpace": { "addressPrefixes": ["10.0.0.0/16"] } } });
    assert!(app.put(&network, body).await.status.is_success());
    let (kept, stopped, later) =
        (format!("{GROUPS}/kept"), format!("{GROUPS}/stopped"), format!("{GROUPS}/later"));
    for (path, label) in [(&kept, "kept-label"), (&stopped, "stopped-label")] {
        assert_eq!(app.put(path, named(label)).await.status, StatusCode::CREATED);
        app.get_until(path, |it| it["properties"]["provisioningState"] == "Succeeded").await;
    }
    assert!(app.post(&format!("{stopped}/stop")).await.status.is_success());
    let taken = app.put("/_emulator/snapshots/start", json!({})).await;
    assert_eq!(taken.json()["containerGroups"], 2, "{}", taken.text);
    assert!(!taken.text.contains("s3cret"), "a summary has no secrets");

    assert_eq!(app.put(&later, named("later-label")).await.status, StatusCode::CREATED);
    assert!(app.delete(&kept).await.status.is_success());
    assert!(app.delete(&network).await.status.is_success());
    let restored = app.post("/_emulator/snapshots/start/restore").await;
    assert_eq!(restored.status, StatusCode::OK, "{}", restored.text);
    assert_eq!(app.get(&later).await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.get(&network).await.status, StatusCode::OK);
    app.get_until(&kept, |it| it["properties"]["provisioningState"] == "Succeeded").await;
    app.get_until(&stopped, |it| it["properties"]["instanceView"]["state"] == "Stopped").await;
    assert_eq!(app.get("/_emulator/snapshots").await.json()["value"][0]["name"], "start");
    assert_eq!(app.delete("/_emulator/snapshots/start").await.status, StatusCode::NO_CONTENT);
    assert_eq!(app.post("/_emulator/snapshots/start/restore").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn limits_are_patched_while_the_emulator_runs() {
    let app = TestApp::new().await;
    let patch = json!({ "enforce": { "quotas": true }, "quotas": { "ContainerGroups": 1 } });
    let patched = app.patch("/_emulator/limits", patch).await;
    assert_eq!(patched.json()["quotas"]["ContainerGroups"], 1, "{}", patched.text);
    assert_eq!(app.put(&format!("{GROUPS}/one"), named("one-label")).await.status, StatusCode::CREATED);
    let refused = app.put(&format!("{GROUPS}/two"), named("two-label")).await;
    assert_eq!(refused.code(), "ContainerGroupQuotaReached");
    let wrong = app.patch("/_emulator/limits", json!({ "regions": { "atlantis": {} } })).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    assert_eq!(app.put("/_emulator/limits", json!({})).await.json()["enforce"]["quotas"], false);
    assert_eq!(app.put(&format!("{GROUPS}/two"), named("two-label")).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn creations_and_deletions_have_rates_where_they_are_enforced() {
    let app = TestApp::new().await;
    let rates = json!([{ "count": 1, "seconds": 300 }]);
    let rates = json!({ "enforce": { "rates": true }, "rates": { "creations": rates, "deletions": rates } });
    assert_eq!(app.patch("/_emulator/limits", rates).await.status, StatusCode::OK);
    let (one, two) = (format!("{GROUPS}/one"), format!("{GROUPS}/two"));
    assert_eq!(app.put(&one, named("one-label")).await.status, StatusCode::CREATED);
    let refused = app.put(&two, named("two-label")).await;
    assert_eq!((refused.status, refused.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "300"));
    assert!(refused.text.contains("'ContainerGroupCreation' exceeded the limit of '1'"), "{}", refused.text);
    app.get_until(&one, |it| it["properties"]["provisioningState"] == "Succeeded").await;
    assert_eq!(app.put(&one, named("one-label")).await.status, StatusCode::OK, "what is there is not made");
    app.clock.advance(SignedDuration::from_secs(300));
    assert_eq!(app.put(&two, named("two-label")).await.status, StatusCode::CREATED);
    assert_eq!(app.delete(&one).await.status, StatusCode::OK);
    assert_eq!(app.delete(&two).await.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(app.delete(&one).await.status, StatusCode::NO_CONTENT, "what is gone is not deleted");
}

#[tokio::test]
async fn a_seed_is_put_in_its_order_and_a_refusal_names_the_resource() {
    let app = TestApp::bare().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("seed.yaml");
    let text = format!(
        "resources:\n- id: {SUBSCRIPTION}/resourceGroups/rg\n  body: {{ location: westus }}\n- id: {GROUPS}/web\n  body: {}\n",
        group()
    );
    std::fs::write(&file, &text).unwrap();
    Seed::read(&file).unwrap().put(&app.router, "fake").await.unwrap();
    let call = app.call(Method::GET, &format!("{GROUPS}/web"), None).await;
    assert_eq!(call.status, StatusCode::OK);
    std::fs::write(&file, text.replace("westus", "atlantis")).unwrap();
    let refused = Seed::read(&file).unwrap().put(&app.router, "fake").await.unwrap_err();
    assert!(refused.to_string().contains("/resourceGroups/rg was refused"), "{refused}");
}
