//! The emulator on a real port.

use std::sync::Arc;

use aci_emulator::clock::SystemClock;
use aci_emulator::data::Data;
use aci_emulator::ids::SequentialIds;
use aci_emulator::runtime::sim::SimRuntime;
use aci_emulator::{Config, Emulator, Running, Settings, StartError};
use serde_json::Value;

use crate::support::app::SUBSCRIPTION;

async fn start(data: Data, listen: &str) -> Result<Running, StartError> {
    let clock = Arc::new(SystemClock);
    let runtime = Arc::new(SimRuntime::new(clock.clone()));
    let tls_sans = vec!["emulator.test".to_owned()];
    let config = Config { listen: listen.parse().unwrap(), data, tls_sans, settings: Settings::default() };
    Emulator::start(config, runtime, clock, Arc::new(SequentialIds::default())).await
}

fn client(running: &Running) -> reqwest::Client {
    // A second installation is refused, and fine.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let ca = reqwest::Certificate::from_pem(running.ca_pem.as_bytes()).unwrap();
    let builder = reqwest::Client::builder().tls_certs_only([ca]).no_proxy();
    builder.resolve("emulator.test", running.addr).build().unwrap()
}

#[tokio::test]
async fn one_port_speaks_http_and_tls_and_names_itself_as_it_was_called() {
    let running = start(Data::in_memory(), "127.0.0.1:0").await.unwrap();
    let client = client(&running);
    let port = running.addr.port();
    for origin in [
        format!("http://127.0.0.1:{port}"),
        format!("https://localhost:{port}"),
        format!("https://emulator.test:{port}"),
    ] {
        let health: Value =
            client.get(format!("{origin}/_emulator/health")).send().await.unwrap().json().await.unwrap();
        assert_eq!(health["runtime"]["reachable"], true);
        let path = format!("{origin}/contoso/v2.0/.well-known/openid-configuration");
        let configuration: Value = client.get(path).send().await.unwrap().json().await.unwrap();
        assert_eq!(configuration["token_endpoint"], format!("{origin}/contoso/oauth2/v2.0/token"));
    }
    running.shutdown().await;
}

#[tokio::test]
async fn resource_groups_and_the_ca_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let first = start(Data::open(folder.path()).unwrap(), "127.0.0.1:0").await.unwrap();
    let path = format!("{SUBSCRIPTION}/resourceGroups/rg?api-version=2022-12-01");
    let request = client(&first).put(format!("http://{}{path}", first.addr)).bearer_auth("fake");
    let created = request.json(&serde_json::json!({ "location": "westus" })).send().await.unwrap();
    assert_eq!(created.status(), 201);
    let ca = first.ca_pem.clone();
    first.shutdown().await;
    let second = start(Data::open(folder.path()).unwrap(), "127.0.0.1:0").await.unwrap();
    assert_eq!(second.ca_pem, ca);
    let request = client(&second).get(format!("http://{}{path}", second.addr)).bearer_auth("fake");
    assert_eq!(request.send().await.unwrap().status(), 200);
    second.shutdown().await;
}

#[tokio::test]
async fn a_taken_port_is_refused_with_the_remedy() {
    let first = start(Data::in_memory(), "127.0.0.1:0").await.unwrap();
    let error = start(Data::in_memory(), &first.addr.to_string()).await.err().unwrap().to_string();
    assert!(error.contains("--listen"), "{error}");
    first.shutdown().await;
}
