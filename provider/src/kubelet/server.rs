//! The kubelet API's server: binds, serves, notices new certificates, ends in order.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use rustls::ServerConfig;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::interval;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::KubeletSettings;
use super::access::Peer;
use super::listener::TlsListener;
use super::tls::{PemPair, TlsError, TlsMaterial, TlsSource, TrustedClients};

/// How soon new certificate files are noticed; mounted Secrets themselves change up to a minute late.
const REREAD: Duration = Duration::from_secs(10);

/// Why the kubelet API cannot be served.
#[derive(Debug, Error)]
pub enum ServerError {
    /// The address cannot be had.
    #[error(
        "failed to listen on {address} for the kubelet API: {cause}; choose another with --kubelet-listen and \
         KUBELET_PORT"
    )]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why not.
        #[source]
        cause: io::Error,
    },
    /// The certificates cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The socket broke.
    #[error("the kubelet API ended: {0}")]
    Serve(#[source] io::Error),
}

/// A bound server.
pub struct KubeletServer {
    listener: TcpListener,
    address: SocketAddr,
    source: TlsSource,
    material: TlsMaterial,
    config: watch::Sender<Arc<ServerConfig>>,
    issued: watch::Sender<Option<PemPair>>,
}

impl KubeletServer {
    /// Reads certificates and takes the port.
    ///
    /// # Errors
    /// When either cannot be had.
    pub async fn bind(settings: &KubeletSettings, clients: TrustedClients) -> Result<Self, ServerError> {
        let source = TlsSource::new(&settings.certificate, clients)?;
        let material = source.read()?;
        let config = watch::Sender::new(Arc::new(material.server_config()?));
        let bind = |cause| ServerError::Bind { address: settings.listen, cause };
        let listener = TcpListener::bind(settings.listen).await.map_err(bind)?;
        let address = listener.local_addr().map_err(bind)?;
        Ok(Self { listener, address, source, material, config, issued: watch::Sender::new(None) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where certificates that were issued meanwhile are handed in; they replace one that was made here.
    pub fn issued(&self) -> watch::Sender<Option<PemPair>> {
        self.issued.clone()
    }

    /// Serves until `shutdown`, then finishes what is under way.
    ///
    /// # Errors
    /// When the socket breaks.
    pub async fn serve(self, router: Router, shutdown: CancellationToken) -> Result<(), ServerError> {
        let Self { listener, address, source, material, config, issued } = self;
        let tls = TlsListener::new(listener, address, config.subscribe());
        info!(%address, "serving the kubelet API");
        let service = router.into_make_service_with_connect_info::<Peer>();
        let serving = axum::serve(tls, service).with_graceful_shutdown(shutdown.clone().cancelled_owned());
        tokio::select! {
            served = async { serving.await } => served.map_err(ServerError::Serve),
            never = reread(source, material, config, issued.subscribe()) => match never {},
        }
    }
}

/// Publishes certificates when their files change or others are issued; unusable ones are reported once and the old ones kept.
async fn reread(
    mut source: TlsSource,
    mut known: TlsMaterial,
    config: watch::Sender<Arc<ServerConfig>>,
    mut issued: watch::Receiver<Option<PemPair>>,
) -> std::convert::Infallible {
    let mut ticks = interval(REREAD);
    let mut troubled = false;
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            Ok(()) = issued.changed() => {
                if let Some(pair) = issued.borrow_and_update().clone() {
                    source.take(pair);
                }
            }
        }
        let changed = match source.read() {
            Ok(material) if material == known => Ok(None),
            Ok(material) => material.server_config().map(|config| Some((material, config))),
            Err(error) => Err(error),
        };
        match changed {
            Ok(None) => troubled = false,
            Ok(Some((material, fresh))) => {
                config.send_replace(Arc::new(fresh));
                known = material;
                troubled = false;
                info!("took new certificates for the kubelet API");
            }
            Err(error) if !troubled => {
                troubled = true;
                warn!(%error, "the kubelet API keeps its old certificates");
            }
            Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;
    use crate::kubelet::ServerCertificate;

    fn write_pair(certificate: &PathBuf, key: &PathBuf) {
        let made = rcgen::generate_simple_self_signed(["n".to_owned()]).unwrap();
        fs::write(certificate, made.cert.pem()).unwrap();
        fs::write(key, made.signing_key.serialize_pem()).unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn new_certificate_files_are_taken_and_unusable_ones_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
        write_pair(&certificate, &key);
        let files = ServerCertificate::Files { certificate: certificate.clone(), key: key.clone() };
        let source = TlsSource::new(&files, TrustedClients::Anyone).unwrap();
        let material = source.read().unwrap();
        let config = watch::Sender::new(Arc::new(material.server_config().unwrap()));
        let mut seen = config.subscribe();
        let rereading = tokio::spawn(reread(source, material, config, watch::Sender::new(None).subscribe()));

        fs::write(&key, "half a file").unwrap();
        assert!(
            tokio::time::timeout(REREAD * 3, seen.changed()).await.is_err(),
            "a broken pair must not be taken"
        );
        write_pair(&certificate, &key);
        let changed = tokio::time::timeout(REREAD * 3, seen.changed()).await;
        changed.expect("a new pair must be taken").unwrap();
        rereading.abort();
    }
}
