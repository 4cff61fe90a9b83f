//! Container groups among resources that were made over HTTP.

use http::StatusCode;
use serde_json::{Value, json};

use crate::support::app::{GROUPS, SUBSCRIPTION, TestApp, group};

fn resource(kind: &str) -> String {
    format!("{SUBSCRIPTION}/resourceGroups/rg/providers/{kind}")
}

fn plain() -> Value {
    let mut body = group();
    body["properties"]["restartPolicy"] = json!("Always");
    body
}

async fn until_settled(app: &TestApp, name: &str) -> Value {
    let is_settled = |body: &Value| {
        ["Succeeded", "Failed"].map(Value::from).contains(&body["properties"]["provisioningState"])
    };
    app.get_until(&format!("{GROUPS}/{name}"), is_settled).await
}

#[tokio::test]
async fn a_group_in_a_subnet_gets_the_subnets_first_address() {
    let app = TestApp::new().await;
    let network = resource("Microsoft.Network/virtualNetworks/vnet");
    let delegation = json!([{ "name": "aci", "properties": {
        "serviceName": "Microsoft.ContainerInstance/containerGroups",
    } }]);
    let body = json!({ "location": "westus", "properties": {
        "addressSpace": { "addressPrefixes": ["10.20.0.0/16"] },
        "subnets": [{ "name": "aci", "properties": { "addressPrefix": "10.20.3.0/24", "delegations": delegation } }],
    } });
    let made = app.put(&format!("{network}?api-version=2023-09-01"), body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let mut body = plain();
    body["properties"]["subnetIds"] = json!([{ "id": format!("{network}/subnets/aci") }]);
    body["properties"]["ipAddress"] =
        json!({ "type": "Private", "ports": [{ "port": 80, "protocol": "TCP" }] });
    let answer = app.put(&format!("{GROUPS}/web"), body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    let settled = until_settled(&app, "web").await;
    assert_eq!(settled["properties"]["ipAddress"]["ip"], "10.20.3.4", "{settled:#}");
}

#[tokio::test]
async fn a_share_of_a_known_account_wants_its_key_and_any_key_opens_those_of_others() {
    let app = TestApp::new().await;
    let account = resource("Microsoft.Storage/storageAccounts/acct1");
    let body = json!({ "location": "westus", "sku": { "name": "Standard_LRS" }, "kind": "StorageV2" });
    let made = app.put(&format!("{account}?api-version=2023-01-01"), body).await;
    assert!(made.status.is_success(), "{}", made.text);
    let share = format!("{account}/fileServices/default/shares/data?api-version=2023-01-01");
    let made = app.put(&share, json!({})).await;
    assert!(made.status.is_success(), "{}", made.text);
    let keys = app.post(&format!("{account}/listKeys?api-version=2023-01-01")).await.json();
    let right = keys["keys"][0]["value"].as_str().unwrap().to_owned();

    let with_share = |account: &str, key: &str| {
        let mut body = plain();
        let file = json!({ "shareName": "data", "storageAccountName": account, "storageAccountKey": key });
        body["properties"]["volumes"] = json!([{ "name": "files", "azureFile": file }]);
        body["properties"]["ipAddress"] = Value::Null;
        body
    };
    for (name, account, key, outcome) in [
        ("right", "acct1", right.as_str(), "Succeeded"),
        ("wrong", "acct1", "d3Jvbmc=", "Failed"),
        ("foreign", "acct2", "YW55", "Succeeded"),
    ] {
        let answer = app.put(&format!("{GROUPS}/{name}"), with_share(account, key)).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        let settled = until_settled(&app, name).await;
        assert_eq!(settled["properties"]["provisioningState"], outcome, "{name}: {settled:#}");
        let failed =
            settled["properties"]["instanceView"]["events"][0]["name"] == "FailedMountAzureFileVolume";
        assert_eq!(failed, outcome == "Failed", "{settled:#}");
    }
}
