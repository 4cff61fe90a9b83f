//! What survives a restart: sealed records in one embedded file, or in memory.
//!
//! Records hold secrets (secure environment variables, registry passwords, secret volumes), so none is ever
//! written in the clear; `store/seal.rs` says how. Every write is one transaction of redb, which is on
//! disk when the call returns and whole or absent after a kill -9.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

mod disk;
mod folder;
mod seal;

use disk::Disk;

/// The store; cheap to clone.
#[derive(Clone)]
pub struct Store {
    backend: Arc<Backend>,
}

enum Backend {
    Disk(Box<Disk>),
    /// Unsealed: a key in the same memory would protect nothing.
    Memory(Mutex<BTreeMap<(&'static str, String), Vec<u8>>>),
}

/// The kinds of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// Container groups, by the key of their id.
    Groups,
    /// Long-running operations, by id.
    Operations,
    /// Resource groups, by id in lower case.
    ResourceGroups,
    /// Settings of the emulator itself: the owner id.
    Meta,
    /// Virtual networks, by id in lower case like all that follow.
    VirtualNetworks,
    /// Network profiles.
    NetworkProfiles,
    /// Network security groups.
    SecurityGroups,
    /// User-assigned identities.
    Identities,
    /// Federated credentials of identities.
    FederatedCredentials,
    /// Role assignments.
    RoleAssignments,
    /// The users' own role definitions.
    RoleDefinitions,
    /// Storage accounts.
    StorageAccounts,
    /// File shares.
    FileShares,
    /// Log Analytics workspaces.
    Workspaces,
    /// Container group profiles with their revisions.
    GroupProfiles,
    /// NGroups with their members.
    NGroups,
    /// Subscriptions of which something was said.
    Subscriptions,
    /// Those who have called or signed in, by object id.
    Principals,
    /// Deployments.
    Deployments,
    /// Failures on demand that are to be kept, by id.
    Faults,
    /// States to come back to, by name.
    Snapshots,
}

impl Table {
    const ALL: [Self; 21] = [
        Self::Groups,
        Self::Operations,
        Self::ResourceGroups,
        Self::Meta,
        Self::VirtualNetworks,
        Self::NetworkProfiles,
        Self::SecurityGroups,
        Self::Identities,
        Self::FederatedCredentials,
        Self::RoleAssignments,
        Self::RoleDefinitions,
        Self::StorageAccounts,
        Self::FileShares,
        Self::Workspaces,
        Self::GroupProfiles,
        Self::NGroups,
        Self::Subscriptions,
        Self::Principals,
        Self::Deployments,
        Self::Faults,
        Self::Snapshots,
    ];

    /// Those of resources without a life of their own.
    pub const RESOURCES: &'static [Self] = &[
        Self::ResourceGroups,
        Self::VirtualNetworks,
        Self::NetworkProfiles,
        Self::SecurityGroups,
        Self::Identities,
        Self::FederatedCredentials,
        Self::RoleAssignments,
        Self::RoleDefinitions,
        Self::StorageAccounts,
        Self::FileShares,
        Self::Workspaces,
        Self::Subscriptions,
        Self::Principals,
        Self::GroupProfiles,
    ];

    /// Its name in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Groups => "groups",
            Self::Operations => "operations",
            Self::ResourceGroups => "resource-groups",
            Self::Meta => "meta",
            Self::VirtualNetworks => "virtual-networks",
            Self::NetworkProfiles => "network-profiles",
            Self::SecurityGroups => "network-security-groups",
            Self::Identities => "user-assigned-identities",
            Self::FederatedCredentials => "federated-credentials",
            Self::RoleAssignments => "role-assignments",
            Self::RoleDefinitions => "role-definitions",
            Self::StorageAccounts => "storage-accounts",
            Self::FileShares => "file-shares",
            Self::Workspaces => "workspaces",
            Self::GroupProfiles => "container-group-profiles",
            Self::NGroups => "ngroups",
            Self::Subscriptions => "subscriptions",
            Self::Principals => "principals",
            Self::Deployments => "deployments",
            Self::Faults => "faults",
            Self::Snapshots => "snapshots",
        }
    }
}

/// Why the store failed.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The file cannot be opened.
    #[error("failed to open the store in {path}: {detail}")]
    Open {
        /// The data folder.
        path: String,
        /// Why.
        detail: String,
    },
    /// A record cannot be written or read.
    #[error("failed to access the store: {0}")]
    Access(String),
    /// A record was sealed with another key or damaged.
    #[error("record {0} cannot be unsealed: the key file does not match the store")]
    Sealed(String),
}

/// Records as they are, by the name of their table and their key.
pub type Records = BTreeMap<String, BTreeMap<String, serde_json::Value>>;

