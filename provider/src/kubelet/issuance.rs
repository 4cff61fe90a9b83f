//! A serving certificate from the cluster, so that API servers can verify the kubelet API as they do other nodes'.
//!
//! The order is: given files; else a certificate that the cluster's signer issues; until there is one, a
//! self-signed one. Requests for `kubernetes.io/kubelet-serving` are approved by people or by a controller, never
//! by Kubernetes itself, so the API is served meanwhile and the certificate taken over whenever it comes. It is
//! replaced when four fifths of its life are over, without a restart. The private key never leaves the process.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::ByteString;
use k8s_openapi::api::certificates::v1::{
    CertificateSigningRequest, CertificateSigningRequestSpec, CertificateSigningRequestStatus,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::{Api, PostParams};
use kube::{Client, ResourceExt as _};
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use thiserror::Error;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::tls::PemPair;
use crate::clock::{SharedClock, later, until};

/// The signer of kubelets' serving certificates.
pub const KUBELET_SERVING: &str = "kubernetes.io/kubelet-serving";
/// What a serving certificate is for; this signer takes exactly these (until 1.26, and later too).
const USAGES: [&str; 3] = ["digital signature", "key encipherment", "server auth"];
/// How often a request is looked at: approval is a matter of people.
const LOOK: Duration = Duration::from_secs(5);
/// The wait after something failed, which mostly is a missing right or a denial.
const AGAIN: Duration = Duration::from_secs(10 * 60);

/// Who asks the cluster for certificates, and for what.
pub struct Issuance {
    /// Asks with the provider's own rights.
    pub client: Client,
    /// The node.
    pub node: String,
    /// The host names and addresses that it is reached by.
    pub names: Vec<String>,
    /// The signer.
    pub signer: String,
    /// The time.
    pub clock: SharedClock,
}

/// Why there is no certificate.
#[derive(Debug, Error)]
enum IssuanceError {
    #[error("failed to make a request: {0}")]
    Make(#[from] rcgen::Error),
    #[error("the API server refuses: {0}")]
    Api(#[from] Box<kube::Error>),
    #[error("request {0} was {1}")]
    Refused(String, String),
    #[error("request {0} is gone")]
    Gone(String),
    #[error("the certificate of request {0} cannot be read")]
    Unreadable(String),
}

impl From<kube::Error> for IssuanceError {
    fn from(error: kube::Error) -> Self {
        Self::Api(Box::new(error))
    }
}

impl Issuance {
    /// Publishes certificates as they are issued, until `shutdown`.
    pub async fn run(self, issued: watch::Sender<Option<PemPair>>, shutdown: CancellationToken) {
        let mut is_troubled = false;
        shutdown
            .run_until_cancelled(async {
                loop {
                    let wait = match self.issue().await {
                        Ok((pair, renewal)) => {
                            is_troubled = false;
                            info!(%renewal, "the cluster issued a certificate for the kubelet API");
                            issued.send_replace(Some(pair));
                            until(self.clock.now(), renewal)
                        }
                        Err(error) => {
                            if !std::mem::replace(&mut is_troubled, true) {
                                warn!(
                                    %error,
                                    signer = self.signer,
                                    "the cluster issues no certificate for the kubelet API; it keeps the one it has"
                                );
                            }
                            AGAIN
                        }
                    };
                    self.clock.sleep(wait).await;
                }
            })
            .await;
    }

    /// Requests a certificate and waits for it; when to replace it.
    async fn issue(&self) -> Result<(PemPair, Timestamp), IssuanceError> {
        let key = KeyPair::generate()?;
        let requests: Api<CertificateSigningRequest> = Api::all(self.client.clone());
        let request = requests.create(&PostParams::default(), &self.request(&key)?).await?;
        let name = request.name_any();
        info!(
            request = name,
            signer = self.signer,
            "asked for a certificate; `kubectl certificate approve {name}` lets the cluster issue it"
        );
        let certificate = loop {
            let found = requests.get_opt(&name).await?;
            let status = found.ok_or_else(|| IssuanceError::Gone(name.clone()))?.status.unwrap_or_default();
            match issued(&name, status)? {
                Some(certificate) => break certificate,
                None => self.clock.sleep(LOOK).await,
            }
        };
        let renewal = renewal(&certificate).ok_or(IssuanceError::Unreadable(name))?;
        // One that is issued expired would be asked for again and again.
        let renewal = renewal.max(later(self.clock.now(), AGAIN));
        Ok((PemPair { certificate, key: key.serialize_pem().into_bytes() }, renewal))
    }

    /// What the signer is asked for: the subject of a kubelet, and all its names.
    fn request(&self, key: &KeyPair) -> Result<CertificateSigningRequest, IssuanceError> {
        let mut params = CertificateParams::new(self.names.as_slice())?;
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::OrganizationName, "system:nodes");
        params.distinguished_name.push(DnType::CommonName, format!("system:node:{}", self.node));
        let pem = params.serialize_request(key)?.pem()?;
        Ok(CertificateSigningRequest {
            metadata: ObjectMeta { generate_name: Some("csr-".to_owned()), ..ObjectMeta::default() },
            spec: CertificateSigningRequestSpec {
                request: ByteString(pem.into_bytes()),
                signer_name: self.signer.clone(),
                usages: Some(USAGES.map(str::to_owned).to_vec()),
                ..CertificateSigningRequestSpec::default()
            },
            status: None,
        })
    }
}

/// The certificate of a request, once it is issued.
fn issued(name: &str, status: CertificateSigningRequestStatus) -> Result<Option<Vec<u8>>, IssuanceError> {
    let conditions = status.conditions.unwrap_or_default();
    if let Some(bad) = conditions.iter().find(|condition| matches!(&*condition.type_, "Denied" | "Failed")) {
        let why = bad.message.as_deref().or(bad.reason.as_deref()).unwrap_or("no reason is given");
        let what = format!("{}: {why}", bad.type_.to_lowercase());
        return Err(IssuanceError::Refused(name.to_owned(), what));
    }
    Ok(status.certificate.map(|certificate| certificate.0).filter(|certificate| !certificate.is_empty()))
}

/// When four fifths of a certificate's life are over.
fn renewal(pem: &[u8]) -> Option<Timestamp> {
    let der = CertificateDer::pem_slice_iter(pem).next()?.ok()?;
    let (_, certificate) = X509Certificate::from_der(&der).ok()?;
    let (from, to) = (certificate.validity().not_before, certificate.validity().not_after);
    let life = to.timestamp().checked_sub(from.timestamp())?;
    Timestamp::from_second(from.timestamp()).ok()?.checked_add(SignedDuration::from_secs(life / 5 * 4)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_replaced_when_four_fifths_of_its_life_are_over() {
        let mut params = CertificateParams::new(vec!["n".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2026, 1, 1);
        params.not_after = rcgen::date_time_ymd(2026, 1, 11);
        let pem = params.self_signed(&KeyPair::generate().unwrap()).unwrap().pem();
        assert_eq!(renewal(pem.as_bytes()).unwrap().to_string(), "2026-01-09T00:00:00Z");
        assert_eq!(renewal(b"no certificate"), None);
    }

    #[test]
    fn a_denied_request_tells_why_and_a_pending_one_is_waited_for() {
        let status = |json| serde_json::from_value::<CertificateSigningRequestStatus>(json).unwrap();
        assert_eq!(issued("r", status(serde_json::json!({}))).unwrap(), None);
        let approved = serde_json::json!({ "conditions": [{ "type": "Approved", "status": "True" }] });
        assert_eq!(issued("r", status(approved)).unwrap(), None);
        let denied = serde_json::json!({
            "conditions": [{ "type": "Denied", "status": "True", "message": "not on my watch" }],
        });
        let error = issued("r", status(denied)).unwrap_err();
        assert_eq!(error.to_string(), "request r was denied: not on my watch");
    }
}
