//! What containers use, as Azure Monitor tells it.

use aci_emulator::runtime::ImageConfig;
use aci_emulator::runtime::sim::{ScriptedUsage, SimScript};
use http::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::app::{GROUPS, TestApp, group};

const EACH: &str = "$filter=containerName%20eq%20'*'";

fn metrics(query: &str) -> String {
    format!("{GROUPS}/web/providers/Microsoft.Insights/metrics?api-version=2018-01-01&{query}")
}

/// A group of the containers `web` and `side`, half a minute after its start.
async fn running() -> TestApp {
    let app = TestApp::new().await;
    let uses = |millicores, memory| SimScript {
        usage: ScriptedUsage { millicores, memory, received_per_second: 100, transmitted_per_second: 7 },
        ..SimScript::default()
    };
    app.sim.script("web", uses(250, 3000));
    app.sim.script("side", uses(50, 1000));
    let mut body = group();
    let mut side = body["properties"]["containers"][0].clone();
    side["name"] = json!("side");
    side["properties"]["ports"] = json!([]);
    body["properties"]["containers"].as_array_mut().unwrap().push(side);
    let put = app.put(&format!("{GROUPS}/web"), body).await;
    assert_eq!(put.status, StatusCode::CREATED, "{}", put.text);
    app.get_until(&format!("{GROUPS}/web"), |body| body["properties"]["provisioningState"] == "Succeeded")
        .await;
    app.clock.advance(SignedDuration::from_secs(30));
    app
}

/// The points of a series that have a value.
fn known(series: &Value) -> Vec<(&str, f64)> {
    let points = series["data"].as_array().unwrap().iter();
    points
        .filter_map(|point| Some((point["timeStamp"].as_str().unwrap(), point["average"].as_f64()?)))
        .collect()
}

#[tokio::test]
async fn each_container_has_its_rate_and_its_memory() {
    let app = running().await;
    let ask = format!("metricnames=CpuUsage,MemoryUsage&aggregation=Average&interval=PT1M&{EACH}");
    let answer =
        app.get(&metrics(&format!("{ask}&timespan=2026-01-02T03:02:00Z/2026-01-02T03:05:00Z"))).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    insta::assert_json_snapshot!("metrics_of_each_container", answer.json());
    // A minute later the rate is that of this minute, not of the whole life.
    let slower = SimScript::default();
    app.sim.script("web", slower);
    app.clock.advance(SignedDuration::from_mins(1));
    let later = app.get(&metrics(&ask)).await.json();
    let cpu = &later["value"][0]["timeseries"];
    assert_eq!(cpu[0]["metadatavalues"][0]["value"], "side");
    assert_eq!(known(&cpu[0]), [("2026-01-02T03:04:00Z", 50.0), ("2026-01-02T03:05:00Z", 50.0)]);
    assert_eq!(known(&cpu[1]), [("2026-01-02T03:04:00Z", 250.0), ("2026-01-02T03:05:00Z", 250.0)]);
}

#[tokio::test]
async fn without_a_filter_the_group_is_one_series_and_networks_always_are() {
    let app = running().await;
    let answer = app.get(&metrics("aggregation=average,maximum,count")).await.json();
    let of = |index: usize| {
        let series = &answer["value"][index]["timeseries"];
        assert_eq!(series.as_array().unwrap().len(), 1);
        assert_eq!(series[0]["metadatavalues"], json!([]));
        let points = series[0]["data"].as_array().unwrap();
        assert_eq!(points.len(), 61, "an hour that does not begin at a whole minute");
        points.iter().find(|point| point.get("count").is_some()).unwrap().clone()
    };
    let cpu = of(0);
    assert_eq!(
        (&cpu["average"], &cpu["maximum"], &cpu["count"]),
        (&json!(150.0), &json!(250.0), &json!(2.0))
    );
    assert_eq!((&of(2)["average"], &of(3)["average"]), (&json!(200.0), &json!(14.0)));
    let each = app.get(&metrics(&format!("metricnames=NetworkBytesReceivedPerSecond&{EACH}"))).await.json();
    assert_eq!(each["value"][0]["timeseries"][0]["metadatavalues"], json!([]));
}

#[tokio::test]
async fn a_group_that_does_not_run_uses_nothing_that_is_known() {
    let app = running().await;
    app.post(&format!("{GROUPS}/web/stop")).await;
    let answer = app.get(&metrics(&format!("metricnames=CpuUsage&{EACH}"))).await;
    assert_eq!(answer.json()["value"][0]["timeseries"], json!([]));
    let gone = app.get(&metrics("").replace("/web/", "/nobody/")).await;
    assert_eq!((gone.status, gone.code()), (StatusCode::NOT_FOUND, "ResourceNotFound".to_owned()));
}

#[tokio::test]
async fn what_azure_monitor_does_not_know_is_refused_in_its_own_form() {
    let app = running().await;
    let answer = app.get(&metrics("metricnames=GpuUsage")).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let body = answer.json();
    assert_eq!(body["code"], "BadRequest");
    let text = "metric: GpuUsage, Valid metrics: CpuUsage,MemoryUsage,NetworkBytesReceivedPerSecond,";
    assert!(body["message"].as_str().unwrap().contains(text), "{body}");
    let old = app.get(&metrics("").replace("2018-01-01", "2013-01-01")).await;
    assert_eq!(old.code(), "InvalidResourceType");
}

#[tokio::test]
async fn the_metrics_are_described() {
    let app = running().await;
    let path = format!("{GROUPS}/web/providers/microsoft.insights/metricDefinitions?api-version=2018-01-01");
    let body = app.get(&path).await.json();
    let names = body["value"].as_array().unwrap().iter().map(|it| it["name"]["value"].clone());
    let asked = names.map(|name| name.as_str().unwrap().to_owned()).collect::<Vec<_>>().join(",");
    assert_eq!(app.get(&metrics(&format!("metricnames={asked}"))).await.status, StatusCode::OK);
    insta::assert_json_snapshot!("metric_definition", body["value"][0]);
}

#[tokio::test]
async fn the_emulators_own_endpoint_tells_the_entry_point_of_an_image_that_the_engine_has() {
    let app = TestApp::bare().await;
    let config = ImageConfig {
        entrypoint: vec!["/bin/app".to_owned()],
        cmd: vec!["--now".to_owned()],
        working_dir: "/srv".to_owned(),
    };
    app.sim.script("reg/app:1", SimScript { image_config: Some(config), ..SimScript::default() });
    let ask = |name: &str| {
        let uri = format!("/_emulator/images?name={name}");
        app.send(http::Request::get(uri).body(axum::body::Body::empty()).unwrap())
    };
    let answer = ask("reg%2Fapp:1").await;
    assert_eq!(answer.status, StatusCode::OK);
    let wanted = r#"{"name":"reg/app:1","entrypoint":["/bin/app"],"cmd":["--now"],"workingDir":"/srv"}"#;
    assert_eq!(answer.text, wanted);
    assert_eq!(ask("reg/other").await.status, StatusCode::NOT_FOUND);
}
