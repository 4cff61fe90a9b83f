//! What lies around container groups and is no part of them: virtual networks, file shares, identities, workspaces.
//!
//! A deployment asks here when it is planned. [`Unmanaged`] knows no resources and answers by the rules that hold
//! without any; whoever keeps such resources answers by them.

use std::sync::Arc;

use aci_model::{ResourceId, Secret};
use thiserror::Error;

pub mod resources;
pub mod shares;

use crate::directory::IdentityIds;
use crate::neighbours::vault::SecretUri;
use crate::runtime::{ShareSource, SubnetRange};
use shares::Shares;

/// The resources around container groups, as far as deployments need them. Every answer is plain data, given at
/// once.
pub trait Surroundings: Send + Sync + 'static {
    /// Where a subnet lies; `None` where nothing is known about it, and then any address is right.
    fn subnet(&self, id: &ResourceId) -> Option<SubnetRange>;

    /// The subnet that a network profile stands for; `None` where nothing is known about the profile, which is
    /// then a network of its own.
    fn subnet_of_profile(&self, profile: &ResourceId) -> Option<ResourceId>;

    /// Where a file share lies for whoever has this key.
    ///
    /// # Errors
    /// [`ShareRefusal`], each of which Azure tells in the same words.
    fn share(&self, account: &str, share: &str, key: &Secret) -> Result<ShareSource, ShareRefusal>;

    /// Where a file share lies for an identity, which opens it instead of a key.
    ///
    /// # Errors
    /// [`ShareRefusal`].
    fn share_by_identity(
        &self,
        account: &str,
        share: &str,
        identity: &IdentityIds,
    ) -> Result<ShareSource, ShareRefusal>;

    /// The value of a vault's secret for an identity.
    ///
    /// # Errors
    /// [`SecretRefusal`].
    fn secret(&self, place: &SecretUri, reader: &IdentityIds) -> Result<Secret, SecretRefusal>;

    /// The ids of a user-assigned identity; `None` where there is no such resource, and then those that its
    /// group was given count.
    fn identity(&self, id: &ResourceId) -> Option<IdentityIds>;

    /// Whether an identity may pull from a registry.
    fn may_pull(&self, identity: &ResourceId, registry: &str) -> bool;

    /// Whether records with this key reach a workspace; any key does where the workspace is no known resource.
    fn takes_records(&self, workspace: &str, key: &Secret) -> bool;
}

/// Surroundings that are handed around.
pub type SharedSurroundings = Arc<dyn Surroundings>;

/// Why a share is not to be had.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ShareRefusal {
    /// No such account.
    #[error("there is no storage account '{0}'")]
    Account(String),
    /// No such share.
    #[error("storage account '{account}' has no file share '{share}'")]
    Share {
        /// The account.
        account: String,
        /// The share.
        share: String,
    },
    /// There is no place for shares.
    #[error("the folder of the file shares cannot be used: {0}")]
    Folder(String),
    /// Not its key.
    #[error("the key is not storage account '{0}'s")]
    Key(String),
    /// An identity that may not open it.
    #[error("the identity may not open file share '{share}' of storage account '{account}'")]
    Identity {
        /// The account.
        account: String,
        /// The share.
        share: String,
    },
    /// The key comes from a secret that cannot be read.
    #[error(transparent)]
    Secret(#[from] SecretRefusal),
}

/// Why a secret of a vault cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SecretRefusal {
    /// The group has no such reference, or its place is none.
    #[error("there is no secret reference '{0}'")]
    Reference(String),
    /// The identity is none that the platform may use.
    #[error("the identity of secret reference '{0}' is not one that the platform may use")]
    Identity(String),
    /// No such vault.
    #[error("there is no key vault '{0}'")]
    Vault(String),
    /// No such secret, or not that version of it.
    #[error("key vault '{vault}' has no secret '{secret}'")]
    Secret {
        /// The vault.
        vault: String,
        /// The secret, with its version where one was asked for.
        secret: String,
    },
    /// The secret is disabled.
    #[error("secret '{secret}' of key vault '{vault}' is disabled")]
    Disabled {
        /// The vault.
        vault: String,
        /// The secret.
        secret: String,
    },
    /// The identity may not read it.
    #[error("the identity may not get secrets of key vault '{0}'")]
    Forbidden(String),
}

/// Surroundings without resources: every subnet, account, identity and workspace that can be named is there.
pub struct Unmanaged {
    shares: Shares,
}

impl Unmanaged {
    /// Shares are made where they are first asked for.
    pub fn new(shares: Shares) -> Self {
        Self { shares }
    }
}

impl Surroundings for Unmanaged {
    fn subnet(&self, _id: &ResourceId) -> Option<SubnetRange> {
        None
    }

    fn subnet_of_profile(&self, _profile: &ResourceId) -> Option<ResourceId> {
        None
    }

    fn share(&self, account: &str, share: &str, key: &Secret) -> Result<ShareSource, ShareRefusal> {
        self.shares.locate(account, share, key)
    }

    fn share_by_identity(
        &self,
        account: &str,
        share: &str,
        _identity: &IdentityIds,
    ) -> Result<ShareSource, ShareRefusal> {
        self.shares.locate(account, share, &Secret::new(""))
    }

    fn secret(&self, place: &SecretUri, _reader: &IdentityIds) -> Result<Secret, SecretRefusal> {
        Err(SecretRefusal::Vault(place.vault.clone()))
    }

    fn identity(&self, _id: &ResourceId) -> Option<IdentityIds> {
        None
    }

    fn may_pull(&self, _identity: &ResourceId, _registry: &str) -> bool {
        true
    }

    fn takes_records(&self, _workspace: &str, _key: &Secret) -> bool {
        true
    }
}
