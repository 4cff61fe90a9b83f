//! A serving certificate from the cluster, and the API server's reviews, over a Kubernetes client.

use std::sync::Mutex;

use aci_provider::kubelet::{
    AccessAttributes, Issuance, KUBELET_SERVING, KubeReviews, PemPair, Reviews, User,
};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tokio::sync::watch;
use tower::ServiceExt;

use super::*;
use crate::support::azure::PausedClock;

/// A cluster whose signer approves every request that is made of it, at the third look.
#[derive(Clone, Default)]
struct Cluster(Arc<Mutex<Requests>>);

#[derive(Default)]
struct Requests {
    made: Vec<Value>,
    looks: usize,
    denies: bool,
}

impl Cluster {
    fn client(&self) -> kube::Client {
        let router = Router::new()
            .route("/apis/certificates.k8s.io/v1/certificatesigningrequests", post(request))
            .route("/apis/certificates.k8s.io/v1/certificatesigningrequests/{name}", get(look))
            .with_state(self.clone());
        kube::Client::new(
            router.map_request(|r: http::Request<kube::client::Body>| r.map(Body::new)),
            "default",
        )
    }

    fn made(&self) -> Vec<Value> {
        self.0.lock().unwrap().made.clone()
    }
}

async fn request(State(cluster): State<Cluster>, Json(mut request): Json<Value>) -> Json<Value> {
    let mut requests = cluster.0.lock().unwrap();
    request["metadata"]["name"] = json!(format!("csr-{}", requests.made.len()));
    requests.made.push(request.clone());
    requests.looks = 0;
    Json(request)
}

async fn look(State(cluster): State<Cluster>, Path(name): Path<String>) -> Json<Value> {
    let mut requests = cluster.0.lock().unwrap();
    requests.looks += 1;
    let number: usize = name.trim_start_matches("csr-").parse().unwrap();
    let mut request = requests.made[number].clone();
    if requests.denies {
        request["status"] = json!({ "conditions": [{ "type": "Denied", "status": "True", "reason": "No" }] });
    } else if requests.looks == 3 {
        let pem = STANDARD.decode(request["spec"]["request"].as_str().unwrap()).unwrap();
        request["status"] =
            json!({ "certificate": STANDARD.encode(sign(std::str::from_utf8(&pem).unwrap())) });
    }
    Json(request)
}

/// Signs a request for ten days from the paused clock's beginning.
fn sign(pem: &str) -> String {
    let ca = Authority::new();
    let mut request = rcgen::CertificateSigningRequestParams::from_pem(pem).unwrap();
    request.params.not_before = rcgen::date_time_ymd(2026, 1, 1);
    request.params.not_after = rcgen::date_time_ymd(2026, 1, 11);
    request.signed_by(&ca.0).unwrap().pem()
}

fn start(cluster: &Cluster) -> (watch::Receiver<Option<PemPair>>, CancellationToken, Arc<PausedClock>) {
    let (issued, certificates) = watch::channel(None);
    let (shutdown, clock) = (CancellationToken::new(), PausedClock::new());
    let issuance = Issuance {
        client: cluster.client(),
        node: "virtual-node".to_owned(),
        names: vec!["virtual-node".to_owned(), "10.244.0.7".to_owned()],
        signer: KUBELET_SERVING.to_owned(),
        clock: clock.clone(),
    };
    tokio::spawn(issuance.run(issued, shutdown.clone()));
    (certificates, shutdown, clock)
}

