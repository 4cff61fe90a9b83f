//! The kubelet API over a real TLS socket on port 0.

use std::collections::BTreeMap;
use std::sync::Arc;

use aci_provider::arm::SharedStreams;
use aci_provider::clock::{SharedClock, SystemClock};
use aci_provider::kubelet::{
    ClientPolicy, Gate, KubeletServer, KubeletSettings, KubeletState, NodeFacts, ServerCertificate,
    TrustedClients, UsageBook, router,
};
use aci_provider::metrics::{self, ArmMetrics};
use aci_provider::profile::Profile;
use aci_provider::random::SystemRandomness;
use k8s_openapi::api::core::v1::Pod;
use kube::runtime::reflector;
use kube::runtime::watcher::Event;
use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use reqwest::{Client, ClientBuilder, Identity, Response};
use serde_json::json;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

mod access;
mod attach;
mod exec;
mod issuance;
mod kubectl;
mod logs;
mod port_forward;
mod profile;
mod reviews;
mod scripted_arm;
mod shells;
mod spdy_client;
mod usage;
mod websockets;

use scripted_arm::ScriptedArm;
use shells::Shells;
use usage::Monitor;

/// A certificate authority of clients.
struct Authority(Issuer<'static, KeyPair>, String);

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Self(Issuer::new(params, key), pem)
    }

    fn pem(&self) -> Vec<u8> {
        self.1.clone().into_bytes()
    }

    fn identity(&self) -> Identity {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "kube-apiserver-kubelet-client");
        params.distinguished_name.push(DnType::OrganizationName, "system:masters");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = params.signed_by(&key, &self.0).unwrap();
        Identity::from_pem(format!("{}{}", certificate.pem(), key.serialize_pem()).as_bytes()).unwrap()
    }
}

/// What a kubelet is started with.
struct Setup {
    clients: TrustedClients,
    certificate: ServerCertificate,
    arm: Arc<ScriptedArm>,
    streams: SharedStreams,
    pod: Pod,
    more: Vec<Pod>,
    monitor: Arc<Monitor>,
    gate: Option<Gate>,
    profile: Profile,
    clock: SharedClock,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            clients: TrustedClients::Anyone,
            certificate: self_made(),
            arm: ScriptedArm::new(),
            streams: Shells::with(&["sh"]),
            pod: pod(&BTreeMap::new()),
            more: Vec::new(),
            monitor: Arc::default(),
            gate: None,
            profile: Profile::Modern,
            clock: Arc::new(SystemClock),
        }
    }
}

/// A served kubelet API with one pod, `default/web`, of one container `app` and one init container `init`.
struct Kubelet {
    url: String,
    arm: Arc<ScriptedArm>,
    shutdown: CancellationToken,
    serving: JoinHandle<()>,
    _pods: reflector::store::Writer<Pod>,
}

impl Kubelet {
    async fn start(clients: TrustedClients) -> Self {
        Self::start_with(clients, self_made(), ScriptedArm::new(), BTreeMap::new()).await
    }

    async fn start_with(
        clients: TrustedClients,
        certificate: ServerCertificate,
        arm: Arc<ScriptedArm>,
        waiting: BTreeMap<&str, &str>,
    ) -> Self {
        Self::serve(Setup { clients, certificate, arm, pod: pod(&waiting), ..Setup::default() }).await
    }

    async fn serve(setup: Setup) -> Self {
        let Setup { clients, certificate, arm, streams, pod, more, monitor, gate, profile, clock } = setup;
        let gate = gate.unwrap_or(match &clients {
            TrustedClients::Anyone => Gate::Open,
            _ => Gate::Certificates,
        });
        let (store, mut pods) = reflector::store::<Pod>();
        for pod in more.into_iter().chain([pod]) {
            pods.apply_watcher_event(&Event::Apply(pod));
        }
        let shutdown = CancellationToken::new();
        let settings = KubeletSettings {
            listen: ([127, 0, 0, 1], 0).into(),
            certificate,
            // The trust is resolved already; what the settings say of it is not asked again.
            clients: ClientPolicy::ClusterCa,
            reviews: None,
        };
        let state = KubeletState {
            registry: metrics::registry(&ArmMetrics::default(), store.clone()),
            pods: store,
            arm: arm.clone(),
            streams,
            usage: Arc::new(UsageBook::new(monitor, clock.clone())),
            settings: Arc::new(settings.clone()),
            clock,
            poll_interval: std::time::Duration::from_millis(5),
            randomness: Arc::new(SystemRandomness),
            node: NodeFacts { name: "n".to_owned(), cluster_id: "c".to_owned(), has_shells: true, profile },
            shutdown: shutdown.clone(),
            sessions: TaskTracker::new(),
        };
        let server = KubeletServer::bind(&settings, clients).await.unwrap();
        let url = format!("https://{}", server.address());
        let token = shutdown.clone();
        let serving = tokio::spawn(async move { server.serve(router(state, gate), token).await.unwrap() });
        Self { url, arm, shutdown, serving, _pods: pods }
    }

    async fn get(&self, identity: Option<Identity>, path: &str) -> Result<Response, reqwest::Error> {
        client(identity).get(format!("{}{path}", self.url)).send().await
    }

    /// Status and body, as a client that anyone may be.
    async fn ask(&self, path: &str) -> (u16, String) {
        let response = self.get(None, path).await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }
}

fn self_made() -> ServerCertificate {
    ServerCertificate::SelfMade {
        names: vec!["virtual-node".to_owned(), "127.0.0.1".to_owned()],
        signer: None,
    }
}

fn client(identity: Option<Identity>) -> Client {
    let client = client_builder().danger_accept_invalid_certs(true);
    match identity {
        Some(identity) => client.identity(identity),
        None => client,
    }
    .build()
    .unwrap()
}

fn client_builder() -> ClientBuilder {
    // The second test of a process finds it installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy()
}

fn pod(waiting: &BTreeMap<&str, &str>) -> Pod {
    let statuses: Vec<_> = waiting
        .iter()
        .map(|(name, reason)| {
            json!({ "name": name, "image": "i", "imageID": "", "ready": false, "restartCount": 0,
                    "state": { "waiting": { "reason": reason } } })
        })
        .collect();
    serde_json::from_value(json!({
        "metadata": { "namespace": "default", "name": "web", "uid": "u-1" },
        "spec": { "containers": [{ "name": "app" }], "initContainers": [{ "name": "init" }] },
        "status": { "phase": "Running", "containerStatuses": statuses },
    }))
    .unwrap()
}
