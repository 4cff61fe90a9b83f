//! What a region has, what a subscription uses of it, and the lists that stand beside container groups.

use aci_model::ResourceId;
use http::StatusCode;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::support::app::{GROUPS, SUBSCRIPTION, TestApp, group};

const LOCATIONS: &str =
    "/subscriptions/11111111-2222-3333-4444-555555555555/providers/Microsoft.ContainerInstance/locations";

async fn create(app: &TestApp, name: &str, change: impl FnOnce(&mut Value)) {
    let mut body = group();
    body["properties"]["ipAddress"]["dnsNameLabel"] = json!(format!("label-{name}"));
    change(&mut body);
    let put = app.put(&format!("{GROUPS}/{name}"), body).await;
    assert_eq!(put.status, StatusCode::CREATED, "{}", put.text);
}

/// Name and amount of the quotas that are in use.
fn used(answer: &Value) -> Vec<(&str, u64)> {
    let rows = answer["value"].as_array().unwrap().iter();
    let rows =
        rows.map(|row| (row["name"]["value"].as_str().unwrap(), row["currentValue"].as_u64().unwrap()));
    rows.filter(|(_, amount)| *amount > 0).collect()
}

#[tokio::test]
async fn usages_count_the_groups_and_cores_of_the_region() {
    let app = TestApp::new().await;
    let usages = format!("{LOCATIONS}/westus/usages");
    assert_eq!(used(&app.get(&usages).await.json()), []);
    create(&app, "one", |_| {}).await;
    let half = json!({ "requests": { "memoryInGB": 1.0, "cpu": 0.5 } });
    create(&app, "two", |body| body["properties"]["containers"][0]["properties"]["resources"] = half).await;
    create(&app, "elsewhere", |body| body["location"] = json!("East US")).await;
    let counted = app.get(&format!("{LOCATIONS}/WestUS/usages")).await.json();
    assert_eq!(used(&counted), [("ContainerGroups", 2), ("StandardCores", 2)]);
    assert_json_snapshot!(counted["value"][0], @r#"
    {
      "id": "/subscriptions/11111111-2222-3333-4444-555555555555/providers/Microsoft.ContainerInstance/locations/westus/usages/ContainerGroups",
      "unit": "Count",
      "currentValue": 2,
      "limit": 100,
      "name": {
        "value": "ContainerGroups",
        "localizedValue": "Container Groups"
      }
    }
    "#);
    let other = "/subscriptions/00000000-0000-0000-0000-000000000000/providers/Microsoft.ContainerInstance/locations/westus/usages";
    assert_eq!(used(&app.get(other).await.json()), []);
}

#[tokio::test]
async fn a_stopped_group_holds_no_cores() {
    let app = TestApp::new().await;
    create(&app, "web", |_| {}).await;
    let path = format!("{GROUPS}/web");
    app.get_until(&path, |body| body["properties"]["provisioningState"] == "Succeeded").await;
    assert_eq!(app.post(&format!("{path}/stop")).await.status, StatusCode::NO_CONTENT);
    let usages = app.get(&format!("{LOCATIONS}/westus/usages")).await.json();
    assert_eq!(used(&usages), [("ContainerGroups", 1)]);
}

#[tokio::test]
async fn usages_have_ids_in_newer_versions_alone() {
    let app = TestApp::new().await;
    for (version, has_id) in [("2021-07-01", false), ("2021-09-01", true)] {
        let usages = app.get(&format!("{LOCATIONS}/westus/usages?api-version={version}")).await.json();
        assert_eq!(usages["value"][0].get("id").is_some(), has_id, "{version}");
    }
}

#[tokio::test]
async fn every_region_tells_its_capabilities_and_cached_images() {
    let app = TestApp::new().await;
    for region in aci_emulator::regions::REGIONS {
        let answer = app.get(&format!("{LOCATIONS}/{}/capabilities", region.name)).await;
        assert_eq!(
            (answer.status, &answer.json()["value"][1]["location"]),
            (StatusCode::OK, &json!(region.name))
        );
    }
    let capabilities = app.get(&format!("{LOCATIONS}/East%20US/capabilities")).await;
    insta::assert_snapshot!(capabilities.text, @r#"{"value":[{"resourceType":"containerGroups","osType":"NotSpecified","location":"eastus","ipAddressType":"Public","gpu":"None","capabilities":{"maxMemoryInGB":256.0,"maxCpu":32.0,"maxGpuCount":0}},{"resourceType":"containerGroups","osType":"NotSpecified","location":"eastus","ipAddressType":"Private","gpu":"None","capabilities":{"maxMemoryInGB":256.0,"maxCpu":32.0,"maxGpuCount":0}}]}"#);
    let images = app.get(&format!("{LOCATIONS}/westeurope/cachedimages")).await;
    insta::assert_snapshot!(images.text, @r#"{"value":[{"osType":"Linux","image":"ubuntu:18.04"},{"osType":"Linux","image":"alpine:3.6"},{"osType":"Windows","osVersion":"Windows Server 2019 - Before 2B","image":"mcr.microsoft.com/windows/nanoserver:1809"},{"osType":"Windows","osVersion":"Windows Server 2019 - Before 2B","image":"mcr.microsoft.com/windows/servercore:ltsc2019"}]}"#);
}

#[tokio::test]
async fn an_unknown_region_and_a_version_without_the_operation_are_refused_alike() {
    let app = TestApp::new().await;
    for read in ["usages", "capabilities", "cachedImages"] {
        for path in [format!("atlantis/{read}"), format!("westus/{read}?api-version=2017-08-01-preview")] {
            let answer = app.get(&format!("{LOCATIONS}/{path}")).await;
            let expected = (StatusCode::BAD_REQUEST, "NoRegisteredProviderFound");
            assert_eq!((answer.status, answer.code().as_str()), expected, "{path}");
            assert!(answer.text.contains(&format!("for type 'locations/{read}'")), "{}", answer.text);
        }
    }
    let usages = app.get(&format!("{LOCATIONS}/westus/usages?api-version=2017-10-01-preview")).await;
    assert!(usages.text.contains("The supported api-versions are '2017-12-01-preview, "), "{}", usages.text);
}

#[tokio::test]
async fn the_provider_lists_its_operations_as_recorded() {
    let app = TestApp::bare().await;
    let path = "/providers/microsoft.containerinstance/operations";
    let answer = app.get(&format!("{path}?api-version=2018-10-01")).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_json_snapshot!("provider_operations", answer.json());
    let refused = app.get(&format!("{path}?api-version=2017-08-01-preview")).await;
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::NOT_FOUND, "InvalidResourceType"));
    assert!(refused.text.contains("are '2017-10-01-preview,2017-12-01-preview,"), "{}", refused.text);
}

#[tokio::test]
async fn a_group_has_no_outbound_dependencies_and_a_missing_one_is_not_found() {
    let app = TestApp::new().await;
    create(&app, "web", |_| {}).await;
    let of = |name: &str| format!("{GROUPS}/{name}/outboundNetworkDependenciesEndpoints");
    let answer = app.get(&of("web")).await;
    assert_eq!((answer.status, answer.text.as_str()), (StatusCode::OK, "[]"));
    let missing = app.get(&of("api")).await;
    assert_eq!((missing.status, missing.code().as_str()), (StatusCode::NOT_FOUND, "ResourceNotFound"));
    let old = app.get(&format!("{}?api-version=2021-03-01", of("web"))).await;
    assert_eq!((old.status, old.code().as_str()), (StatusCode::BAD_REQUEST, "NoRegisteredProviderFound"));
}

#[tokio::test]
async fn actions_answer_only_in_versions_that_list_them() {
    let app = TestApp::new().await;
    create(&app, "web", |_| {}).await;
    for (action, before, since) in [
        ("stop", "2018-04-01", "2018-06-01"),
        ("restart", "2018-04-01", "2018-06-01"),
        ("start", "2018-09-01", "2018-10-01"),
    ] {
        let path = format!("{GROUPS}/web/{action}");
        let refused = app.post(&format!("{path}?api-version={before}")).await;
        let expected = (StatusCode::BAD_REQUEST, "NoRegisteredProviderFound");
        assert_eq!((refused.status, refused.code().as_str()), expected, "{action}");
        let answered = app.post(&format!("{path}?api-version={since}")).await;
        assert!(!answered.text.contains("NoRegisteredProviderFound"), "{action}: {}", answered.text);
    }
}

#[tokio::test]
async fn a_subnets_link_is_gone_when_no_group_is_in_it() {
    let app = TestApp::new().await;
    let subscription = SUBSCRIPTION.rsplit('/').next().unwrap();
    let subnet = ResourceId::subnet(subscription, "rg", "net", "aci").to_string();
    let link = format!("{subnet}/providers/Microsoft.ContainerInstance/serviceAssociationLinks/default");
    let none = app.delete(&link.replace("Microsoft.Network", "microsoft.network")).await;
    assert_eq!((none.status, none.text.as_str()), (StatusCode::NO_CONTENT, ""));
    create(&app, "web", |body| {
        body["properties"]["subnetIds"] =
            json!([{ "id": subnet.to_uppercase().replace("/PROVIDERS/", "/providers/") }]);
        body["properties"]["ipAddress"] = json!({ "type": "Private", "ports": [{ "port": 80 }] });
    })
    .await;
    let used = app.delete(&link).await;
    assert_eq!((used.status, used.code().as_str()), (StatusCode::CONFLICT, "ServiceAssociationLinkInUse"));
    app.delete(&format!("{GROUPS}/web")).await;
    assert_eq!(app.delete(&link).await.status, StatusCode::NO_CONTENT);
    let nowhere = app.delete(&link.replace("/rg/", "/other/")).await;
    assert_eq!(nowhere.code(), "ResourceGroupNotFound");
    let old = app.delete(&format!("{link}?api-version=2021-07-01")).await;
    assert_eq!((old.status, old.code().as_str()), (StatusCode::NOT_FOUND, "InvalidResourceType"));
}

#[tokio::test]
async fn a_subscription_lists_its_locations() {
    let app = TestApp::bare().await;
    let list = app.get(&format!("{SUBSCRIPTION}/locations?api-version=2022-12-01")).await.json();
    assert_eq!(list["value"].as_array().unwrap().len(), aci_emulator::regions::REGIONS.len());
    assert_json_snapshot!(list["value"][9], @r#"
    {
      "id": "/subscriptions/11111111-2222-3333-4444-555555555555/locations/eastus",
      "name": "eastus",
      "type": "Region",
      "displayName": "East US",
      "regionalDisplayName": "(US) East US",
      "metadata": {
        "regionType": "Physical",
        "geographyGroup": "US"
      }
    }
    "#);
}

#[tokio::test]
async fn resources_are_listed_by_scope_and_filter() {
    let app = TestApp::new().await;
    create(&app, "web", |_| {}).await;
    create(&app, "api", |body| body["location"] = json!("East US")).await;
    let names = async |path: String| {
        let list = app.get(&path).await.json();
        let value = list["value"].as_array().unwrap_or_else(|| panic!("{path}: {list}")).clone();
        value.iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let all = format!("{SUBSCRIPTION}/resources");
    let here = format!("{SUBSCRIPTION}/resourceGroups/rg/resources");
    assert_json_snapshot!(app.get(&here).await.json()["value"][1], @r#"
    {
      "id": "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg/providers/Microsoft.ContainerInstance/containerGroups/web",
      "name": "web",
      "type": "Microsoft.ContainerInstance/containerGroups",
      "location": "westus",
      "tags": {
        "b": "2",
        "a": "1"
      }
    }
    "#);
    assert_eq!(names(format!("{here}?$top=1")).await, ["api"]);
    let by_type = "?$filter=resourceType%20eq%20'Microsoft.ContainerInstance/containerGroups'";
    assert_eq!(names(format!("{all}{by_type}")).await, ["api", "web"]);
    assert_eq!(names(format!("{all}{by_type}%20and%20location%20eq%20'westus'")).await, ["web"]);
    assert!(
        names(format!("{all}?$filter=resourceType+eq+'Microsoft.Network/virtualNetworks'")).await.is_empty()
    );
    let broken = app.get(&format!("{all}?$filter=resourceType%20like%20'x'")).await;
    assert_eq!(
        (broken.status, broken.code().as_str()),
        (StatusCode::BAD_REQUEST, "InvalidFilterInQueryString")
    );
    let missing = app.get(&format!("{SUBSCRIPTION}/resourceGroups/other/resources")).await;
    assert_eq!(missing.code(), "ResourceGroupNotFound");
}
