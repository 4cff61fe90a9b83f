//! What images say of themselves, asked of an emulator and of registries that run here.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aci_provider::arm::{ArmSettings, CredentialSettings};
use aci_provider::clock::Clock;
use aci_provider::images::{Emulator, ImageError, ImageReference, Images, KnownImages, Registry};
use aci_provider::translate::inputs::ImageConfig;
use aci_provider::translate::registry::keyring::Login;
use futures::future::BoxFuture;
use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};
use wiremock::matchers::{basic_auth, header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::azure::PausedClock;

const REPOSITORY: &str = "/v2/team/app";

fn login() -> Login {
    Login { username: "me".to_owned(), password: aci_model::Secret::new("hunter2") }
}

fn name(server: &MockServer) -> String {
    format!("{}/team/app:v1", server.address())
}

async fn ask(server: &MockServer, login: Option<&Login>) -> Result<ImageConfig, ImageError> {
    Registry::new("linux").unwrap().config(&ImageReference::parse(&name(server)), login).await
}

fn sha256(body: &[u8]) -> String {
    let hex: String = digest(&SHA256, body).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

fn config() -> Vec<u8> {
    let process = json!({"Entrypoint": ["/entry"], "Cmd": ["serve"], "WorkingDir": "/app"});
    serde_json::to_vec(&json!({"architecture": "amd64", "os": "linux", "config": process})).unwrap()
}

async fn serve(server: &MockServer, below: &str, answer: ResponseTemplate) {
    Mock::given(method("GET"))
        .and(path(format!("{REPOSITORY}/{below}")))
        .respond_with(answer)
        .mount(server)
        .await;
}

fn document(value: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(value)
}

/// A registry with a list of platforms, their manifest and its configuration.
async fn stock(server: &MockServer) {
    let digest = sha256(&config());
    let list = json!({"manifests": [
        {"digest": "sha256:arm", "platform": {"os": "linux", "architecture": "arm64"}},
        {"digest": "sha256:amd", "platform": {"os": "linux", "architecture": "amd64"}},
    ]});
    serve(server, "manifests/v1", document(list)).await;
    serve(server, "manifests/sha256:amd", document(json!({"config": {"digest": digest}}))).await;
    serve(server, &format!("blobs/{digest}"), ResponseTemplate::new(200).set_body_bytes(config())).await;
}

fn expected() -> ImageConfig {
    ImageConfig {
        entrypoint: vec!["/entry".to_owned()],
        cmd: vec!["serve".to_owned()],
        working_dir: "/app".to_owned(),
    }
}

#[tokio::test]
async fn a_public_image_is_followed_to_the_configuration_of_its_platform() {
    let server = MockServer::start().await;
    stock(&server).await;
    assert_eq!(ask(&server, None).await.unwrap(), expected());
}

#[tokio::test]
async fn a_registry_that_asks_for_a_token_gets_one_for_the_pod_s_login() {
    let server = MockServer::start().await;
    let challenge = format!(
        r#"Bearer realm="{}/token",service="registry.example",scope="repository:team/app:pull""#,
        server.uri()
    );
    Mock::given(method("GET"))
        .and(path("/token"))
        .and(query_param("service", "registry.example"))
        .and(query_param("scope", "repository:team/app:pull"))
        .and(basic_auth("me", "hunter2"))
        .respond_with(document(json!({"access_token": "t0ken"})))
        .expect(1)
        .mount(&server)
        .await;
    let digest = sha256(&config());
    let bearer = || header("authorization", "Bearer t0ken");
    Mock::given(path(format!("{REPOSITORY}/manifests/v1")))
        .and(bearer())
        .respond_with(document(json!({"config": {"digest": digest}})))
        .mount(&server)
        .await;
    Mock::given(path(format!("{REPOSITORY}/blobs/{digest}")))
        .and(bearer())
        .respond_with(ResponseTemplate::new(200).set_body_bytes(config()))
        .mount(&server)
        .await;
    let refusal = ResponseTemplate::new(401).insert_header("WWW-Authenticate", challenge.as_str());
    Mock::given(path(format!("{REPOSITORY}/manifests/v1"))).respond_with(refusal).mount(&server).await;
    assert_eq!(ask(&server, Some(&login())).await.unwrap(), expected());
}

#[tokio::test]
async fn a_registry_that_asks_for_a_password_gets_it_only_when_there_is_one() {
    let server = MockServer::start().await;
    let digest = sha256(&config());
    for (below, answer) in [
        ("manifests/v1".to_owned(), document(json!({"config": {"digest": digest}}))),
        (format!("blobs/{digest}"), ResponseTemplate::new(200).set_body_bytes(config())),
    ] {
        let at = path(format!("{REPOSITORY}/{below}"));
        Mock::given(at).and(basic_auth("me", "hunter2")).respond_with(answer).mount(&server).await;
    }
    let refusal = ResponseTemplate::new(401).insert_header("WWW-Authenticate", r#"Basic realm="r""#);
    Mock::given(method("GET")).respond_with(refusal).mount(&server).await;
    assert_eq!(ask(&server, Some(&login())).await.unwrap(), expected());
    assert!(matches!(ask(&server, None).await, Err(ImageError::Unauthorized(_))));
}

#[tokio::test]
async fn answers_that_are_none_say_which_registry_and_what() {
    let digest = sha256(&config());
    let manifest = || document(json!({"config": {"digest": digest}}));
    let forged = ResponseTemplate::new(200).set_body_string("{}");
    let elsewhere = r#"Bearer realm="ftp://elsewhere.example/token""#;
    let table = [
        (vec![("manifests/v1".to_owned(), ResponseTemplate::new(404))], "has no such image"),
        (vec![("manifests/v1".to_owned(), ResponseTemplate::new(403))], "refuses the pod's credentials"),
        (vec![("manifests/v1".to_owned(), ResponseTemplate::new(503))], "answers with status 503"),
        (
            vec![("manifests/v1".to_owned(), ResponseTemplate::new(200).set_body_string("<html>"))],
            "something else than a registry's documents",
        ),
        (
            vec![("manifests/v1".to_owned(), document(json!({"manifests": []})))],
            "no image that ACI could run",
        ),
        (
            vec![("manifests/v1".to_owned(), manifest()), (format!("blobs/{digest}"), forged)],
            "a configuration that is not the manifest's",
        ),
        (
            vec![(
                "manifests/v1".to_owned(),
                ResponseTemplate::new(401).insert_header("WWW-Authenticate", elsewhere),
            )],
            "does not answer",
        ),
    ];
    for (answers, words) in table {
        let server = MockServer::start().await;
        for (below, answer) in answers {
            serve(&server, &below, answer).await;
        }
        let error = ask(&server, Some(&login())).await.unwrap_err().to_string();
        assert!(error.contains(words) && error.contains(&server.address().to_string()), "{words}: {error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}

#[tokio::test]
async fn a_registry_that_is_not_there_is_an_error_and_no_panic() {
    let image = ImageReference::parse("127.0.0.1:1/app");
    let error = Registry::new("linux").unwrap().config(&image, None).await.unwrap_err();
    assert_eq!(error.to_string(), "127.0.0.1:1 does not answer (no connection)");
    let odd = ImageReference::parse("not a host:x/app");
    assert!(matches!(
        Registry::new("linux").unwrap().config(&odd, None).await,
        Err(ImageError::Malformed { .. })
    ));
}

fn behind(endpoint: &str) -> ArmSettings {
    ArmSettings {
        endpoint_given: true,
        metadata: None,
        endpoint: endpoint.parse().unwrap(),
        allow_http: false,
        subscription: "s".to_owned(),
        resource_group: "rg".to_owned(),
        extra_ca_pem: None,
        extra_user_agent: None,
        timeout: Duration::from_secs(5),
        audience: None,
        credential: CredentialSettings::ManagedIdentity { client_id: None },
    }
}

fn known(emulator: &MockServer) -> KnownImages {
    let emulator = Emulator::behind(&behind(&emulator.uri())).unwrap();
    KnownImages::new(emulator, Registry::new("linux").unwrap(), PausedClock::new())
}

#[tokio::test]
async fn the_emulator_is_asked_first_and_knows_images_that_no_registry_has() {
    let emulator = MockServer::start().await;
    Mock::given(path("/_emulator/images"))
        .and(query_param("name", "local/app:dev"))
        .respond_with(document(json!({
            "name": "local/app:dev", "entrypoint": ["/entry"], "cmd": ["serve"], "workingDir": "/app",
        })))
        .mount(&emulator)
        .await;
    assert_eq!(known(&emulator).config("local/app:dev", None).await.unwrap(), expected());
}

#[tokio::test]
async fn an_emulator_that_does_not_know_the_image_or_the_question_leaves_it_to_the_registry() {
    let (emulator, registry) = (MockServer::start().await, MockServer::start().await);
    stock(&registry).await;
    assert_eq!(known(&emulator).config(&name(&registry), None).await.unwrap(), expected());
}

#[tokio::test]
async fn an_emulator_in_trouble_is_not_taken_for_one_that_does_not_know() {
    let (emulator, registry) = (MockServer::start().await, MockServer::start().await);
    stock(&registry).await;
    Mock::given(path("/_emulator/images")).respond_with(ResponseTemplate::new(500)).mount(&emulator).await;
    let error = known(&emulator).config(&name(&registry), None).await.unwrap_err();
    assert!(matches!(error, ImageError::Status { status: 500, .. }), "{error}");
}

#[test]
fn azure_is_not_asked_for_images() {
    for endpoint in ["https://management.azure.com", "https://management.chinacloudapi.cn/"] {
        assert!(Emulator::behind(&behind(endpoint)).unwrap().is_none(), "{endpoint}");
    }
}

/// A clock that a test sets: real connections do not get on with tokio's paused one.
struct SetClock(Mutex<Timestamp>);

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn answers_are_kept_for_a_while_for_each_user_of_his_own() {
    let server = MockServer::start().await;
    stock(&server).await;
    let clock = Arc::new(SetClock(Mutex::new("2026-01-01T00:00:00Z".parse().unwrap())));
    let images: Arc<dyn Images> =
        Arc::new(KnownImages::new(None, Registry::new("linux").unwrap(), clock.clone()));
    let image = name(&server);
    let asked = async || server.received_requests().await.unwrap().len();
    let crowd = futures::future::join_all((0..20).map(|_| images.config(&image, None))).await;
    assert!(crowd.iter().all(Result::is_ok));
    let once = asked().await;
    assert_eq!(once, 3, "one asks for the pods of a Deployment");
    images.config(&image, None).await.unwrap();
    assert_eq!(asked().await, once, "a later one asks nobody");
    images.config(&image, Some(&login())).await.unwrap();
    assert_eq!(asked().await, 2 * once, "another user asks for himself");
    *clock.0.lock().unwrap() = "2026-01-01T00:05:01Z".parse().unwrap();
    images.config(&image, None).await.unwrap();
    assert_eq!(asked().await, 3 * once, "a tag may have moved");
}
