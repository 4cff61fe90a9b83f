//! Virtual networks as `az network` and `az container create --vnet` use them; the bodies are those of the recording.

use http::{Method, StatusCode};
use insta::{assert_json_snapshot, assert_snapshot};
use serde_json::{Value, json};

use crate::support::app::{Answer, GROUPS, PROVIDERS, SUBSCRIPTION, TestApp, group};

fn network() -> String {
    format!("{PROVIDERS}/Microsoft.Network/virtualNetworks/vnet")
}

fn subnet() -> String {
    format!("{}/subnets/default", network())
}

/// What `az network vnet create --nsg` sends.
fn network_body() -> Value {
    json!({
        "location": "westus",
        "properties": {
            "addressSpace": { "addressPrefixes": ["10.0.0.0/16"] },
            "enableDdosProtection": false,
            "enableVmProtection": false,
            "subnets": [{ "name": "default", "properties": { "addressPrefix": "10.0.0.0/24" } }],
        },
    })
}

/// What `az container create --vnet` sends to delegate a subnet that is there: the subnet, and the delegation.
fn delegated(mut subnet: Value) -> Value {
    subnet["properties"]["delegations"] = json!([{
        "name": "Microsoft.ContainerInstance/containerGroups",
        "properties": { "serviceName": "Microsoft.ContainerInstance/containerGroups" },
    }]);
    subnet
}

async fn with_network() -> TestApp {
    let app = TestApp::new().await;
    let created = app.put(&network(), network_body()).await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.text);
    app
}

/// A group in the subnet.
fn group_inside() -> Value {
    let mut group = group();
    let properties = group["properties"].as_object_mut().unwrap();
    properties.remove("ipAddress");
    properties.insert("subnetIds".to_owned(), json!([{ "id": subnet() }]));
    group
}

async fn with_group_inside() -> TestApp {
    let app = with_network().await;
    app.put(&subnet(), delegated(app.get(&subnet()).await.json())).await;
    let created = app.put(&format!("{GROUPS}/web"), group_inside()).await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.text);
    app
}

fn refusal(answer: &Answer) -> (StatusCode, String) {
    (answer.status, answer.code())
}

