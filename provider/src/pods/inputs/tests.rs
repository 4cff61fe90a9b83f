//! What is asked of the API server for one pod, and what is made of its answers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::*;
use crate::images::{ImageError, Images};
use crate::translate::inputs::{TokenProblem, TokenSpec};
use crate::translate::registry::keyring::Login;

/// An API server that answers by path, and remembers what it was asked.
#[derive(Clone, Default)]
struct ApiServer {
    answers: BTreeMap<&'static str, (u16, Value)>,
    asked: Arc<Mutex<Vec<(String, Value)>>>,
}

impl ApiServer {
    fn with(mut self, path: &'static str, answer: Value) -> Self {
        self.answers.insert(path, (200, answer));
        self
    }

    fn refusing(mut self, path: &'static str, status: u16, message: &str) -> Self {
        self.answers.insert(path, (status, json!({
            "kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": status,
        })));
        self
    }

    fn client(&self) -> Client {
        let server = self.clone();
        let router = Router::new().fallback(move |request: Request<Body>| server.clone().answer(request));
        let service = router.map_request(|request: Request<kube::client::Body>| request.map(Body::new));
        Client::new(service, "default")
    }

    async fn answer(self, request: Request<Body>) -> Response {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let body =
            if parts.method == Method::POST { serde_json::from_slice(&body).unwrap() } else { Value::Null };
        self.asked.lock().unwrap().push((parts.uri.path().to_owned(), body));
        let missing = (
            404,
            json!({
                "kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "not found", "reason": "NotFound",
                "code": 404,
            }),
        );
        let (status, answer) = self.answers.get(parts.uri.path()).cloned().unwrap_or(missing);
        (StatusCode::from_u16(status).unwrap(), Json(answer)).into_response()
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|(path, _)| path.clone()).collect()
    }

    fn body(&self, path: &str) -> Value {
        let asked = self.asked.lock().unwrap();
        asked.iter().find(|(asked, _)| asked == path).map(|(_, body)| body.clone()).unwrap_or_default()
    }
}

fn pod(spec: Value) -> Pod {
    let mut pod = json!({
        "metadata": {"name": "web", "namespace": "shop", "uid": "u-web"},
        "spec": {"enableServiceLinks": false, "containers": [{"name": "c", "image": "i"}]},
    });
    pod["spec"].as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
    serde_json::from_value(pod).unwrap()
}

const TOKEN: &str = "/api/v1/namespaces/shop/serviceaccounts/seller/token";

fn automounted() -> Pod {
    let source = json!([{"serviceAccountToken": {"path": "token", "expirationSeconds": 3607}}]);
    pod(json!({
        "serviceAccountName": "seller",
        "volumes": [{"name": "kube-api-access-1", "projected": {"sources": source}}],
    }))
}

/// All that a translation reads.
async fn whole(client: &Client, pod: &Pod) -> Result<Inputs, kube::Error> {
    let inputs = gather(client, None, pod).await?;
    with_tokens(client, pod, inputs, &settings()).await
}

fn settings() -> Settings {
    Settings {
        node_name: "node".to_owned(),
        host_ip: None,
        cluster_id: "cluster".to_owned(),
        location: "westeurope".to_owned(),
        os_type: aci_model::group::OsType::Linux,
        subnet: None,
        kube_dns_ip: None,
        cluster_domain: "cluster.local".to_owned(),
        profile: crate::profile::Profile::Modern,
        master: None,
        log_analytics: None,
    }
}

fn year() -> TokenSpec {
    TokenSpec { audience: None, expiration_seconds: 31_536_000 }
}

#[tokio::test]
async fn only_what_the_pod_refers_to_is_asked_for() {
    let server = ApiServer::default();
    let pod = pod(json!({
        "volumes": [{"name": "v", "secret": {"secretName": "keys"}}],
        "imagePullSecrets": [{"name": "pull"}],
    }));
    let inputs = gather(&server.client(), None, &pod).await.unwrap();
    let mut asked = server.asked();
    asked.sort();
    assert_eq!(
        asked,
        [
            "/api/v1/namespaces/default/services/kubernetes",
            "/api/v1/namespaces/shop/secrets/keys",
            "/api/v1/namespaces/shop/secrets/pull",
        ]
    );
    assert!(inputs.secrets.is_empty(), "none of them is there");
}

#[tokio::test]
async fn the_token_that_admission_asks_for_is_bound_to_the_pod_and_lasts_a_year() {
    let server = ApiServer::default().with(
        TOKEN,
        json!({"spec": {"audiences": []}, "status": {"token": "t0ken", "expirationTimestamp": "2027-01-01T00:00:00Z"}}),
    );
    let inputs = whole(&server.client(), &automounted()).await.unwrap();
    let request = &server.body(TOKEN)["spec"];
    assert_eq!(request["expirationSeconds"], 31_536_000);
    let bound = json!({"apiVersion": "v1", "kind": "Pod", "name": "web", "uid": "u-web"});
    assert_eq!(request["boundObjectRef"], bound);
    let token = inputs.tokens[&year()].as_ref().unwrap();
    assert_eq!((token.text.expose(), token.expires.to_string().as_str()), ("t0ken", "2027-01-01T00:00:00Z"));
    assert!(!format!("{inputs:?} {}", inputs.versions()).contains("t0ken"));
}

