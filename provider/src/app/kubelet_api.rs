//! The kubelet API as a part of the program: whom it believes, whom it asks, what it shows.

use std::convert::Infallible;
use std::net::SocketAddr;

use kube::Client;
use tracing::warn;

use crate::clock::SharedClock;
use crate::kubelet::{
    ClientPolicy, Gate, Issuance, KubeReviews, KubeletServer, KubeletSettings, KubeletState,
    ServerCertificate, TrustedClients, cluster_client_ca, router,
};

/// A kubelet API that has its port and waits for what it is to show.
pub(super) struct KubeletApi {
    server: KubeletServer,
    gate: Gate,
    issuance: Option<Issuance>,
}

impl KubeletApi {
    /// Takes the port.
    pub(super) async fn bind(
        settings: &KubeletSettings,
        node: &str,
        client: &Client,
        clock: &SharedClock,
    ) -> anyhow::Result<Self> {
        let server = KubeletServer::bind(settings, trusted_clients(settings, client).await?).await?;
        let (gate, issuance) = (gate(settings, node, client, clock), issuance(settings, node, client, clock));
        Ok(Self { server, gate, issuance })
    }

    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Serves until the state says that it is over, and until the last exec has been told.
    pub(super) async fn serve(self, state: KubeletState) -> anyhow::Result<()> {
        let Self { server, gate, issuance } = self;
        let (sessions, shutdown) = (state.sessions.clone(), state.shutdown.clone());
        let issued = server.issued();
        let issuing = async {
            if let Some(issuance) = issuance {
                issuance.run(issued, shutdown.clone()).await;
            }
            std::future::pending::<Infallible>().await
        };
        let served = tokio::select! {
            served = server.serve(router(state, gate), shutdown.clone()) => served,
            never = issuing => match never {},
        };
        sessions.close();
        sessions.wait().await;
        Ok(served?)
    }
}

fn gate(settings: &KubeletSettings, node: &str, client: &Client, clock: &SharedClock) -> Gate {
    match (settings.reviews, &settings.clients) {
        (Some(ttls), _) => Gate::reviewed(KubeReviews::new(client.clone()), node, ttls, clock.clone()),
        (None, ClientPolicy::Anyone) => Gate::Open,
        (None, _) => Gate::Certificates,
    }
}

/// Who asks for a serving certificate, where none is given and one is wanted.
fn issuance(
    settings: &KubeletSettings,
    node: &str,
    client: &Client,
    clock: &SharedClock,
) -> Option<Issuance> {
    let ServerCertificate::SelfMade { names, signer: Some(signer) } = &settings.certificate else {
        return None;
    };
    Some(Issuance {
        client: client.clone(),
        node: node.to_owned(),
        names: names.clone(),
        signer: signer.clone(),
        clock: clock.clone(),
    })
}

async fn trusted_clients(settings: &KubeletSettings, client: &Client) -> anyhow::Result<TrustedClients> {
    Ok(match &settings.clients {
        ClientPolicy::CaFile(path) => TrustedClients::CaFile(path.clone()),
        ClientPolicy::ClusterCa => TrustedClients::Ca(cluster_client_ca(client.clone()).await?),
        ClientPolicy::Anyone => {
            if settings.reviews.is_none() {
                warn!("--no-verify-clients: the kubelet API serves anyone who can reach {}", settings.listen);
            }
            TrustedClients::Anyone
        }
    })
}
