//! Who made a resource and who changed it last, as `systemData` tells it.

use http::Method;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::app::{GROUPS, PROVIDERS, TestApp, group};

const ANN: &str = "aaaaaaaa-0000-0000-0000-000000000000";
const BEN: &str = "bbbbbbbb-0000-0000-0000-000000000000";
const SINCE: &str = "api-version=2025-09-01";

fn data(created: (&str, &str), modified: (&str, &str)) -> Value {
    json!({
        "createdBy": created.0,
        "createdByType": "Application",
        "createdAt": created.1,
        "lastModifiedBy": modified.0,
        "lastModifiedByType": "Application",
        "lastModifiedAt": modified.1,
    })
}

const FIRST: &str = "2026-01-02T03:04:05.6780000Z";
const LATER: &str = "2026-01-02T03:05:05.6780000Z";

#[tokio::test]
async fn a_group_tells_who_made_and_who_changed_it_since_2025_09_01() {
    let app = TestApp::new().await;
    let web = format!("{GROUPS}/web?{SINCE}");
    let mut body = group();
    body["properties"]["restartPolicy"] = json!("Always");
    body["systemData"] = json!({ "createdBy": "me" });
    let made = app.call_as(ANN, Method::PUT, &web, Some(body.clone())).await.json();
    assert_eq!(made["systemData"], data((ANN, FIRST), (ANN, FIRST)), "{made:#}");
    assert_eq!(made.as_object().unwrap().keys().next_back().unwrap(), "systemData");
    assert_eq!(
        app.get(&format!("{GROUPS}?{SINCE}")).await.json()["value"][0]["systemData"],
        made["systemData"]
    );
    assert_eq!(
        app.get(&format!("{GROUPS}/web?api-version=2024-11-01-preview")).await.json().get("systemData"),
        None
    );
    app.get_until(&web, |body| body["properties"]["provisioningState"] == "Succeeded").await;
    app.clock.advance(SignedDuration::from_secs(60));
    let same = app.call_as(BEN, Method::PUT, &web, Some(body.clone())).await.json();
    assert_eq!(same["systemData"], made["systemData"], "a request that changes nothing");
    let refused = app.call_as(BEN, Method::PUT, &web, Some(json!({ "location": "westus" }))).await;
    assert!(refused.status.is_client_error());
    assert_eq!(app.get(&web).await.json()["systemData"], made["systemData"]);
    let patched = app.call_as(BEN, Method::PATCH, &web, Some(json!({ "tags": { "x": "1" } }))).await.json();
    assert_eq!(patched["systemData"], data((ANN, FIRST), (BEN, LATER)));
    body["properties"]["containers"][0]["properties"]["command"] = json!(["sh"]);
    app.clock.advance(SignedDuration::from_secs(60));
    let changed = app.call_as(ANN, Method::PUT, &web, Some(body)).await.json();
    assert_eq!(changed["systemData"]["lastModifiedAt"], "2026-01-02T03:06:05.6780000Z");
    assert_eq!(changed["systemData"]["lastModifiedBy"], ANN);
}

#[tokio::test]
async fn a_snapshot_brings_back_who_wrote_a_group() {
    let app = TestApp::new().await;
    let web = format!("{GROUPS}/web?{SINCE}");
    let made = app.call_as(ANN, Method::PUT, &web, Some(group())).await.json();
    app.put("/_emulator/snapshots/one", json!({})).await;
    app.clock.advance(SignedDuration::from_secs(60));
    let restored = app.post("/_emulator/snapshots/one/restore").await;
    assert!(restored.status.is_success(), "{}", restored.text);
    assert_eq!(app.get(&web).await.json()["systemData"], made["systemData"]);
}

#[tokio::test]
async fn profiles_and_ngroups_tell_it_too() {
    let app = TestApp::new().await;
    let provider = format!("{PROVIDERS}/Microsoft.ContainerInstance");
    let profile = format!("{provider}/containerGroupProfiles/p");
    let mut body = group();
    body["properties"]["ipAddress"] = Value::Null;
    let made = app.call_as(ANN, Method::PUT, &format!("{profile}?{SINCE}"), Some(body)).await.json();
    assert_eq!(made["systemData"], data((ANN, FIRST), (ANN, FIRST)), "{made:#}");
    app.clock.advance(SignedDuration::from_secs(60));
    let tags = json!({ "tags": { "x": "1" } });
    let patched = app.call_as(BEN, Method::PATCH, &format!("{profile}?{SINCE}"), Some(tags)).await.json();
    assert_eq!(patched["systemData"], data((ANN, FIRST), (BEN, LATER)));
    let listed = app.get(&format!("{provider}/containerGroupProfiles?{SINCE}")).await.json();
    assert_eq!(listed["value"], json!([patched]));
    let old =
        app.get(&format!("{provider}/containerGroupProfiles?api-version=2024-05-01-preview")).await.json();
    assert_eq!(old["value"][0].get("systemData"), None);
    let ngroup = format!("{provider}/ngroups/n?{SINCE}");
    let body = json!({ "location": "westus", "properties": {
        "elasticProfile": { "desiredCount": 1 },
        "containerGroupProfiles": [{ "resource": { "id": profile } }],
    } });
    let made = app.call_as(BEN, Method::PUT, &ngroup, Some(body)).await.json();
    assert_eq!(made["systemData"], data((BEN, LATER), (BEN, LATER)), "{made:#}");
    let members = app.get_until(&format!("{GROUPS}?{SINCE}"), |body| body["value"][0].is_object()).await;
    assert_eq!(members["value"][0]["systemData"]["createdBy"], BEN);
}
