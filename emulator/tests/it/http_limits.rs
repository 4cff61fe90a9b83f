//! Limits are data: a region, a subscription and a running emulator can have others than Azure's.

use aci_emulator::limits::Limits;
use serde_json::json;

use crate::support::app::{GROUPS, SUBSCRIPTION, TestApp, group};

/// An emulator with the limits of a file.
async fn with(limits: &str) -> TestApp {
    let app = TestApp::new().await;
    app.app.limits.replace(toml::from_str::<Limits>(limits).unwrap());
    app
}

#[tokio::test]
async fn a_region_has_its_own_range_and_tells_it() {
    let app = with("[regions.westus.skus.Standard]\nmaxCpu = 1\nmaxMemoryInGB = 2\n").await;
    assert_eq!(app.put(&format!("{GROUPS}/small"), group()).await.status, 201);
    let mut large = group();
    large["properties"]["containers"][0]["properties"]["resources"]["requests"]["cpu"] = json!(2);
    let refused = app.put(&format!("{GROUPS}/large"), large.clone()).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (409, "ServiceUnavailable"));
    large["location"] = json!("eastus");
    assert_eq!(app.put(&format!("{GROUPS}/large"), large).await.status, 201);
    let capabilities =
        format!("{SUBSCRIPTION}/providers/Microsoft.ContainerInstance/locations/westus/capabilities");
    let told = app.get(&capabilities).await.json();
    assert_eq!(told["value"][0]["capabilities"]["maxCpu"], 2.0, "a host has a core more than a group gets");
}

#[tokio::test]
async fn a_region_serves_the_api_versions_that_it_lists() {
    let app = with("[regions.westus]\napiVersions = [\"2021-10-01\"]\n").await;
    let refused = app.put(&format!("{GROUPS}/web"), group()).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (400, "NoRegisteredProviderFound"));
    let served = app.put(&format!("{GROUPS}/web?api-version=2021-10-01"), group()).await;
    assert_eq!(served.status, 201, "{}", served.text);
}

#[tokio::test]
async fn a_quota_is_enforced_when_asked_for_and_freed_by_a_delete() {
    let app = with("[enforce]\nquotas = true\n[quotas]\nContainerGroups = 1\n").await;
    assert_eq!(app.put(&format!("{GROUPS}/one"), group()).await.status, 201);
    let refused = app.put(&format!("{GROUPS}/two"), group()).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (409, "ContainerGroupQuotaReached"));
    let text = "quota 'ContainerGroups' exceeded in region 'westus'. Limit: '1', Usage: '1' Requested: '1'.";
    assert!(refused.text.contains(text), "{}", refused.text);
    let usages = format!("{SUBSCRIPTION}/providers/Microsoft.ContainerInstance/locations/westus/usages");
    assert_eq!(app.get(&usages).await.json()["value"][0]["limit"], 1);
    app.call(http::Method::DELETE, &format!("{GROUPS}/one"), None).await;
    assert_eq!(app.put(&format!("{GROUPS}/two"), group()).await.status, 201);
}
