//! Certificates: what the server shows, and whose clients it believes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use thiserror::Error;

use super::ServerCertificate;

/// Why there is no TLS configuration.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("failed to read {}: {cause}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        cause: io::Error,
    },
    /// PEM text does not hold what it should.
    #[error("{what} holds no usable PEM: {cause}")]
    Pem {
        /// Which text.
        what: &'static str,
        /// Why not.
        cause: String,
    },
    /// A certificate cannot be made.
    #[error("failed to make a certificate: {0}")]
    Make(#[source] rcgen::Error),
    /// Certificate and key cannot be used.
    #[error("the server's certificate and key cannot be used together: {0}")]
    Server(#[source] rustls::Error),
}

/// Whose certificates admit a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrustedClients {
    /// Those of a CA, PEM.
    Ca(Vec<u8>),
    /// Those of the CA in a file.
    CaFile(PathBuf),
    /// None is needed.
    Anyone,
}

/// Where certificates come from, to be read again when they change.
#[derive(Clone, Debug)]
pub(super) struct TlsSource {
    server: ServerSource,
    clients: TrustedClients,
}

#[derive(Clone, Debug)]
enum ServerSource {
    Files { certificate: PathBuf, key: PathBuf },
    Kept(PemPair),
}

/// A certificate, or a chain of them, and the private key of the first; both PEM.
#[derive(Clone, PartialEq, Eq)]
pub struct PemPair {
    /// The chain.
    pub certificate: Vec<u8>,
    /// The key.
    pub key: Vec<u8>,
}

impl std::fmt::Debug for PemPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PemPair").finish_non_exhaustive()
    }
}

/// Certificates as PEM texts; equal ones need no new configuration.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct TlsMaterial {
    certificate: Vec<u8>,
    key: Vec<u8>,
    client_ca: Option<Vec<u8>>,
}

// === impl TlsSource ===

impl TlsSource {
    pub(super) fn new(server: &ServerCertificate, clients: TrustedClients) -> Result<Self, TlsError> {
        let server = match server {
            ServerCertificate::Files { certificate, key } => {
                ServerSource::Files { certificate: certificate.clone(), key: key.clone() }
            }
            ServerCertificate::SelfMade { names, .. } => {
                let made = rcgen::generate_simple_self_signed(names.as_slice()).map_err(TlsError::Make)?;
                ServerSource::Kept(PemPair {
                    certificate: made.cert.pem().into_bytes(),
                    key: made.signing_key.serialize_pem().into_bytes(),
                })
            }
        };
        Ok(Self { server, clients })
    }

    /// Takes a certificate instead of the one that was kept; files are what they are.
    pub(super) fn take(&mut self, pair: PemPair) {
        if matches!(self.server, ServerSource::Kept(_)) {
            self.server = ServerSource::Kept(pair);
        }
    }

    /// Reads everything as it is now.
    pub(super) fn read(&self) -> Result<TlsMaterial, TlsError> {
        let (certificate, key) = match &self.server {
            ServerSource::Files { certificate, key } => (read(certificate)?, read(key)?),
            ServerSource::Kept(PemPair { certificate, key }) => (certificate.clone(), key.clone()),
        };
        let client_ca = match &self.clients {
            TrustedClients::Ca(pem) => Some(pem.clone()),
            TrustedClients::CaFile(path) => Some(read(path)?),
            TrustedClients::Anyone => None,
        };
        Ok(TlsMaterial { certificate, key, client_ca })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|cause| TlsError::Read { path: path.to_owned(), cause })
}

// === impl TlsMaterial ===

impl TlsMaterial {
    /// The server's configuration.
    ///
    /// A client without a certificate gets through to be told 401; one with a certificate of another CA
    /// fails in the handshake.
    pub(super) fn server_config(&self) -> Result<ServerConfig, TlsError> {
        let provider = Arc::new(ring::default_provider());
        let chain = certificates("the server's certificate", &self.certificate)?;
        let key = PrivateKeyDer::from_pem_slice(&self.key)
            .map_err(|cause| TlsError::Pem { what: "the server's key", cause: cause.to_string() })?;
        let builder = ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Server)?;
        let builder = match &self.client_ca {
            None => builder.with_no_client_auth(),
            Some(pem) => builder.with_client_cert_verifier(verifier(pem, provider)?),
        };
        builder.with_single_cert(chain, key).map_err(TlsError::Server)
    }
}

fn verifier(
    ca: &[u8],
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn rustls::server::danger::ClientCertVerifier>, TlsError> {
    const WHAT: &str = "the client CA";
    let bad = |cause: String| TlsError::Pem { what: WHAT, cause };
    let mut roots = RootCertStore::empty();
    for certificate in certificates(WHAT, ca)? {
        roots.add(certificate).map_err(|cause| bad(cause.to_string()))?;
    }
    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
        .allow_unauthenticated()
        .build()
        .map_err(|cause| bad(cause.to_string()))
}

fn certificates(what: &'static str, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let bad = |cause: String| TlsError::Pem { what, cause };
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let found = found.map_err(|cause| bad(cause.to_string()))?;
    if found.is_empty() {
        return Err(bad("no certificate in it".to_owned()));
    }
    Ok(found)
}
