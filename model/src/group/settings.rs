//! The settings of a group that concern neither its containers nor its network.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::secret::Secret;

/// Where the logs of a group go.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Diagnostics {
    /// A Log Analytics workspace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_analytics: Option<LogAnalytics>,
}

/// A Log Analytics workspace.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct LogAnalytics {
    /// Its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workspace_id: Option<String>,
    /// Its key; never shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workspace_key: Option<Secret>,
    /// `ContainerInsights` or `ContainerInstanceLogs`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_type: Option<String>,
    /// Sent along with each record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<IndexMap<String, String>>,
    /// Its resource id (since 2020-11-01).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workspace_resource_id: Option<serde_json::Value>,
}

/// A key of the customer's.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct EncryptionProperties {
    /// The key vault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vault_base_url: Option<String>,
    /// The key's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_name: Option<String>,
    /// The key's version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_version: Option<String>,
    /// The identity that reads the key (since 2022-09-01).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
}

/// An extension of a group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Extension {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub properties: Option<ExtensionProperties>,
}

/// The settings of an extension.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ExtensionProperties {
    /// `kube-proxy`, `realtime-metrics`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extension_type: Option<String>,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Open settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings: Option<serde_json::Value>,
    /// Settings that are never shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protected_settings: Option<ProtectedSettings>,
}

/// Settings that a request carries and no response shows; `Debug` is redacted.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProtectedSettings(pub serde_json::Value);

impl std::fmt::Debug for ProtectedSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ProtectedSettings(***)")
    }
}

/// The confidential computing settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ConfidentialComputeProperties {
    /// The enforcement policy, base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cce_policy: Option<String>,
}

/// A container group profile and one of its revisions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ContainerGroupProfileReference {
    /// Its resource id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The revision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<i32>,
}

/// A standby pool to take the group from; never echoed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct StandbyPoolProfile {
    /// Its resource id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Whether to fail rather than make the group anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fail_container_group_create_on_reuse_failure: Option<bool>,
}