/// Where to write, and what; `None` removes.
type Write = (Table, String, Option<Vec<u8>>);

/// Writes that happen together or not at all.
#[derive(Default)]
pub struct Batch {
    writes: Vec<Write>,
}

impl Batch {
    /// Adds a record.
    ///
    /// # Errors
    /// [`StoreError::Access`] when the record has no JSON form.
    pub fn put<T: Serialize>(&mut self, table: Table, key: &str, value: &T) -> Result<(), StoreError> {
        let plain = serde_json::to_vec(value).map_err(|error| StoreError::Access(error.to_string()))?;
        self.writes.push((table, key.to_owned(), Some(plain)));
        Ok(())
    }

    /// Takes a record out; a missing one is out already.
    pub fn remove(&mut self, table: Table, key: &str) {
        self.writes.push((table, key.to_owned(), None));
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }
}

impl Store {
    /// Opens or makes the store in a data folder, with the key that seals its records beside it.
    ///
    /// # Errors
    /// [`StoreError::Open`].
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        let disk =
            Disk::open(dir).map_err(|detail| StoreError::Open { path: dir.display().to_string(), detail })?;
        Ok(Self { backend: Arc::new(Backend::Disk(Box::new(disk))) })
    }

    /// A store that is gone with the process.
    pub fn in_memory() -> Self {
        Self { backend: Arc::new(Backend::Memory(Mutex::default())) }
    }

    /// Whether a write waits for a disk.
    pub fn may_block(&self) -> bool {
        matches!(*self.backend, Backend::Disk(_))
    }

    /// Writes a record; on disk when this returns.
    ///
    /// # Errors
    /// [`StoreError::Access`], for example when the disk is full.
    pub fn put<T: Serialize>(&self, table: Table, key: &str, value: &T) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        batch.put(table, key, value)?;
        self.commit(batch)
    }

    /// Removes a record; a missing one is removed already.
    ///
    /// # Errors
    /// [`StoreError::Access`].
    pub fn remove(&self, table: Table, key: &str) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        batch.remove(table, key);
        self.commit(batch)
    }

    /// Writes a batch; all of it is on disk when this returns, or none after an error.
    ///
    /// # Errors
    /// [`StoreError::Access`], for example when the disk is full.
    pub fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        match &*self.backend {
            Backend::Disk(disk) => disk.commit(batch.writes).map_err(StoreError::Access),
            Backend::Memory(records) => {
                let mut records = records.lock().unwrap_or_else(PoisonError::into_inner);
                for (table, key, plain) in batch.writes {
                    match plain {
                        Some(plain) => records.insert((table.name(), key), plain),
                        None => records.remove(&(table.name(), key)),
                    };
                }
                Ok(())
            }
        }
    }

    /// Every record of some tables.
    ///
    /// # Errors
    /// [`StoreError::Sealed`], [`StoreError::Access`].
    pub fn records(&self, tables: &[Table]) -> Result<Records, StoreError> {
        let of = |table: &Table| Ok((table.name().to_owned(), self.scan(*table)?.into_iter().collect()));
        tables.iter().map(of).collect()
    }

    /// Writes records of some tables; others are left out.
    ///
    /// # Errors
    /// [`StoreError::Access`]; nothing is written then.
    pub fn write_records(&self, tables: &[Table], records: &Records) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        for table in tables {
            for (key, record) in records.get(table.name()).into_iter().flatten() {
                batch.put(*table, key, record)?;
            }
        }
        if batch.is_empty() { Ok(()) } else { self.commit(batch) }
    }

    /// Every record of a table.
    ///
    /// # Errors
    /// [`StoreError::Sealed`], [`StoreError::Access`].
    pub fn scan<T: DeserializeOwned>(&self, table: Table) -> Result<Vec<(String, T)>, StoreError> {
        let records = match &*self.backend {
            Backend::Disk(disk) => disk.scan(table)?,
            Backend::Memory(records) => {
                let records = records.lock().unwrap_or_else(PoisonError::into_inner);
                let of_table = records.iter().filter(|((name, _), _)| *name == table.name());
                of_table.map(|((_, key), plain)| (key.clone(), plain.clone())).collect()
            }
        };
        records
            .into_iter()
            .map(|(key, plain)| {
                let value = serde_json::from_slice(&plain).map_err(|error| {
                    // The error's own text would quote the record, secrets and all.
                    let place = format!("line {} column {}", error.line(), error.column());
                    StoreError::Access(format!(
                        "record {key} of {} is of another version ({place}); start with an empty data folder",
                        table.name()
                    ))
                })?;
                Ok((key, value))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