#[tokio::test(start_paused = true)]
async fn a_certificate_is_asked_for_waited_for_and_replaced_before_it_ends() {
    let cluster = Cluster::default();
    let (mut certificates, _shutdown, clock) = start(&cluster);
    certificates.changed().await.unwrap();
    let first = certificates.borrow_and_update().clone().unwrap();
    let made = cluster.made();
    assert_eq!(made[0]["spec"]["signerName"], "kubernetes.io/kubelet-serving");
    assert_eq!(made[0]["spec"]["usages"], json!(["digital signature", "key encipherment", "server auth"]));
    let pem = STANDARD.decode(made[0]["spec"]["request"].as_str().unwrap()).unwrap();
    let request =
        rcgen::CertificateSigningRequestParams::from_pem(std::str::from_utf8(&pem).unwrap()).unwrap();
    let subject = &request.params.distinguished_name;
    let name = |kind| match subject.get(&kind).unwrap() {
        rcgen::DnValue::Utf8String(text) => text.clone(),
        rcgen::DnValue::PrintableString(text) => text.as_str().to_owned(),
        other => panic!("{other:?}"),
    };
    assert_eq!(name(DnType::CommonName), "system:node:virtual-node");
    assert_eq!(name(DnType::OrganizationName), "system:nodes");
    assert_eq!(request.params.subject_alt_names.len(), 2);

    certificates.changed().await.unwrap();
    assert_ne!(certificates.borrow_and_update().clone().unwrap(), first);
    let now = aci_provider::clock::Clock::now(&*clock).to_string();
    assert!(now.starts_with("2026-01-09T00:00"), "{now}");
    assert_eq!(cluster.made().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_denied_request_is_made_again_later_and_not_at_once() {
    let cluster = Cluster::default();
    cluster.0.lock().unwrap().denies = true;
    let (certificates, shutdown, _) = start(&cluster);
    let hour = std::time::Duration::from_secs(3600);
    assert!(tokio::time::timeout(hour, shutdown.cancelled()).await.is_err());
    assert!(certificates.borrow().is_none());
    assert!((2..10).contains(&cluster.made().len()), "{}", cluster.made().len());
}

#[tokio::test]
async fn an_issued_certificate_is_shown_to_the_next_client() {
    let settings = KubeletSettings {
        listen: ([127, 0, 0, 1], 0).into(),
        certificate: self_made(),
        clients: ClientPolicy::Anyone,
        reviews: None,
    };
    let server = KubeletServer::bind(&settings, TrustedClients::Anyone).await.unwrap();
    let (issued, address) = (server.issued(), server.address());
    let shutdown = CancellationToken::new();
    let router = Router::new().route("/", get(async || "hello"));
    let serving = tokio::spawn(server.serve(router, shutdown.clone()));
    let made = rcgen::generate_simple_self_signed(["virtual-node".to_owned()]).unwrap();
    let trusting = || {
        client_builder()
            .tls_certs_only([reqwest::Certificate::from_pem(made.cert.pem().as_bytes()).unwrap()])
            .resolve("virtual-node", address)
            .build()
            .unwrap()
            .get(format!("https://virtual-node:{}/", address.port()))
            .send()
    };
    assert!(trusting().await.is_err(), "its own certificate is not trusted");
    let key = made.signing_key.serialize_pem().into_bytes();
    issued.send_replace(Some(PemPair { certificate: made.cert.pem().into_bytes(), key }));
    let mut ticks = tokio::time::interval(std::time::Duration::from_millis(20));
    while trusting().await.is_err() {
        ticks.tick().await;
    }
    shutdown.cancel();
    serving.await.unwrap().unwrap();
}

/// An API server that reviews as the kubelet's authorizer sees it, and keeps what it was asked.
async fn review(State(asked): State<Arc<Mutex<Vec<Value>>>>, Json(mut review): Json<Value>) -> Json<Value> {
    asked.lock().unwrap().push(review["spec"].clone());
    review["status"] = match review["kind"].as_str().unwrap() {
        "TokenReview" if review["spec"]["token"] == "good" => json!({
            "authenticated": true,
            "user": { "username": "alice", "uid": "1", "groups": ["people"], "extra": { "scopes": ["a"] } },
        }),
        "TokenReview" => json!({ "error": "unknown" }),
        _ => json!({ "allowed": review["spec"]["user"] == "alice" }),
    };
    Json(review)
}

#[tokio::test]
async fn reviews_are_asked_of_the_api_server_in_its_own_words() {
    let asked: Arc<Mutex<Vec<Value>>> = Arc::default();
    let router = Router::new()
        .route("/apis/authentication.k8s.io/v1/tokenreviews", post(review))
        .route("/apis/authorization.k8s.io/v1/subjectaccessreviews", post(review))
        .with_state(Arc::clone(&asked));
    let service = router.map_request(|r: http::Request<kube::client::Body>| r.map(Body::new));
    let reviews = KubeReviews::new(kube::Client::new(service, "default"));
    let alice = reviews.owner("good").await.unwrap().unwrap();
    assert_eq!((alice.name.as_str(), alice.groups.as_slice()), ("alice", &["people".to_owned()][..]));
    assert_eq!(reviews.owner("bad").await.unwrap(), None);
    let attributes = AccessAttributes { node: "n".to_owned(), verb: "get", subresource: "stats" };
    assert!(reviews.allows(&alice, &attributes).await.unwrap());
    assert!(!reviews.allows(&User::default(), &attributes).await.unwrap());
    assert_eq!(
        asked.lock().unwrap()[2],
        json!({
            "user": "alice", "uid": "1", "groups": ["people"], "extra": { "scopes": ["a"] },
            "resourceAttributes": {
                "verb": "get", "version": "v1", "resource": "nodes", "subresource": "stats", "name": "n",
            },
        })
    );
}
