//! Failures on demand, as their makers and their victims see them.

use std::sync::Arc;

use aci_emulator::data::Data;
use aci_emulator::faults::Rule;
use aci_emulator::ids::SequentialIds;
use aci_emulator::runtime::sim::SimRuntime;
use aci_emulator::{Config, Emulator, Settings};
use http::{Method, StatusCode};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::app::{GROUPS, SUBSCRIPTION, TestApp, group};

async fn add(app: &TestApp, rule: Value) -> String {
    let answer = app.post_json("/_emulator/faults", rule).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    answer.json()["id"].as_str().unwrap().to_owned()
}

fn counts(answer: &Value) -> Vec<(u64, u64)> {
    let rules = answer["value"].as_array().unwrap();
    rules.iter().map(|it| (it["matched"].as_u64().unwrap(), it["fired"].as_u64().unwrap())).collect()
}

fn restarting() -> Value {
    let mut group = group();
    group["properties"]["restartPolicy"] = json!("Always");
    group
}

/// A group that runs.
async fn running(app: &TestApp, path: &str) {
    let answer = app.put(path, restarting()).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    app.get_until(path, |it| it["properties"]["instanceView"]["state"] == "Running").await;
}

fn container(group: &Value) -> &Value {
    &group["properties"]["containers"][0]["properties"]["instanceView"]
}

fn has_event(view: &Value, name: &str, words: &str) -> bool {
    view["events"].as_array().into_iter().flatten().any(|event| {
        event["name"] == name && event["message"].as_str().is_some_and(|message| message.contains(words))
    })
}

