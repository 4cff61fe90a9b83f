//! Who the provider is to Azure: certificates, and clouds that describe themselves.

use aci_model::Secret;
use aci_provider::arm::certificate::{CertificateError, ClientCertificate};
use aci_provider::arm::discovery::{DiscoveryError, discover};
use aci_provider::arm::settings::MetadataSettings;
use aci_provider::arm::{ArmSettings, CredentialSettings};
use serde_json::{Value, json};
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::azure::arm_settings;

/// Made by OpenSSL for this test, of use nowhere: `openssl req -x509 -newkey rsa:2048 -nodes -days 36500`.
const PEM: &[u8] = include_bytes!("data/certificate/principal.pem");
/// The same as PFX, by `openssl pkcs12 -export -passout pass:hunter2`.
const PFX: &[u8] = include_bytes!("data/certificate/principal.pfx");
/// A key on a curve.
const CURVE: &[u8] = include_bytes!("data/certificate/curve.pem");

#[test]
fn pem_and_pfx_are_read_and_what_is_wrong_is_named() {
    let password = Secret::new("hunter2");
    let thumbprint = |certificate: ClientCertificate| format!("{certificate:?}");
    let pem = ClientCertificate::read(PEM, None).unwrap();
    let pfx = ClientCertificate::read(PFX, Some(&password)).unwrap();
    assert_eq!(thumbprint(pem), thumbprint(pfx));
    let refused =
        |file: &[u8], password: Option<&Secret>| ClientCertificate::read(file, password).unwrap_err();
    assert_eq!(refused(PFX, None), CertificateError::Password);
    assert_eq!(refused(PFX, Some(&Secret::new("wrong"))), CertificateError::Password);
    assert_eq!(refused(b"nonsense", None), CertificateError::Form);
    assert_eq!(refused(CURVE, None), CertificateError::Key);
}

fn described(server: &MockServer, cloud: Option<&str>) -> ArmSettings {
    let endpoint = server.uri().parse().unwrap();
    ArmSettings {
        endpoint_given: false,
        metadata: Some(MetadataSettings {
            endpoint,
            cloud: cloud.map(str::to_owned),
            authority_given: false,
        }),
        ..arm_settings("https://management.azure.com".parse().unwrap())
    }
}

fn cloud(name: &str) -> Value {
    json!({
        "name": name, "resourceManager": format!("https://arm.{name}.example/"),
        "authentication": {"loginEndpoint": format!("https://login.{name}.example/"), "audiences": [format!("https://{name}/")]},
    })
}

#[tokio::test]
async fn a_cloud_says_where_its_services_are() {
    for document in [cloud("moon"), json!([cloud("mars"), cloud("moon")])] {
        let server = MockServer::start().await;
        let answer = ResponseTemplate::new(200).set_body_json(document.clone());
        Mock::given(path("/metadata/endpoints")).respond_with(answer).mount(&server).await;
        let found = discover(described(&server, Some("Moon"))).await.unwrap();
        assert_eq!(found.endpoint.as_str(), "https://arm.moon.example/");
        assert_eq!(found.audience.as_deref(), Some("https://moon/"));
        let CredentialSettings::ClientSecret { authority, .. } = found.credential else { panic!() };
        assert_eq!(authority.as_deref(), Some("https://login.moon.example"));
    }
}

#[tokio::test]
async fn a_cloud_that_is_not_described_is_named() {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200).set_body_json(json!([cloud("mars")]));
    Mock::given(path("/metadata/endpoints")).respond_with(answer).mount(&server).await;
    let error = discover(described(&server, Some("moon"))).await.unwrap_err();
    assert!(matches!(&error, DiscoveryError::Unknown(_, _, known) if known == "mars"), "{error}");
    let error = discover(ArmSettings {
        metadata: Some(MetadataSettings {
            endpoint: format!("{}/nowhere", server.uri()).parse().unwrap(),
            cloud: None,
            authority_given: false,
        }),
        ..described(&server, None)
    });
    assert!(matches!(error.await, Err(DiscoveryError::Silent(..))));
}
