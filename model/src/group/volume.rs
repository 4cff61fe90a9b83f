//! Volumes and their mounts.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::secret::Secret;

/// A volume: exactly one of its kinds; `secret` and `secretReference` are one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Volume {
    /// Unique in the group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A file share.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub azure_file: Option<AzureFileVolume>,
    /// An empty directory that lives as long as the group runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub empty_dir: Option<EmptyDirVolume>,
    /// Files by name with base64 content; a response shows an empty object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<IndexMap<String, Secret>>,
    /// A clone of a repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub git_repo: Option<GitRepoVolume>,
    /// More files of a secret volume: names of secret references by file name (since 2024-10-01-preview).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_reference: Option<IndexMap<String, String>>,
}

/// An empty directory; the API gives it no settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmptyDirVolume {}

/// A share of a storage account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AzureFileVolume {
    /// The share.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share_name: Option<String>,
    /// Whether it is mounted read-only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_only: Option<bool>,
    /// The storage account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_account_name: Option<String>,
    /// Its key; never shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_account_key: Option<Secret>,
    /// The name of the secret reference whose value is the key (since 2024-10-01-preview).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_account_key_reference: Option<String>,
    /// The user-assigned identity that opens the share instead (since 2026-06-01-preview).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_assigned_identity_client_id: Option<String>,
}

/// A repository to clone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct GitRepoVolume {
    /// The URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// Where inside the volume; absent means the repository's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directory: Option<String>,
    /// A commit; absent means the default branch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
}

/// A volume inside a container.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct VolumeMount {
    /// The volume's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where it appears; must not contain a colon.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mount_path: Option<String>,
    /// Whether it is mounted read-only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_only: Option<bool>,
}