#[tokio::test]
async fn a_token_that_is_refused_is_this_pod_s_business_and_a_server_in_trouble_is_not() {
    let refusing = |status| ApiServer::default().refusing(TOKEN, status, "why not");
    let inputs = whole(&refusing(403).client(), &automounted()).await.unwrap();
    assert_eq!(inputs.tokens[&year()].as_ref().unwrap_err(), &TokenProblem::Forbidden("why not".to_owned()));
    let inputs = whole(&refusing(404).client(), &automounted()).await.unwrap();
    assert_eq!(inputs.tokens[&year()].as_ref().unwrap_err(), &TokenProblem::NotFound("why not".to_owned()));
    assert!(whole(&refusing(500).client(), &automounted()).await.is_err());
}

#[tokio::test]
async fn no_token_is_asked_for_while_the_pod_waits_for_something_else() {
    let server = ApiServer::default();
    let mut pod = automounted();
    let source = json!([{"secretRef": {"name": "gone"}}]);
    pod.spec.as_mut().unwrap().containers[0].env_from = serde_json::from_value(source).unwrap();
    let inputs = whole(&server.client(), &pod).await.unwrap();
    assert!(inputs.tokens.is_empty() && !inputs.tokens_to_come);
    assert!(!server.asked().contains(&TOKEN.to_owned()), "{:?}", server.asked());
}

#[tokio::test]
async fn a_claim_leads_to_its_volume_and_to_the_secret_in_whatever_namespace() {
    let server = ApiServer::default()
        .with("/api/v1/namespaces/shop/persistentvolumeclaims/data", json!({"spec": {"volumeName": "pv"}}))
        .with(
            "/api/v1/persistentvolumes/pv",
            json!({"spec": {"csi": {
                "driver": "file.csi.azure.com", "volumeHandle": "h",
                "nodeStageSecretRef": {"name": "key", "namespace": "infra"},
            }}}),
        )
        .with(
            "/api/v1/namespaces/infra/secrets/key",
            json!({"metadata": {"name": "key", "resourceVersion": "7"}}),
        );
    let pod = pod(json!({"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]}));
    let inputs = gather(&server.client(), None, &pod).await.unwrap();
    assert!(inputs.claims.contains_key("data") && inputs.volumes.contains_key("pv"));
    assert!(inputs.volume_secrets.contains_key(&("infra".to_owned(), "key".to_owned())));
    assert!(inputs.versions().contains("w/key@7"), "{}", inputs.versions());
}

/// Knows one image, and for whom.
struct OneImage(Mutex<Vec<Option<Login>>>);

#[async_trait::async_trait]
impl Images for OneImage {
    async fn config(&self, image: &str, login: Option<&Login>) -> Result<ImageConfig, ImageError> {
        self.0.lock().unwrap().push(login.cloned());
        match image {
            "reg.example/app" => {
                Ok(ImageConfig { entrypoint: vec!["/entry".to_owned()], ..ImageConfig::default() })
            }
            _ => Err(ImageError::NotFound("reg.example".to_owned())),
        }
    }
}

#[tokio::test]
async fn images_are_asked_for_with_the_pod_s_own_login_and_only_where_their_entry_point_is_needed() {
    let config = r#"{"auths": {"reg.example": {"username": "me", "password": "hunter2"}}}"#;
    let data = k8s_openapi::ByteString(config.as_bytes().to_vec());
    let server = ApiServer::default().with(
        "/api/v1/namespaces/shop/secrets/pull",
        json!({"type": "kubernetes.io/dockerconfigjson", "data": {".dockerconfigjson": data}}),
    );
    let pod = pod(json!({
        "imagePullSecrets": [{"name": "pull"}],
        "containers": [
            {"name": "a", "image": "reg.example/app", "args": ["x"]},
            {"name": "b", "image": "reg.example/gone", "args": ["x"]},
            {"name": "c", "image": "reg.example/other", "command": ["x"]},
        ],
    }));
    let known = Arc::new(OneImage(Mutex::default()));
    let shared: SharedImages = known.clone();
    let inputs = gather(&server.client(), Some(&shared), &pod).await.unwrap();
    assert_eq!(inputs.images["reg.example/app"].as_ref().unwrap().entrypoint, ["/entry"]);
    assert_eq!(inputs.images["reg.example/gone"].as_ref().unwrap_err(), "reg.example has no such image");
    assert_eq!(inputs.images.len(), 2);
    let logins = known.0.lock().unwrap();
    assert!(logins.iter().all(|login| login.as_ref().is_some_and(|login| login.username == "me")));
}