#[tokio::test]
async fn a_network_is_shown_as_recorded() {
    let app = TestApp::new().await;
    let created = app.put(&network(), network_body()).await;
    assert_eq!(created.status, StatusCode::CREATED);
    let operation =
        created.header("azure-asyncoperation").strip_prefix("http://arm.test").unwrap().to_owned();
    assert!(
        operation
            .starts_with(&format!("{SUBSCRIPTION}/providers/Microsoft.Network/locations/westus/operations/"))
    );
    assert_eq!(created.header("azure-asyncnotification"), "Enabled");
    assert_eq!(created.json()["properties"]["provisioningState"], "Updating");
    assert_eq!(app.get(&operation).await.text, r#"{"status":"Succeeded"}"#);
    let got = app.get(&network()).await;
    assert_eq!(got.header("etag"), got.json()["etag"].as_str().unwrap());
    assert_json_snapshot!(got.json(), { ".etag" => "[etag]", ".**.etag" => "[etag]", ".properties.resourceGuid" => "[guid]" });
}

#[tokio::test]
async fn az_finds_no_network_makes_one_and_delegates_its_subnet() {
    let app = TestApp::new().await;
    // Both codes are those that az takes for "make it".
    assert_eq!(refusal(&app.get(&subnet()).await), (StatusCode::NOT_FOUND, "ResourceNotFound".to_owned()));
    assert_eq!(refusal(&app.get(&network()).await), (StatusCode::NOT_FOUND, "ResourceNotFound".to_owned()));
    let mut body = network_body();
    body["properties"].as_object_mut().unwrap().remove("subnets");
    assert_eq!(app.put(&network(), body).await.status, StatusCode::CREATED);
    assert_eq!(refusal(&app.get(&subnet()).await), (StatusCode::NOT_FOUND, "NotFound".to_owned()));
    let asked = delegated(json!({ "name": "default", "properties": { "addressPrefix": "10.0.0.0/24" } }));
    let made = app.put(&subnet(), asked).await;
    assert_eq!(made.status, StatusCode::CREATED);
    assert_json_snapshot!(made.json(), { ".**.etag" => "[etag]", ".etag" => "[etag]" });
    let again = app.put(&subnet(), delegated(app.get(&subnet()).await.json())).await;
    assert_eq!(again.status, StatusCode::OK, "{}", again.text);
}

#[tokio::test]
async fn a_network_that_is_put_without_subnets_keeps_them() {
    let app = with_network().await;
    let mut body = network_body();
    body["tags"] = json!({ "a": "1" });
    body["properties"].as_object_mut().unwrap().remove("subnets");
    assert_eq!(app.put(&network(), body.clone()).await.status, StatusCode::OK);
    let list = app.get(&format!("{}/subnets", network())).await.json();
    assert_eq!(list["value"][0]["name"], "default");
    body["properties"]["subnets"] = json!([]);
    app.put(&network(), body).await;
    assert_eq!(app.get(&format!("{}/subnets", network())).await.text, r#"{"value":[]}"#);
}

#[tokio::test]
async fn prefixes_that_cannot_be_are_refused_in_azures_words() {
    let app = with_network().await;
    let other = format!("{}/subnets/other", network());
    let put = |prefix: &str| app.put(&other, json!({ "properties": { "addressPrefix": prefix } }));
    let texts = [
        put("10.0.0.128/25").await.text,
        put("10.1.0.0/24").await.text,
        put("10.0.1.5/24").await.text,
        put("ten").await.text,
        put("10.0.1.0/31").await.text,
    ];
    assert_snapshot!(texts.join("\n"), @r#"
    {"error":{"code":"NetcfgSubnetRangesOverlap","message":"Subnet 'other' is not valid because its IP address range overlaps with that of an existing subnet in virtual network 'vnet'."}}
    {"error":{"code":"NetcfgSubnetRangeOutsideVnet","message":"Subnet 'other' is not valid because its IP address range is outside the IP address range of virtual network 'vnet'."}}
    {"error":{"code":"InvalidCIDRNotation","message":"The address prefix 10.0.1.5/24 in resource /subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/vnet/subnets/other has an invalid CIDR notation. For the given prefix length, the address prefix should be 10.0.1.0/24."}}
    {"error":{"code":"InvalidAddressPrefixFormat","message":"Address prefix ten of resource /subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/vnet/subnets/other is not formatted correctly. It should follow CIDR notation, for example 10.0.0.0/24."}}
    {"error":{"code":"NetcfgInvalidSubnet","message":"Subnet 'other' is not valid in virtual network 'vnet'."}}
    "#);
    let missing =
        app.put(&format!("{PROVIDERS}/Microsoft.Network/virtualNetworks/none/subnets/x"), json!({})).await;
    assert_eq!(refusal(&missing), (StatusCode::NOT_FOUND, "ParentResourceNotFound".to_owned()));
}

#[tokio::test]
async fn a_subnet_with_a_container_group_shows_its_link_and_stays() {
    let app = with_group_inside().await;
    let shown = app.get(&subnet().to_uppercase()).await.json();
    assert_json_snapshot!(shown["properties"]["serviceAssociationLinks"], { ".**.etag" => "[etag]" });
    for answer in [app.delete(&subnet()).await, app.delete(&network()).await] {
        assert_eq!(refusal(&answer), (StatusCode::BAD_REQUEST, "InUseSubnetCannotBeDeleted".to_owned()));
    }
    let mut free = shown.clone();
    free["properties"]["delegations"] = json!([]);
    let answer = app.put(&subnet(), free).await;
    let code = "SubnetDelegationsCannotChangeWhenSubnetUsedByResource";
    assert_eq!(refusal(&answer), (StatusCode::BAD_REQUEST, code.to_owned()));
    assert_eq!(app.delete(&format!("{GROUPS}/web")).await.status, StatusCode::OK);
    assert_eq!(app.get(&subnet()).await.json()["properties"].get("serviceAssociationLinks"), None);
    let deleted = app.delete(&subnet()).await;
    assert_eq!(deleted.status, StatusCode::ACCEPTED);
    let place = deleted.header("location").strip_prefix("http://arm.test").unwrap().to_owned();
    assert_eq!(app.get(&place).await.status, StatusCode::OK);
    assert_eq!(app.delete(&subnet()).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_group_joins_a_subnet_that_is_there_and_delegated() {
    let app = with_network().await;
    let web = format!("{GROUPS}/web");
    let refused = app.put(&web, group_inside()).await;
    assert_eq!(refusal(&refused), (StatusCode::BAD_REQUEST, "SubnetMissingRequiredDelegation".to_owned()));
    let mut elsewhere = group_inside();
    elsewhere["properties"]["subnetIds"][0]["id"] = json!(format!("{}x", subnet()));
    assert_eq!(
        refusal(&app.put(&web, elsewhere).await),
        (StatusCode::BAD_REQUEST, "SubnetNotFound".to_owned())
    );
    let mut unknown = group_inside();
    unknown["properties"]["subnetIds"][0]["id"] = json!(subnet().replace("/vnet/", "/another/"));
    assert_eq!(
        app.put(&web, unknown).await.status,
        StatusCode::CREATED,
        "nothing is known about that network"
    );
}

#[tokio::test]
async fn a_network_profile_puts_its_groups_into_its_subnet() {
    let app = with_network().await;
    let profile = format!("{PROVIDERS}/Microsoft.Network/networkProfiles/profile");
    let body = json!({
        "location": "westus",
        "properties": { "containerNetworkInterfaceConfigurations": [{ "name": "eth0", "properties": {
            "ipConfigurations": [{ "name": "ipconfigprofile", "properties": { "subnet": { "id": subnet() } } }],
        } }] },
    });
    assert_eq!(app.put(&profile, body).await.status, StatusCode::CREATED);
    assert_json_snapshot!(app.get(&profile).await.json(), { ".**.etag" => "[etag]", ".etag" => "[etag]", ".properties.resourceGuid" => "[guid]" });
    assert_eq!(app.delete(&profile).await.status, StatusCode::ACCEPTED);
    assert_eq!(app.delete(&profile).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_security_group_has_azures_rules_and_its_own() {
    let app = with_network().await;
    let path = format!("{PROVIDERS}/Microsoft.Network/networkSecurityGroups/nsg");
    assert_eq!(app.put(&path, json!({ "location": "westus" })).await.status, StatusCode::CREATED);
    let rules = app.get(&path).await.json()["properties"]["defaultSecurityRules"].clone();
    assert_json_snapshot!(rules[0], { ".etag" => "[etag]" });
    assert_eq!(rules.as_array().unwrap().len(), 6);
    let rule = format!("{path}/securityRules/ssh");
    let body = json!({ "properties": { "priority": 100, "access": "Allow", "direction": "Inbound" } });
    assert_eq!(app.put(&rule, body).await.status, StatusCode::CREATED);
    assert_eq!(app.get(&rule).await.json()["properties"]["priority"], 100);
    let mut with_group = app.get(&subnet()).await.json();
    with_group["properties"]["networkSecurityGroup"] = json!({ "id": path });
    app.put(&subnet(), with_group).await;
    let used = app.delete(&path).await;
    assert_eq!(
        refusal(&used),
        (StatusCode::BAD_REQUEST, "InUseNetworkSecurityGroupCannotBeDeleted".to_owned())
    );
    assert_eq!(app.delete(&rule).await.status, StatusCode::ACCEPTED);
    assert_eq!(refusal(&app.get(&rule).await), (StatusCode::NOT_FOUND, "NotFound".to_owned()));
}

#[tokio::test]
async fn an_address_is_free_reserved_or_taken() {
    let app = with_network().await;
    let check = format!("{}/CheckIPAddressAvailability?ipAddress=", network());
    assert_eq!(app.get(&format!("{check}10.0.0.4")).await.json()["available"], true);
    let reserved = app.get(&format!("{check}10.0.0.1")).await.json();
    assert_json_snapshot!(reserved, @r#"
    {
      "available": false,
      "availableIPAddresses": [
        "10.0.0.4",
        "10.0.0.5",
        "10.0.0.6",
        "10.0.0.7",
        "10.0.0.8"
      ],
      "isPlatformReserved": true
    }
    "#);
    assert_eq!(app.get(&format!("{check}10.0.9.9")).await.json()["available"], false);
    assert_eq!(app.get(&format!("{check}x")).await.status, StatusCode::BAD_REQUEST);
    let usage = app.get(&format!("{}/usages", network())).await.json()["value"][0].clone();
    assert_eq!((&usage["currentValue"], &usage["limit"]), (&json!(0), &json!(251)));
}

#[tokio::test]
async fn a_place_or_version_that_a_type_lacks_is_refused() {
    let app = with_network().await;
    let mut body = network_body();
    body["location"] = json!("atlantis");
    let path = format!("{PROVIDERS}/Microsoft.Network/virtualNetworks/other");
    let answer = app.put(&path, body.clone()).await;
    assert_eq!(refusal(&answer), (StatusCode::BAD_REQUEST, "LocationNotAvailableForResourceType".to_owned()));
    body["location"] = json!("eastus");
    let answer = app.put(&network(), body).await;
    assert_eq!(refusal(&answer), (StatusCode::CONFLICT, "InvalidResourceLocation".to_owned()));
    let old = app.get(&format!("{}?api-version=2014-01-01", network())).await;
    assert_eq!(refusal(&old), (StatusCode::BAD_REQUEST, "NoRegisteredProviderFound".to_owned()));
    let list = format!("{SUBSCRIPTION}/providers/Microsoft.Network/virtualNetworks");
    let old = app.get(&format!("{list}?api-version=2014-01-01")).await;
    assert_eq!(refusal(&old), (StatusCode::NOT_FOUND, "InvalidResourceType".to_owned()));
    let unknown = app.get(&format!("{PROVIDERS}/Microsoft.Network/loadBalancers/lb")).await;
    assert_eq!(refusal(&unknown), (StatusCode::NOT_FOUND, "InvalidResourceType".to_owned()));
    assert_eq!(app.get(&format!("{list}?api-version=2031-01-01")).await.json()["value"][0]["name"], "vnet");
}

#[tokio::test]
async fn tags_are_patched_and_existence_is_asked_for_by_head() {
    let app = with_network().await;
    let patched = app.patch(&network(), json!({ "tags": { "a": "1" } })).await;
    assert_eq!(patched.json()["tags"], json!({ "a": "1" }));
    assert_eq!(app.call(Method::HEAD, &network(), None).await.status, StatusCode::NO_CONTENT);
    let absent = app.call(Method::HEAD, &format!("{}x", network()), None).await;
    assert_eq!((absent.status, absent.text.as_str()), (StatusCode::NOT_FOUND, ""));
}
