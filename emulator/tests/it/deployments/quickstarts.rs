//! The templates with which everybody begins, written after Azure's quickstarts.

use http::StatusCode;
use insta::assert_json_snapshot;
use serde_json::json;

use super::{deployed, deployment, follow, of, quickstart, succeeded};
use crate::support::app::{GROUPS, PROVIDERS, TestApp};

#[tokio::test]
async fn a_public_group_is_deployed_and_tells_its_address() {
    let app = TestApp::new().await;
    let begun = app
        .put(&deployment("public"), of(quickstart("public-ip"), json!({ "port": { "value": 8080 } })))
        .await;
    assert_eq!(begun.status, StatusCode::CREATED, "{}", begun.text);
    assert_eq!(begun.json()["properties"]["provisioningState"], "Accepted");
    let ended = app.get_until(&deployment("public"), super::is_at_rest).await;
    assert_json_snapshot!(ended, { ".properties.correlationId" => "[id]", ".properties.outputs.containerIPv4Address.value" => "[ip]" });
    let group = app.get(&format!("{GROUPS}/acilinuxpublicipcontainergroup")).await.json();
    assert_eq!(group["properties"]["ipAddress"]["ports"][0]["port"], 8080);
    assert_eq!(
        group["properties"]["ipAddress"]["ip"],
        ended["properties"]["outputs"]["containerIPv4Address"]["value"]
    );
    let status = follow(&app, &begun, "azure-asyncoperation").await;
    assert_eq!(status.json(), json!({ "status": "Succeeded" }));
}

#[tokio::test]
async fn a_group_waits_for_the_subnet_that_it_goes_into() {
    let app = TestApp::new().await;
    let ended = succeeded(&app, "vnet", of(quickstart("vnet"), json!({}))).await;
    assert_eq!(ended["properties"]["outputs"]["containerIPv4Address"]["value"], "10.0.0.4");
    assert_eq!(ended["properties"]["dependencies"][0]["dependsOn"][0]["resourceName"], "aci-vnet");
    let operations = app.get(&format!("{}/operations", deployment("vnet"))).await.json();
    let targets: Vec<_> = operations["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["properties"]["targetResource"]["resourceName"].as_str())
        .collect();
    assert_eq!(targets, [Some("aci-vnet"), Some("aci-containergroup"), None]);
    // Again, it changes nothing.
    succeeded(&app, "vnet", of(quickstart("vnet"), json!({}))).await;
}

#[tokio::test]
async fn a_share_is_mounted_with_the_accounts_key_and_no_secret_is_told() {
    let app = TestApp::new().await;
    let given = json!({ "password": { "value": "s3cret-parameter" } });
    let ended = succeeded(&app, "volume", of(quickstart("volume"), given)).await;
    assert_eq!(ended["properties"]["parameters"]["password"], json!({ "type": "SecureString" }));
    assert_eq!(ended["properties"]["outputs"]["secret"], json!({ "type": "SecureString" }));
    let account = ended["properties"]["outputs"]["accountName"]["value"].as_str().unwrap();
    assert_eq!(account.len(), 13);
    let account = format!("{PROVIDERS}/Microsoft.Storage/storageAccounts/{account}");
    let key = app.post(&format!("{account}/listKeys")).await.json()["keys"][0]["value"].clone();
    for path in ["", "/operations"] {
        let text = app.get(&format!("{}{path}", deployment("volume"))).await.text;
        assert!(!text.contains("s3cret-parameter") && !text.contains(key.as_str().unwrap()), "{text}");
    }
}

#[tokio::test]
async fn a_template_file_of_az_is_read_with_its_comments() {
    let app = TestApp::new().await;
    let template = super::template(json!([super::identity("id")]), json!({})).to_string();
    let body = format!("{{\"properties\": {{\"mode\": \"Incremental\", template:// a file\n{template}}}}}");
    let request =
        http::Request::builder().method("PUT").uri(format!("{}?api-version=2022-09-01", deployment("file")));
    let request = request.header("authorization", "Bearer fake").body(axum::body::Body::from(body)).unwrap();
    assert_eq!(app.send(request).await.status, StatusCode::CREATED);
    app.get_until(&deployment("file"), |it| it["properties"]["provisioningState"] == "Succeeded").await;
}

#[tokio::test]
async fn a_loop_makes_many_and_an_output_tells_of_each() {
    let app = TestApp::new().await;
    let resource = super::with(
        super::identity("[format('id{0}', copyIndex())]"),
        json!({ "copy": { "name": "ids", "count": 3, "mode": "serial" } }),
    );
    let value = "[reference(format('id{0}', copyIndex())).clientId]";
    let outputs = json!({ "clients": { "type": "array", "copy": { "count": 3, "input": value } } });
    let ended = deployed(&app, "loop", of(super::template(json!([resource]), outputs), json!({}))).await;
    let clients = ended["properties"]["outputs"]["clients"]["value"].as_array().unwrap().clone();
    assert_eq!(clients.len(), 3, "{ended:#}");
    assert_ne!(clients[0], clients[1]);
    assert_eq!(ended["properties"]["outputResources"].as_array().unwrap().len(), 3);
}
