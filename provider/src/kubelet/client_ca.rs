//! The cluster's own client CA, from the ConfigMap that API servers publish for this purpose.

use k8s_openapi::api::core::v1::ConfigMap;
use kube::{Api, Client};
use thiserror::Error;

/// Published by every API server, readable with the Role `extension-apiserver-authentication-reader`.
const CONFIG_MAP: &str = "extension-apiserver-authentication";
const NAMESPACE: &str = "kube-system";
const KEY: &str = "client-ca-file";

/// Why there is no CA to verify clients with.
#[derive(Debug, Error)]
#[error(
    "nothing says which clients the kubelet API may serve ({cause}): set --client-verify-ca to a CA file, or \
     bind the provider's service account to the Role extension-apiserver-authentication-reader in \
     kube-system, or allow everybody with --no-verify-clients"
)]
pub struct ClientCaError {
    cause: String,
}

/// Reads the CA, PEM, that the API server itself verifies clients with.
///
/// # Errors
/// When the ConfigMap cannot be read or has no such key.
pub async fn cluster_client_ca(client: Client) -> Result<Vec<u8>, ClientCaError> {
    let found = Api::<ConfigMap>::namespaced(client, NAMESPACE).get(CONFIG_MAP).await;
    let map = found.map_err(|cause| ClientCaError { cause: cause.to_string() })?;
    let ca = map.data.and_then(|mut data| data.remove(KEY)).filter(|ca| !ca.is_empty());
    ca.map(String::into_bytes)
        .ok_or_else(|| ClientCaError { cause: format!("ConfigMap {NAMESPACE}/{CONFIG_MAP} has no {KEY}") })
}
