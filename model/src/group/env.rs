//! Environment variables.

use serde::{Deserialize, Serialize};

use crate::secret::Secret;

/// One variable; a response shows a secure one as its name alone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct EnvironmentVariable {
    /// The name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The value, shown in responses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The value, never shown (since 2018-06-01).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secure_value: Option<Secret>,
    /// The name of the secret reference whose value it has (since 2024-10-01-preview).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secure_value_reference: Option<String>,
}
