//! What is refused before anything is deployed, and what fails on the way.

use http::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{deployed, deployment, identity, is_at_rest, of, quickstart, template, with};
use crate::support::app::{GROUPS, PROVIDERS, TestApp};

#[tokio::test]
async fn a_template_that_cannot_be_is_refused_in_azures_words() {
    let app = TestApp::new().await;
    let unknown = json!({ "type": "Microsoft.Web/sites", "apiVersion": "2022-03-01", "name": "x" });
    let old = with(identity("x"), json!({ "apiVersion": "2001-01-01" }));
    let broken = with(identity("x"), json!({ "tags": { "a": "[nope()]" } }));
    let cases = [
        (of(json!({ "resources": [] }), json!({})), "InvalidTemplate"),
        (of(template(json!([]), json!({})), json!({ "p": { "value": 1 } })), "InvalidTemplate"),
        (
            of(template(json!([with(identity("x"), json!({ "dependsOn": ["y"] }))]), json!({})), json!({})),
            "InvalidTemplate",
        ),
        (of(template(json!([broken]), json!({})), json!({})), "InvalidTemplate"),
        (of(template(json!([unknown]), json!({})), json!({})), "InvalidResourceNamespace"),
        (of(template(json!([old]), json!({})), json!({})), "NoRegisteredProviderFound"),
        (json!({ "properties": { "mode": "Incremental" } }), "InvalidDeployment"),
        (json!({ "properties": { "templateLink": { "uri": "https://x" } } }), "InvalidTemplateLink"),
        (json!({ "properties": { "mode": "Sometimes", "template": {} } }), "InvalidDeploymentMode"),
        (json!({}), "InvalidRequestContent"),
    ];
    for (body, code) in cases {
        for answer in [
            app.put(&deployment("x"), body.clone()).await,
            app.post_json(&format!("{}/validate", deployment("x")), body.clone()).await,
        ] {
            assert!(answer.status.is_client_error());
            assert_eq!(answer.code(), code, "{}", answer.text);
        }
    }
    assert_eq!(app.get(&deployment("x")).await.code(), "DeploymentNotFound");
    assert_eq!(
        app.put(&deployment("a!b"), of(template(json!([]), json!({})), json!({}))).await.code(),
        "InvalidDeploymentName"
    );
}

#[tokio::test]
async fn what_a_provider_would_refuse_is_told_before_anything_is_made() {
    let app = TestApp::new().await;
    let body = of(quickstart("public-ip"), json!({ "cpuCores": { "value": 99 } }));
    let refused = app.put(&deployment("x"), body.clone()).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (StatusCode::BAD_REQUEST, "InvalidTemplateDeployment")
    );
    let direct = json!({
        "location": "westus", "properties": { "osType": "Linux", "containers": [{ "name": "a", "properties": {
            "image": "i", "resources": { "requests": { "cpu": 99, "memoryInGB": 2 } } } }] },
    });
    let direct = app.put(&format!("{GROUPS}/acilinuxpublicipcontainergroup"), direct).await;
    assert_eq!(refused.json()["error"]["details"][0]["code"], direct.code());
    assert_eq!(
        app.post_json(&format!("{}/validate", deployment("x")), body).await.code(),
        "InvalidTemplateDeployment"
    );
    let fine =
        app.post_json(&format!("{}/validate", deployment("x")), of(quickstart("public-ip"), json!({}))).await;
    assert_eq!(
        fine.json()["properties"]["validatedResources"][0]["id"],
        format!("{GROUPS}/acilinuxpublicipcontainergroup")
    );
    assert_eq!(app.get(GROUPS).await.json()["value"], json!([]));
}

#[tokio::test]
async fn a_failure_names_the_resource_and_keeps_what_waits_for_it_from_beginning() {
    let app = TestApp::new().await;
    let moved = with(identity("bad"), json!({ "location": "nowhere" }));
    let waits = with(identity("after"), json!({ "dependsOn": ["bad"] }));
    let ended = deployed(&app, "fails", of(template(json!([moved, waits]), json!({})), json!({}))).await;
    let error = &ended["properties"]["error"];
    assert_eq!(
        (&ended["properties"]["provisioningState"], &error["code"]),
        (&json!("Failed"), &json!("DeploymentFailed"))
    );
    assert_eq!(error["details"][0]["code"], "LocationNotAvailableForResourceType", "{error:#}");
    let operations = app.get(&format!("{}/operations", deployment("fails"))).await.json();
    let [operation] = operations["value"].as_array().unwrap().as_slice() else { panic!("{operations:#}") };
    assert_eq!(operation["properties"]["statusCode"], "BadRequest");
    assert_eq!(
        operation["properties"]["statusMessage"]["error"]["code"],
        "LocationNotAvailableForResourceType"
    );
    let after = format!("{PROVIDERS}/Microsoft.ManagedIdentity/userAssignedIdentities/after");
    assert_eq!(app.get(&after).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_group_that_fails_fails_its_deployment() {
    let app = TestApp::new().await;
    let body = of(quickstart("public-ip"), json!({ "image": { "value": "nginx:sim-unauthorized" } }));
    assert_eq!(app.put(&deployment("fails"), body).await.status, StatusCode::CREATED);
    // The half hour after which a group that does not come up has failed.
    let path = deployment("fails");
    let ended = app.get_until(&path, |it| {
        app.clock.advance(SignedDuration::from_secs(10));
        is_at_rest(it)
    });
    let ended = ended.await;
    let details = &ended["properties"]["error"]["details"];
    assert_eq!(details[0]["code"], "ResourceDeploymentFailure", "{ended:#}");
    assert!(
        details[0]["details"][0]["message"].as_str().unwrap().contains("Failed to pull image"),
        "{ended:#}"
    );
}

#[tokio::test]
async fn an_output_that_has_no_value_fails_the_deployment_after_its_resources() {
    let app = TestApp::new().await;
    let outputs = json!({ "o": { "type": "string", "value": "[reference('id').none]" } });
    let ended = deployed(&app, "outputs", of(template(json!([identity("id")]), outputs), json!({}))).await;
    let detail: &Value = &ended["properties"]["error"]["details"][0];
    assert_eq!(detail["code"], "DeploymentOutputEvaluationFailed", "{ended:#}");
    assert!(
        detail["message"].as_str().unwrap().contains("The language expression property 'none' doesn't exist")
    );
    assert_eq!(ended["properties"]["outputResources"].as_array().unwrap().len(), 1);
}
