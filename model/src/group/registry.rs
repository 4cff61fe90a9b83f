//! Credentials of image registries.

use serde::{Deserialize, Serialize};

use crate::secret::Secret;

/// How to sign in to one registry.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ImageRegistryCredential {
    /// The host, without a protocol.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// The user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The password; never shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
    /// The name of the secret reference whose value is the password (since 2024-10-01-preview).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_reference: Option<String>,
    /// Whether the identity is another tenant's; read-only, in newer responses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_delegated_identity: Option<bool>,
    /// A managed identity instead of a user (since 2021-07-01).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// Where that identity's tokens come from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity_url: Option<String>,
}
