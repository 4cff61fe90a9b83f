//! The resources beside container groups that clients of container groups need: networks, identities, roles, storage
//! accounts, vaults, workspaces, and what is known about subscriptions.
//!
//! None has a life of its own: a write replaces a record as a whole. What only looks as if it did something (a
//! security group, a diagnostic setting) is kept and shown, and has no effect on containers.

use std::sync::Arc;

use aci_model::{ResourceId, Secret};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use uuid::Uuid;

pub mod cidr;
pub mod group_profile;
pub mod identity;
pub mod lookups;
pub mod network;
pub mod operations;
pub mod role;
pub mod sandbox_group;
pub mod storage;
pub mod subscription;
pub mod tracked;
pub mod vault;
pub mod workspace;

use crate::authorship::Stamp;
use crate::collection::{Collection, Record};
use crate::directory::principal::DirectoryObject;
use crate::ids::SharedIds;
use crate::store::{Store, StoreError};
use group_profile::GroupProfile;
use identity::{FederatedCredential, UserAssignedIdentity};
use network::VirtualNetwork;
use network::profile::NetworkProfile;
use network::security_group::SecurityGroup;
use operations::RecentOperations;
use role::assignment::RoleAssignment;
use role::definition::RoleDefinition;
use sandbox_group::SandboxGroup;
use storage::{FileShare, StorageAccount};
use subscription::Subscription;
use tracked::{Kind, Listing, Tags, Tracked};
use vault::{Vault, VaultSecret};
use workspace::Workspace;

/// All of them; cheap to clone.
#[derive(Clone)]
pub struct Neighbours {
    /// Virtual networks with their subnets.
    pub networks: Collection<VirtualNetwork>,
    /// Network profiles.
    pub profiles: Collection<NetworkProfile>,
    /// Network security groups.
    pub security_groups: Collection<SecurityGroup>,
    /// User-assigned identities.
    pub identities: Collection<UserAssignedIdentity>,
    /// Whose tokens are good for theirs.
    pub federated_credentials: Collection<FederatedCredential>,
    /// Who may do what where.
    pub role_assignments: Collection<RoleAssignment>,
    /// The users' own roles.
    pub role_definitions: Collection<RoleDefinition>,
    /// Storage accounts.
    pub storage_accounts: Collection<StorageAccount>,
    /// Their file shares.
    pub file_shares: Collection<FileShare>,
    /// Key vaults.
    pub vaults: Collection<Vault>,
    /// Their secrets.
    pub vault_secrets: Collection<VaultSecret>,
    /// Log Analytics workspaces.
    pub workspaces: Collection<Workspace>,
    /// Container group profiles.
    pub group_profiles: Collection<GroupProfile>,
    /// Sandbox groups.
    pub sandbox_groups: Collection<SandboxGroup>,
    /// What is known about subscriptions.
    pub subscriptions: Collection<Subscription>,
    /// Those who have called or signed in.
    pub principals: Collection<DirectoryObject>,
    /// The latest long-running operations.
    pub operations: Arc<RecentOperations>,
}

