//! Callers who write at the same time: nobody's write is lost, and what excludes another is made once.

use http::StatusCode;
use serde_json::json;

use crate::support::app::{PROVIDERS, TestApp};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn subnets_that_are_put_together_are_all_there() {
    let app = TestApp::new().await;
    let network = format!("{PROVIDERS}/Microsoft.Network/virtualNetworks/v");
    let body = json!({ "location": "westus", "properties": { "addressSpace": { "addressPrefixes": ["10.0.0.0/16"] } } });
    app.put(&network, body).await;
    let puts = (0..32).map(|number| {
        let (app, path) = (&app, format!("{network}/subnets/n{number}"));
        async move {
            let body = json!({ "properties": { "addressPrefix": format!("10.0.{number}.0/24") } });
            app.put(&path, body).await.status
        }
    });
    assert!(futures::future::join_all(puts).await.iter().all(|status| *status == StatusCode::CREATED));
    let subnets = app.get(&format!("{network}/subnets")).await.json();
    assert_eq!(subnets["value"].as_array().unwrap().len(), 32);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_subnets_that_overlap_one_is_made() {
    let app = TestApp::new().await;
    let network = format!("{PROVIDERS}/Microsoft.Network/virtualNetworks/v");
    let body = json!({ "location": "westus", "properties": { "addressSpace": { "addressPrefixes": ["10.0.0.0/16"] } } });
    app.put(&network, body).await;
    let puts = (0..16).map(|number| {
        let (app, path) = (&app, format!("{network}/subnets/n{number}"));
        async move { app.put(&path, json!({ "properties": { "addressPrefix": "10.0.0.0/24" } })).await.status }
    });
    let answers = futures::future::join_all(puts).await;
    assert_eq!(answers.iter().filter(|status| **status == StatusCode::CREATED).count(), 1);
    assert_eq!(answers.iter().filter(|status| **status == StatusCode::BAD_REQUEST).count(), 15);
}
