//! Standby pools over HTTP: groups that run before anybody asks for them.

use aci_emulator::data::Data;
use aci_emulator::runtime::sim::SimScript;
use http::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::app::{Answer, GROUPS, PROVIDERS, SUBSCRIPTION, TestApp};

const POOLS: &str = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg/providers/Microsoft.StandbyPool/standbyContainerGroupPools";
const VERSION: &str = "api-version=2024-05-01-preview";

fn pool_path(rest: &str) -> String {
    format!("{POOLS}/{rest}?api-version=2025-03-01")
}

fn group_path(name: &str) -> String {
    format!("{GROUPS}/{name}?{VERSION}")
}

fn profile_id(name: &str) -> String {
    format!("{PROVIDERS}/Microsoft.ContainerInstance/containerGroupProfiles/{name}")
}

async fn profile(app: &TestApp, image: &str) {
    let container = json!({ "name": "web", "properties": {
        "image": image, "ports": [{ "port": 80, "protocol": "TCP" }],
        "environmentVariables": [{ "name": "HIDDEN", "secureValue": "s3cret-env" }],
        "resources": { "requests": { "memoryInGB": 1.0, "cpu": 1.0 } },
    } });
    let address = json!({ "type": "Public", "ports": [{ "port": 80, "protocol": "TCP" }] });
    let properties = json!({ "containers": [container], "osType": "Linux", "ipAddress": address });
    let body = json!({ "location": "westus", "properties": properties });
    let put = app.put(&format!("{}?{VERSION}", profile_id("p")), body).await;
    assert!(put.status.is_success(), "{}", put.text);
}

fn pool(capacity: i32) -> Value {
    json!({ "location": "westus", "tags": { "a": "b" }, "properties": {
        "elasticityProfile": { "maxReadyCapacity": capacity, "refillPolicy": "always" },
        "containerGroupProperties": { "containerGroupProfile": { "id": profile_id("p"), "revision": 1 } },
    } })
}

/// How many of a pool's groups are being made and how many run.
fn counts(view: &Value) -> (u64, u64) {
    let counts = &view["properties"]["instanceCountSummary"][0]["instanceCountsByState"];
    (counts[0]["count"].as_u64().unwrap(), counts[1]["count"].as_u64().unwrap())
}

async fn until_running(app: &TestApp, name: &str, running: u64) -> Value {
    app.get_until(&pool_path(&format!("{name}/runtimeViews/latest")), |view| counts(view) == (0, running))
        .await
}

async fn with_pool(capacity: i32) -> TestApp {
    let app = TestApp::new().await;
    profile(&app, "image-1").await;
    let put = app.put(&pool_path("pool"), pool(capacity)).await;
    assert_eq!(put.status, StatusCode::CREATED, "{}", put.text);
    until_running(&app, "pool", u64::try_from(capacity).unwrap()).await;
    app
}

/// What az sends: a container that is named after the group, for its config map alone.
fn request(container: &str) -> Value {
    json!({ "location": "westus", "tags": { "mine": "yes" }, "properties": {
        "containers": [{ "name": container, "properties": { "configMap": { "keyValuePairs": { "KEY": "VALUE" } } } }],
        "containerGroupProfile": { "id": profile_id("p"), "revision": 1 },
        "standbyPoolProfile": { "id": format!("{POOLS}/pool"), "failContainerGroupCreateOnReuseFailure": true },
    } })
}

async fn listed(app: &TestApp) -> Vec<Value> {
    app.get(&format!("{GROUPS}?{VERSION}")).await.json()["value"].as_array().unwrap().clone()
}

fn config_map(body: &Value) -> &Value {
    &body["properties"]["containers"][0]["properties"]["configMap"]["keyValuePairs"]
}

async fn operation(app: &TestApp, answer: &Answer) -> Value {
    let url = answer.header("azure-asyncoperation");
    app.get(url.strip_prefix("http://arm.test").unwrap()).await.json()
}