#[tokio::test]
async fn the_next_two_writes_of_a_name_are_refused_in_azures_words_and_counted() {
    let app = TestApp::new().await;
    let id = add(
        &app,
        json!({
            "match": { "operation": "*/containerGroups/write", "name": "web-*" },
            "fault": { "kind": "noCapacity" },
            "times": { "next": 2 },
        }),
    )
    .await;
    let path = format!("{GROUPS}/web-1");
    for _ in 0..2 {
        let refused = app.put(&path, group()).await;
        assert_eq!((refused.status, refused.code().as_str()), (StatusCode::CONFLICT, "ServiceUnavailable"));
        assert!(refused.text.contains("in the location 'westus' at this moment"), "{}", refused.text);
        assert!(refused.text.contains("'1' CPU '1' GB memory"), "{}", refused.text);
    }
    assert_eq!(app.get(&path).await.status, StatusCode::NOT_FOUND, "a refused write writes nothing");
    assert_eq!(app.put(&path, group()).await.status, StatusCode::CREATED);
    assert_eq!(counts(&app.get("/_emulator/faults").await.json()), [(3, 2)]);
    let rule = format!("/_emulator/faults/{id}");
    assert_eq!(app.delete(&rule).await.status, StatusCode::NO_CONTENT);
    assert_eq!(app.delete(&rule).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn every_code_of_the_catalogue_can_be_asked_for() {
    let app = TestApp::new().await;
    for entry in aci_emulator::arm::error::catalogue::ENTRIES {
        let times = json!({ "next": 1 });
        add(&app, json!({ "fault": { "kind": "error", "code": entry.code }, "times": times })).await;
        let refused = app.put(&format!("{GROUPS}/web"), group()).await;
        assert_eq!(refused.code(), entry.code);
    }
}

#[tokio::test]
async fn a_throttled_caller_is_told_when_to_come_back() {
    let app = TestApp::new().await;
    let fault = json!({ "kind": "throttled", "retryAfterSeconds": 17 });
    add(&app, json!({ "match": { "apiVersion": "2023-05-01" }, "fault": fault })).await;
    let refused = app.get(&format!("{GROUPS}/web")).await;
    assert_eq!((refused.status, refused.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "17"));
    let other = app.get(&format!("{GROUPS}/web?api-version=2022-09-01")).await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_rule_that_makes_no_sense_is_refused_with_the_reason() {
    let app = TestApp::new().await;
    for (rule, words) in [
        (json!({ "fault": { "kind": "error", "code": "Nonsense" } }), "'status' and 'message' must be given"),
        (json!({ "fault": { "kind": "meteor" } }), "unknown variant"),
        (json!({ "fault": { "kind": "hang" }, "match": { "container": "x" } }), "about containers"),
        (json!({ "fault": { "kind": "delay", "seconds": -1 } }), "'seconds' must be"),
    ] {
        let answer = app.post_json("/_emulator/faults", rule).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text);
        assert!(answer.text.contains(words), "{}", answer.text);
    }
    let own = json!({ "kind": "error", "code": "Nonsense", "status": 418, "message": "no tea" });
    add(&app, json!({ "fault": own })).await;
    let answer = app.get(&format!("{GROUPS}/web")).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (418, "Nonsense"));
}

#[tokio::test]
async fn a_delayed_call_waits_for_the_clock() {
    let app = TestApp::new().await;
    add(&app, json!({ "fault": { "kind": "delay", "seconds": 60 } })).await;
    let path = format!("{GROUPS}/web");
    let wait = async {
        let deadline = aci_emulator::clock::Clock::now(&*app.clock) + SignedDuration::from_secs(60);
        app.clock.until_awaited(deadline).await;
        app.clock.advance(SignedDuration::from_secs(60));
    };
    let (answer, ()) = tokio::join!(app.get(&path), wait);
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn each_known_failure_of_a_pull_shows_in_the_containers_events() {
    let app = TestApp::new().await;
    for (failure, words) in [
        ("notFound", "not found"),
        ("unauthorized", "401 Unauthorized"),
        ("unreachable", "no such host"),
        ("timeout", "i/o timeout"),
        ("rateLimited", "toomanyrequests"),
        ("wrongPlatform", "no match for platform"),
        ("invalidReference", "invalid reference format"),
    ] {
        let name = format!("pull-{}", failure.to_lowercase());
        let fault = json!({ "kind": "imagePull", "failure": failure });
        add(&app, json!({ "match": { "name": name, "image": "mcr.*" }, "fault": fault })).await;
        let path = format!("{GROUPS}/{name}");
        let mut body = restarting();
        body["properties"]["ipAddress"]["dnsNameLabel"] = json!(name);
        assert_eq!(app.put(&path, body).await.status, StatusCode::CREATED);
        app.get_until(&path, |it| has_event(container(it), "Failed", words)).await;
    }
}

#[tokio::test]
async fn a_container_that_runs_is_killed_for_want_of_memory_and_restarted() {
    let app = TestApp::new().await;
    let path = format!("{GROUPS}/web");
    running(&app, &path).await;
    add(&app, json!({ "fault": { "kind": "oomKill" }, "match": { "name": "web" }, "times": { "next": 1 } }))
        .await;
    let group = app.get_until(&path, |it| !container(it)["previousState"].is_null()).await;
    let view = container(&group);
    assert_eq!(view["previousState"]["exitCode"], 137, "{view:#}");
    assert_eq!(view["previousState"]["detailStatus"], "OOMKilled");
}

#[tokio::test]
async fn a_crash_has_the_code_that_was_asked_for() {
    let app = TestApp::new().await;
    add(&app, json!({ "fault": { "kind": "crash", "exitCode": 42 }, "times": { "next": 1 } })).await;
    let path = format!("{GROUPS}/web");
    assert_eq!(app.put(&path, group()).await.status, StatusCode::CREATED);
    let group = app.get_until(&path, |it| container(it)["currentState"]["state"] == "Terminated").await;
    assert_eq!(container(&group)["currentState"]["exitCode"], 42);
}

#[tokio::test]
async fn what_the_platform_does_is_told_as_azure_tells_it() {
    let app = TestApp::new().await;
    let path = format!("{GROUPS}/web");
    running(&app, &path).await;
    add(&app, json!({ "fault": { "kind": "platformKill" }, "times": { "next": 1 } })).await;
    app.get_until(&path, |it| has_event(container(it), "Killing", "(platform initiated)")).await;
    // Only what runs is struck, so the restart has to be over.
    let is_up_again = |it: &Value| {
        container(it)["restartCount"] == 1 && container(it)["currentState"]["state"] == "Running"
    };
    app.get_until(&path, is_up_again).await;
    for (kind, event) in
        [("infrastructureError", None), ("nodeLoss", None), ("spotEviction", Some("Evicted"))]
    {
        let before = app.sim.sandboxes();
        add(&app, json!({ "fault": { "kind": kind }, "times": { "next": 1 } })).await;
        app.get_until(&path, |it| {
            let view = &it["properties"]["instanceView"];
            view["state"] == "Running"
                && app.sim.sandboxes() != before
                && event.is_none_or(|name| has_event(view, name, ""))
        })
        .await;
    }
}

#[tokio::test]
async fn a_share_that_cannot_be_mounted_fails_the_group() {
    let app = TestApp::new().await;
    add(&app, json!({ "fault": { "kind": "mountFails" } })).await;
    let path = format!("{GROUPS}/web");
    app.put(&path, restarting()).await;
    let group = app.get_until(&path, |it| it["properties"]["provisioningState"] == "Failed").await;
    assert!(has_event(&group["properties"]["instanceView"], "FailedMountAzureFileVolume", ""), "{group:#}");
}

#[tokio::test]
async fn a_probe_fails_in_the_words_that_were_asked_for() {
    let app = TestApp::new().await;
    add(
        &app,
        json!({ "fault": { "kind": "probeFails", "message": "asked for" }, "match": { "container": "web" } }),
    )
    .await;
    let path = format!("{GROUPS}/web");
    let mut body = restarting();
    body["properties"]["containers"][0]["properties"]["livenessProbe"] =
        json!({ "exec": { "command": ["true"] }, "periodSeconds": 5 });
    assert_eq!(app.put(&path, body).await.status, StatusCode::CREATED);
    app.get_until(&path, |it| it["properties"]["instanceView"]["state"] == "Running").await;
    app.clock.advance(SignedDuration::from_secs(5));
    app.get_until(&path, |it| has_event(container(it), "Unhealthy", "Liveness probe failed: asked for"))
        .await;
}

#[tokio::test]
async fn a_connection_breaks_before_or_within_the_answer() {
    let clock = Arc::new(aci_emulator::clock::SystemClock);
    let runtime = Arc::new(SimRuntime::new(clock.clone()));
    let config = Config {
        listen: "127.0.0.1:0".parse().unwrap(),
        data: Data::in_memory(),
        tls_sans: vec![],
        settings: Settings::default(),
    };
    let running = Emulator::start(config, runtime, clock, Arc::new(SequentialIds::default())).await.unwrap();
    // A second installation is refused, and fine.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let faults = format!("http://{}/_emulator/faults", running.addr);
    let url = format!("http://{}{SUBSCRIPTION}/resourceGroups?api-version=2022-12-01", running.addr);
    for kind in ["drop", "halfBody"] {
        let rule: Rule =
            serde_json::from_value(json!({ "fault": { "kind": kind }, "times": { "next": 1 } })).unwrap();
        let added = client.request(Method::POST, &faults).json(&rule).send().await.unwrap();
        assert_eq!(added.status(), 201);
    }
    let dropped = client.get(&url).bearer_auth("fake").send().await;
    assert!(dropped.is_err(), "{dropped:?}");
    let halved = client.get(&url).bearer_auth("fake").send().await.unwrap();
    assert_eq!(halved.status(), 200);
    assert!(halved.text().await.is_err());
    let whole = client.get(&url).bearer_auth("fake").send().await.unwrap();
    assert_eq!(whole.json::<Value>().await.unwrap()["value"], json!([]));
    running.shutdown().await;
}
