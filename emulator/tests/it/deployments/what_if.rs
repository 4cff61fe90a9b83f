//! What a deployment would change.

use http::StatusCode;
use serde_json::{Value, json};

use super::{deployment, follow, identity, of, quickstart, succeeded, template, with};
use crate::support::app::TestApp;

async fn changes(app: &TestApp, body: Value) -> Value {
    let answer = app.post_json(&format!("{}/whatIf", deployment("x")), body).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text);
    let result = follow(app, &answer, "location").await.json();
    assert_eq!(result["status"], "Succeeded");
    result["properties"]["changes"].clone()
}

fn kinds(changes: &Value) -> Vec<(&str, &str)> {
    changes
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            (
                it["resourceId"].as_str().unwrap().rsplit('/').next().unwrap(),
                it["changeType"].as_str().unwrap(),
            )
        })
        .collect()
}

#[tokio::test]
async fn changes_are_told_and_nothing_is_done() {
    let app = TestApp::new().await;
    succeeded(
        &app,
        "first",
        of(template(json!([identity("same"), identity("other"), identity("gone")]), json!({})), json!({})),
    )
    .await;
    let other = with(identity("other"), json!({ "tags": { "a": "1" } }));
    let mut body = of(template(json!([identity("same"), other, identity("new")]), json!({})), json!({}));
    let found = changes(&app, body.clone()).await;
    assert_eq!(
        kinds(&found),
        [("same", "NoChange"), ("other", "Modify"), ("new", "Create"), ("gone", "Ignore")]
    );
    assert_eq!(found[1]["delta"][0]["path"], "tags.a");
    assert_eq!((&found[2]["before"], &found[2]["after"]["location"]), (&Value::Null, &json!("westus")));
    body["properties"]["mode"] = json!("Complete");
    body["properties"]["whatIfSettings"] = json!({ "resultFormat": "ResourceIdOnly" });
    let found = changes(&app, body).await;
    assert_eq!(kinds(&found)[3], ("gone", "Delete"));
    assert!(found[1].get("delta").is_none());
    assert_eq!(
        changes(&app, of(template(json!([]), json!({})), json!({}))).await.as_array().unwrap().len(),
        3
    );
}

#[tokio::test]
async fn a_group_as_it_is_deployed_does_not_change_and_no_secret_is_told() {
    let app = TestApp::new().await;
    let given = json!({ "password": { "value": "s3cret-parameter" } });
    let body = of(quickstart("volume"), given);
    let before = changes(&app, body.clone()).await;
    assert_eq!(before[2]["changeType"], "Deploy", "{before:#}");
    succeeded(&app, "volume", body.clone()).await;
    let after = changes(&app, body).await;
    assert!(kinds(&after).iter().all(|(_, kind)| *kind == "NoChange"), "{after:#}");
    assert!(!after.to_string().contains("s3cret-parameter"));
}
