//! `/configz`: how this kubelet is set up, for people who look at their nodes. What a virtual one has no use for is
//! left out.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::connection::IDLE_TIMEOUT;
use super::{ClientPolicy, KubeletSettings, KubeletState, ServerCertificate};

/// Serves the configuration, in the words of `kubelet.config.k8s.io`.
pub(super) async fn configz(State(state): State<KubeletState>) -> Json<Value> {
    let KubeletSettings { listen, certificate, clients, reviews } = &*state.settings;
    let is_reviewed = reviews.is_some();
    let ttls = reviews.unwrap_or_default();
    let seconds = |duration: std::time::Duration| format!("{}s", duration.as_secs());
    let mut config = json!({
        "address": listen.ip(),
        "port": listen.port(),
        "enableServer": true,
        "enableDebuggingHandlers": true,
        "authentication": {
            "anonymous": { "enabled": !is_reviewed && *clients == ClientPolicy::Anyone },
            "webhook": { "enabled": is_reviewed, "cacheTTL": seconds(ttls.token) },
        },
        "authorization": {
            "mode": if is_reviewed { "Webhook" } else { "AlwaysAllow" },
            "webhook": {
                "cacheAuthorizedTTL": seconds(ttls.allowed),
                "cacheUnauthorizedTTL": seconds(ttls.refused),
            },
        },
        "serverTLSBootstrap": matches!(certificate, ServerCertificate::SelfMade { signer: Some(_), .. }),
        "streamingConnectionIdleTimeout": seconds(IDLE_TIMEOUT),
    });
    if let ServerCertificate::Files { certificate, key } = certificate {
        config["tlsCertFile"] = json!(certificate);
        config["tlsPrivateKeyFile"] = json!(key);
    }
    if let ClientPolicy::CaFile(ca) = clients {
        config["authentication"]["x509"] = json!({ "clientCAFile": ca });
    }
    Json(json!({ "kubeletconfig": config }))
}
