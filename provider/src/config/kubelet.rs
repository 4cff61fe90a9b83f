//! The kubelet API's settings.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use super::error::ConfigError;
use super::source::{self, Source};
use crate::kubelet::{ClientPolicy, KUBELET_SERVING, KubeletSettings, ReviewTtls, ServerCertificate};
use crate::node::NodeSettings;

/// What the command line says about the kubelet API.
pub(super) struct Given {
    pub listen: Option<String>,
    pub client_ca: Option<PathBuf>,
    pub no_verify_clients: bool,
    pub webhook: Option<bool>,
    pub token_ttl: Option<String>,
    pub allowed_ttl: Option<String>,
    pub refused_ttl: Option<String>,
    pub signer: Option<String>,
}

/// The signer of those who want none asked.
const NO_SIGNER: &str = "none";

pub(super) fn resolve(
    source: &Source<'_>,
    given: Given,
    node: &NodeSettings,
) -> Result<KubeletSettings, ConfigError> {
    let reviews = reviews(&given)?;
    let listen = match given.listen {
        Some(listen) => Some(source::ip("--kubelet-listen", &listen)?),
        None => source.ip("KUBELET_LISTEN")?,
    };
    let ip = listen.or(node.internal_ip).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let path = |name| source.get(name).map(PathBuf::from);
    let client_ca = given.client_ca.or_else(|| path("APISERVER_CA_CERT_LOCATION"));
    let names = std::iter::once(node.name.clone()).chain(node.internal_ip.map(|ip| ip.to_string()));
    let signer = given.signer.or_else(|| source.get_owned("KUBELET_CERTIFICATE_SIGNER"));
    let signer = signer.unwrap_or_else(|| KUBELET_SERVING.to_owned());
    Ok(KubeletSettings {
        listen: SocketAddr::new(ip, node.kubelet_port),
        certificate: match (path("APISERVER_CERT_LOCATION"), path("APISERVER_KEY_LOCATION")) {
            (Some(certificate), Some(key)) => ServerCertificate::Files { certificate, key },
            (None, None) => ServerCertificate::SelfMade {
                names: names.collect(),
                signer: Some(signer).filter(|signer| signer != NO_SIGNER),
            },
            (Some(_), None) => {
                let remedy = "set it to the private key of APISERVER_CERT_LOCATION";
                return Err(ConfigError::missing("APISERVER_KEY_LOCATION", remedy));
            }
            (None, Some(_)) => {
                let remedy = "set it to the certificate of APISERVER_KEY_LOCATION";
                return Err(ConfigError::missing("APISERVER_CERT_LOCATION", remedy));
            }
        },
        clients: match (given.no_verify_clients, client_ca) {
            (true, _) => ClientPolicy::Anyone,
            (false, Some(ca)) => ClientPolicy::CaFile(ca),
            (false, None) => ClientPolicy::ClusterCa,
        },
        reviews,
    })
}

/// Whether and how long the API server's word is asked for; 0 stands for the default, as in the Go provider.
fn reviews(given: &Given) -> Result<Option<ReviewTtls>, ConfigError> {
    let ttl = |name, value: &Option<String>, default| match value {
        Some(value) => Ok(source::duration(name, value)?.unwrap_or(default)),
        None => Ok(default),
    };
    let usual = ReviewTtls::default();
    let ttls = ReviewTtls {
        token: ttl("--authentication-token-webhook-cache-ttl", &given.token_ttl, usual.token)?,
        allowed: ttl("--authorization-webhook-cache-authorized-ttl", &given.allowed_ttl, usual.allowed)?,
        refused: ttl("--authorization-webhook-cache-unauthorized-ttl", &given.refused_ttl, usual.refused)?,
    };
    Ok(given.webhook.unwrap_or(!given.no_verify_clients).then_some(ttls))
}