impl Neighbours {
    /// Loads what the store holds.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn open(store: &Store) -> Result<Self, StoreError> {
        Ok(Self {
            networks: Collection::open(store.clone())?,
            profiles: Collection::open(store.clone())?,
            security_groups: Collection::open(store.clone())?,
            identities: Collection::open(store.clone())?,
            federated_credentials: Collection::open(store.clone())?,
            role_assignments: Collection::open(store.clone())?,
            role_definitions: Collection::open(store.clone())?,
            storage_accounts: Collection::open(store.clone())?,
            file_shares: Collection::open(store.clone())?,
            vaults: Collection::open(store.clone())?,
            vault_secrets: Collection::open(store.clone())?,
            workspaces: Collection::open(store.clone())?,
            group_profiles: Collection::open(store.clone())?,
            sandbox_groups: Collection::open(store.clone())?,
            subscriptions: Collection::open(store.clone())?,
            principals: Collection::open(store.clone())?,
            operations: Arc::default(),
        })
    }

    /// The tracked resources below a scope, by id.
    pub fn below(&self, scope: &str) -> Vec<Listing> {
        let mut all: Vec<Listing> = self.types().iter().flat_map(|types| types.below(scope)).collect();
        all.sort_by_cached_key(|listing| listing.id.key());
        all
    }

    /// A tracked resource of whatever type.
    pub fn find(&self, id: &ResourceId) -> Option<Listing> {
        self.types().iter().find_map(|types| types.find(&id.key()))
    }

    /// Replaces the tags of a tracked resource of whatever type; whether there is one.
    ///
    /// # Errors
    /// When the store cannot be written; nothing has changed then.
    pub fn set_tags(&self, id: &ResourceId, tags: &Tags, etag: Uuid, by: &Stamp) -> Result<bool, StoreError> {
        for types in self.types() {
            if types.set_tags(&id.key(), tags, etag, by)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Every collection of tracked resources.
    fn types(&self) -> [&dyn TrackedType; 9] {
        [
            &self.networks,
            &self.profiles,
            &self.security_groups,
            &self.identities,
            &self.storage_accounts,
            &self.vaults,
            &self.workspaces,
            &self.group_profiles,
            &self.sandbox_groups,
        ]
    }

    /// Removes everything below a scope: what is in a resource group, and what is about a resource.
    ///
    /// # Errors
    /// When the store cannot be written; what was removed before stays so.
    pub fn remove_below(&self, scope: &str) -> Result<(), StoreError> {
        self.sections().iter().try_for_each(|section| section.remove_below(scope))
    }

    /// Removes everything.
    ///
    /// # Errors
    /// When the store cannot be written; what was removed before stays so.
    pub fn clear(&self) -> Result<(), StoreError> {
        self.sections().iter().try_for_each(|section| section.clear())?;
        self.subscriptions.clear()?;
        self.principals.clear()
    }

    /// Loads anew what the store holds.
    ///
    /// # Errors
    /// When the store cannot be read; what was loaded before stays so.
    pub fn reload(&self) -> Result<(), StoreError> {
        self.sections().iter().try_for_each(|section| section.reload())?;
        self.subscriptions.reload()?;
        self.principals.reload()
    }

    /// Every collection whose records can lie in a resource group.
    fn sections(&self) -> [&dyn Section; 14] {
        [
            &self.networks,
            &self.profiles,
            &self.security_groups,
            &self.identities,
            &self.federated_credentials,
            &self.role_assignments,
            &self.role_definitions,
            &self.storage_accounts,
            &self.file_shares,
            &self.vaults,
            &self.vault_secrets,
            &self.workspaces,
            &self.group_profiles,
            &self.sandbox_groups,
        ]
    }
}

/// What can be done with a collection whatever it holds.
trait Section {
    fn remove_below(&self, scope: &str) -> Result<(), StoreError>;
    fn clear(&self) -> Result<(), StoreError>;
    fn reload(&self) -> Result<(), StoreError>;
}

impl<T: Record> Section for Collection<T> {
    fn remove_below(&self, scope: &str) -> Result<(), StoreError> {
        Self::remove_below(self, scope)
    }

    fn clear(&self) -> Result<(), StoreError> {
        Self::clear(self)
    }

    fn reload(&self) -> Result<(), StoreError> {
        Self::reload(self)
    }
}

/// What can be done with tracked resources of one type, whatever it is.
trait TrackedType {
    fn below(&self, scope: &str) -> Vec<Listing>;
    fn find(&self, key: &str) -> Option<Listing>;
    fn set_tags(&self, key: &str, tags: &Tags, etag: Uuid, by: &Stamp) -> Result<bool, StoreError>;
}

impl<P: Kind> TrackedType for Collection<Tracked<P>> {
    fn below(&self, scope: &str) -> Vec<Listing> {
        Self::below(self, scope).iter().map(|resource| resource.listing()).collect()
    }

    fn find(&self, key: &str) -> Option<Listing> {
        self.get(key).map(|resource| resource.listing())
    }

    fn set_tags(&self, key: &str, tags: &Tags, etag: Uuid, by: &Stamp) -> Result<bool, StoreError> {
        let Some(known) = self.get(key) else { return Ok(false) };
        let (tags, known) = (Some(tags.clone()), known.as_ref().clone());
        self.change(key, |latest| {
            let latest = latest.cloned().unwrap_or(known);
            let authorship = latest.written(by.clone());
            Ok::<_, StoreError>(Tracked { tags, etag, authorship, ..latest })
        })?;
        Ok(true)
    }
}

/// A key of 64 bytes in base64, which nobody can guess where ids are random: the hash of five ids, each of which
/// has 122 random bits.
fn secret_of_64_bytes(ids: &SharedIds) -> Secret {
    let mut context = ring::digest::Context::new(&ring::digest::SHA512);
    for _ in 0..5 {
        context.update(ids.next().as_bytes());
    }
    Secret::new(BASE64.encode(context.finish()))
}