#[tokio::test]
async fn a_pool_is_put_shown_listed_changed_and_deleted() {
    let app = with_pool(1).await;
    let shown = app.get(&pool_path("pool")).await.json();
    insta::assert_json_snapshot!("standby_pool", shown);
    assert_eq!(app.put(&pool_path("pool"), pool(1)).await.status, StatusCode::OK);
    let all = format!(
        "{SUBSCRIPTION}/providers/microsoft.standbypool/standbycontainergrouppools?api-version=2024-03-01"
    );
    assert_eq!(app.get(&all).await.json(), json!({ "value": [shown] }));
    assert_eq!(app.get(&pool_path("")).await.json()["value"], json!([shown]));
    let patch = json!({ "properties": { "elasticityProfile": { "maxReadyCapacity": 3 } } });
    let patched = app.patch(&pool_path("pool"), patch).await;
    assert_eq!(patched.status, StatusCode::OK, "{}", patched.text);
    assert_eq!(patched.json()["tags"], json!({ "a": "b" }), "what is left out stays");
    let view = until_running(&app, "pool", 3).await;
    insta::assert_json_snapshot!("standby_pool_view", view);
    let views = app.get(&pool_path("pool/runtimeViews")).await.json();
    assert_eq!(views["value"], json!([view]));
    let resources = app.get(&format!("{SUBSCRIPTION}/resources?api-version=2021-04-01")).await.json();
    let kinds: Vec<_> = resources["value"].as_array().unwrap().iter().map(|it| it["type"].clone()).collect();
    let theirs = [
        "Microsoft.StandbyPool/standbyContainerGroupPools",
        "Microsoft.ContainerInstance/containerGroupProfiles",
    ];
    assert_eq!(kinds, theirs, "what waits in a pool is nobody's resource");
    let deleted = app.delete(&pool_path("pool")).await;
    assert_eq!(deleted.status, StatusCode::ACCEPTED, "{}", deleted.text);
    app.get_until(&pool_path("pool"), |it| it["error"]["code"] == "ResourceNotFound").await;
    assert_eq!(operation(&app, &deleted).await["status"], "Succeeded");
    assert_eq!(app.app.groups.count(), 0, "the groups that wait go along");
    assert_eq!(app.delete(&pool_path("pool")).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_group_from_a_pool_runs_at_once_and_the_pool_makes_another() {
    let app = with_pool(2).await;
    assert_eq!(listed(&app).await, [json!(null); 0]);
    let made = app.put(&group_path("mine"), request("web")).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let body = made.json();
    insta::assert_json_snapshot!("standby_pool_group", body, {
        ".properties.containers[].properties.instanceView.events" => "[events]",
        ".properties.ipAddress.ip" => "[ip]",
    });
    assert!(!made.text.contains("s3cret"), "{}", made.text);
    let operation = operation(&app, &made).await;
    assert_eq!((&operation["status"], operation.get("properties")), (&json!("Succeeded"), None), "recorded");
    until_running(&app, "pool", 2).await;
    let groups = listed(&app).await;
    assert_eq!(groups.iter().map(|it| &it["name"]).collect::<Vec<_>>(), ["mine"]);
    assert_eq!(app.get(&group_path("mine")).await.json(), body);
    let logs = app.get(&format!("{GROUPS}/mine/containers/web/logs?{VERSION}")).await;
    assert_eq!(logs.status, StatusCode::OK, "its containers are reached by its new name: {}", logs.text);
    assert!(app.delete(&pool_path("pool")).await.status.is_success());
    app.get_until(&pool_path("pool"), |it| it["error"]["code"] == "ResourceNotFound").await;
    assert_eq!(app.get(&group_path("mine")).await.status, StatusCode::OK, "what was given away stays");
    assert_eq!(app.delete(&group_path("mine")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_was_drawn_is_a_group_like_any_other() {
    let app = with_pool(1).await;
    let path = group_path("mine");
    assert_eq!(app.put(&path, request("web")).await.status, StatusCode::CREATED);
    let restarted = app.post(&format!("{GROUPS}/mine/restart?{VERSION}")).await;
    assert_eq!(restarted.status, StatusCode::NO_CONTENT);
    app.get_until(&path, |it| it["properties"]["provisioningState"] == "Succeeded").await;
    assert!(operation(&app, &restarted).await["properties"]["events"].is_array(), "a restart tells events");
    let mut again = request("web");
    again["properties"]["containers"][0]["properties"]["configMap"]["keyValuePairs"] =
        json!({ "KEY": "OTHER" });
    let changed = app.put(&path, again).await;
    assert_eq!(changed.status, StatusCode::CREATED, "{}", changed.text);
    assert_eq!(config_map(&changed.json()), &json!({ "KEY": "OTHER" }));
    assert_eq!(changed.json()["properties"]["isCreatedFromStandbyPool"], true);
    until_running(&app, "pool", 1).await;
}

#[tokio::test]
async fn containers_that_the_profile_has_not_are_none() {
    let app = with_pool(1).await;
    let drawn = app.put(&group_path("drawn"), request("drawn")).await.json();
    assert_eq!(drawn["properties"]["containers"][0]["name"], "web");
    assert_eq!(config_map(&drawn), &json!({}), "recorded");
    let mut made = request("made");
    made["properties"].as_object_mut().unwrap().remove("standbyPoolProfile");
    let made = app.put(&group_path("made"), made).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let made = made.json();
    assert_eq!(made["properties"]["containers"].as_array().unwrap().len(), 1);
    assert_eq!(made["properties"]["isCreatedFromStandbyPool"], false);
}

#[tokio::test]
async fn where_no_group_is_ready_one_is_made_unless_the_request_would_rather_fail() {
    let app = with_pool(0).await;
    let failed = app.put(&group_path("mine"), request("web")).await;
    assert_eq!((failed.status, failed.code().as_str()), (StatusCode::CONFLICT, "ServiceUnavailable"));
    for flag in [json!(false), json!(null)] {
        let mut body = request("web");
        body["properties"]["standbyPoolProfile"]["failContainerGroupCreateOnReuseFailure"] = flag;
        let made = app.put(&group_path("mine"), body).await;
        assert!(made.status.is_success(), "{}", made.text);
        assert_eq!(made.json()["properties"]["isCreatedFromStandbyPool"], false);
        assert!(made.json()["properties"].get("standbyPoolProfile").is_none());
        app.get_until(&group_path("mine"), |it| it["properties"]["provisioningState"] == "Succeeded").await;
    }
}

#[tokio::test]
async fn with_a_pool_nothing_but_config_maps_can_be_asked_for() {
    let app = with_pool(1).await;
    for (pointer, value) in [
        ("/properties/osType", json!("Linux")),
        ("/properties/restartPolicy", json!("Never")),
        ("/properties/ipAddress", json!({ "type": "Private", "ports": [{ "port": 80 }] })),
        ("/properties/containers/0/properties/image", json!("other")),
        ("/properties/containers/0/properties/ports", json!([{ "port": 80 }])),
    ] {
        let mut body = request("web");
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[name] = value;
        let refused = app.put(&group_path("mine"), body).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{pointer}");
        let error = &refused.json()["error"];
        assert_eq!(error["code"], "BadRequest", "{pointer}");
        assert_eq!(error["message"], "ContainerGroup properties other than config map are not allowed");
    }
    let mut older = request("web");
    older["properties"]["osType"] = json!("Linux");
    let ignored = app.put(&format!("{GROUPS}/mine?api-version=2023-05-01"), older).await;
    assert_eq!(ignored.code(), "InvalidRequestContent", "older versions know neither pools nor profiles");
}

#[tokio::test]
async fn a_pool_that_cannot_be_is_refused() {
    let app = TestApp::new().await;
    profile(&app, "image-1").await;
    let bad = |pointer: &str, value: Value| {
        let mut body = pool(1);
        *body.pointer_mut(pointer).unwrap() = value;
        body
    };
    for (name, body, wanted) in [
        ("po", pool(1), "its name must be 3 to 24 letters"),
        ("pool", bad("/properties/elasticityProfile/maxReadyCapacity", json!(2001)), "between 0 and 2000"),
        ("pool", bad("/properties/elasticityProfile/maxReadyCapacity", json!(null)), "is required"),
        (
            "pool",
            bad("/properties/elasticityProfile/refillPolicy", json!("never")),
            "'refillPolicy' must be 'always'",
        ),
        (
            "pool",
            bad(
                "/properties/elasticityProfile",
                json!({ "maxReadyCapacity": 1, "dynamicSizing": { "enabled": true } }),
            ),
            "dynamicSizing",
        ),
        (
            "pool",
            bad("/properties/containerGroupProperties", json!({})),
            "'containerGroupProfile' is required",
        ),
        (
            "pool",
            bad("/location", json!("eastus")),
            "must be in the subscription and the location of the pool",
        ),
        (
            "pool",
            bad("/properties/containerGroupProperties/containerGroupProfile/revision", json!(7)),
            "Revision '7'",
        ),
    ] {
        let refused = app.put(&pool_path(name), body).await;
        assert!(
            refused.status.is_client_error() && refused.text.contains(wanted),
            "{wanted}: {}",
            refused.text
        );
    }
    assert_eq!(app.get(&pool_path("pool")).await.code(), "ResourceNotFound");
    assert_eq!(app.get(&pool_path("pool/runtimeViews/latest")).await.code(), "ResourceNotFound");
}

#[tokio::test]
async fn a_pool_whose_groups_fail_is_degraded_and_tries_again() {
    let app = TestApp::new().await;
    profile(&app, "image-1").await;
    app.sim.script("web", SimScript::exits(0, SignedDuration::ZERO));
    let mut once = json!({ "restartPolicy": "Never" });
    let shown = app.get(&format!("{}?{VERSION}", profile_id("p"))).await.json();
    for (name, value) in shown["properties"].as_object().unwrap().clone() {
        once.as_object_mut().unwrap().entry(name).or_insert(value);
    }
    let path = format!("{}?{VERSION}", profile_id("p"));
    let put = app.put(&path, json!({ "location": "westus", "properties": once }));
    assert_eq!(put.await.json()["properties"]["revision"], 2);
    let mut body = pool(1);
    body["properties"]["containerGroupProperties"]["containerGroupProfile"]["revision"] = json!(2);
    assert!(app.put(&pool_path("pool"), body).await.status.is_success());
    let view = pool_path("pool/runtimeViews/latest");
    app.get_until(&view, |it| it["properties"]["status"]["code"] == "HealthState/degraded").await;
    app.sim.script("web", SimScript::default());
    app.clock.advance(SignedDuration::from_secs(30));
    until_running(&app, "pool", 1).await;
    app.get_until(&view, |it| it["properties"]["status"]["code"] == "HealthState/healthy").await;
}

#[tokio::test]
async fn a_snapshot_brings_a_pool_back_with_the_groups_that_wait() {
    let app = with_pool(2).await;
    assert_eq!(app.put(&group_path("mine"), request("web")).await.status, StatusCode::CREATED);
    until_running(&app, "pool", 2).await;
    let taken = app.put("/_emulator/snapshots/full", json!({})).await;
    assert!(!taken.text.contains("s3cret"), "{}", taken.text);
    let taken = taken.json();
    assert_eq!(
        (&taken["standbyPools"], &taken["ngroups"], &taken["containerGroups"]),
        (&json!(1), &json!(0), &json!(1))
    );
    assert_eq!(app.post("/_emulator/reset").await.status, StatusCode::NO_CONTENT);
    assert_eq!(app.post("/_emulator/snapshots/full/restore").await.status, StatusCode::OK);
    until_running(&app, "pool", 2).await;
    assert_eq!(app.app.groups.count(), 3, "and no others");
    app.get_until(&group_path("mine"), |it| it["properties"]["provisioningState"] == "Succeeded").await;
    assert_eq!(
        app.put(&group_path("other"), request("web")).await.json()["properties"]["isCreatedFromStandbyPool"],
        true
    );
}

#[tokio::test]
async fn a_pool_and_what_it_gave_away_survive_a_restart() {
    let data = Data::in_memory();
    let app = TestApp::over(&data).await;
    assert!(
        app.put(&format!("{SUBSCRIPTION}/resourceGroups/rg"), json!({ "location": "westus" }))
            .await
            .status
            .is_success()
    );
    profile(&app, "image-1").await;
    assert!(app.put(&pool_path("pool"), pool(1)).await.status.is_success());
    until_running(&app, "pool", 1).await;
    assert_eq!(app.put(&group_path("mine"), request("web")).await.status, StatusCode::CREATED);
    until_running(&app, "pool", 1).await;
    app.app.ngroups.shutdown().await;
    app.app.groups.shutdown().await;
    let app = TestApp::over(&data).await;
    let mine =
        app.get_until(&group_path("mine"), |it| it["properties"]["provisioningState"] == "Succeeded").await;
    assert_eq!(mine["properties"]["isCreatedFromStandbyPool"], true);
    until_running(&app, "pool", 1).await;
    assert_eq!(app.app.groups.count(), 2);
}

#[tokio::test]
async fn a_pool_in_a_subnet_gives_to_who_names_the_same() {
    let app = TestApp::new().await;
    let container = json!({ "name": "web", "properties": {
        "image": "image-1", "ports": [{ "port": 80 }], "resources": { "requests": { "memoryInGB": 1.0, "cpu": 1.0 } },
    } });
    let address = json!({ "type": "Private", "ports": [{ "port": 80 }] });
    let properties = json!({ "containers": [container], "osType": "Linux", "ipAddress": address });
    let put = app
        .put(
            &format!("{}?{VERSION}", profile_id("p")),
            json!({ "location": "westus", "properties": properties }),
        )
        .await;
    assert_eq!(put.status, StatusCode::CREATED, "whoever makes a group names the subnet: {}", put.text);
    let refused = app.put(&pool_path("pool"), pool(1)).await;
    assert_eq!(refused.code(), "PrivateIPAddressNotSupported");
    let subnet = |name: &str| json!([{ "id": format!("{PROVIDERS}/Microsoft.Network/virtualNetworks/v/subnets/{name}") }]);
    let mut body = pool(1);
    body["properties"]["containerGroupProperties"]["subnetIds"] = subnet("one");
    assert!(app.put(&pool_path("pool"), body).await.status.is_success());
    until_running(&app, "pool", 1).await;
    let mut wanted = request("web");
    wanted["properties"]["subnetIds"] = subnet("two");
    assert_eq!(app.put(&group_path("mine"), wanted.clone()).await.code(), "ServiceUnavailable");
    wanted["properties"]["subnetIds"] = subnet("one");
    let made = app.put(&group_path("mine"), wanted).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    assert!(made.json()["properties"]["ipAddress"]["ip"].is_string(), "{}", made.text);
}
