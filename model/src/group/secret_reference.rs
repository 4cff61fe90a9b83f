//! References to secrets of key vaults.

use serde::{Deserialize, Serialize};

/// A secret of a key vault, by a name that variables, volumes and credentials of the group refer to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SecretReference {
    /// The name, unique in the group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The resource id of the managed identity that may read the secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// The secret: `https://{vault}.vault.azure.net/secrets/{name}[/{version}]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_reference_uri: Option<String>,
}
