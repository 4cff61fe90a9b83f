//! User-assigned identities: Microsoft.ManagedIdentity.
//!
//! Their object and client ids follow from the resource id (`directory.rs`), so nothing of them is kept but that they
//! are there.

use aci_model::ResourceId;
use serde::{Deserialize, Serialize};

use super::tracked::{Kind, Tracked};
use crate::collection::Record;
use crate::store::Table;

/// A user-assigned identity.
pub type UserAssignedIdentity = Tracked<IdentityProperties>;

/// What an identity has besides its ids.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct IdentityProperties {
    /// Whether it may be used in its own region alone (since 2024-11-30).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub isolation_scope: Option<String>,
}

impl Kind for IdentityProperties {
    const TYPE: &'static str = "Microsoft.ManagedIdentity/userAssignedIdentities";
    const TABLE: Table = Table::Identities;
}

/// Whose tokens are good for an identity's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FederatedCredential {
    /// Its id, below the identity's.
    pub id: ResourceId,
    /// What it says.
    pub properties: FederatedProperties,
}

/// What a federated credential says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FederatedProperties {
    /// Who signs the tokens.
    pub issuer: String,
    /// Whom they are about.
    pub subject: String,
    /// Whom they are for.
    pub audiences: Vec<String>,
}

impl Record for FederatedCredential {
    const TABLE: Table = Table::FederatedCredentials;

    fn key(&self) -> String {
        self.id.key()
    }
}
