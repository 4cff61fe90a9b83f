//! What survives a restart: sealed records in one embedded file, or in memory.

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::Path;
use thiserror::Error;

/// The store; cheap to clone.
#[derive(Clone)]
pub struct Store {}

/// The kinds of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// Container groups, by the key of their id.
    Groups,
    /// Long-running operations, by id.
    Operations,
    /// Resource groups, by `{subscription}/{name}` in lower case.
    ResourceGroups,
    /// Settings of the emulator itself: the owner id.
    Meta,
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

impl Store {
    /// Opens or makes the store in a data folder, with the key that seals its records beside it.
    ///
    /// # Errors
    /// [`StoreError::Open`].
    pub fn open(_dir: &Path) -> Result<Self, StoreError> {
        unimplemented!()
    }

    /// A store that is gone with the process.
    pub fn in_memory() -> Self {
        unimplemented!()
    }

    /// Writes a record; on disk when this returns.
    ///
    /// # Errors
    /// [`StoreError::Access`], for example when the disk is full.
    pub fn put<T: Serialize>(&self, _table: Table, _key: &str, _value: &T) -> Result<(), StoreError> {
        unimplemented!()
    }

    /// Removes a record; a missing one is removed already.
    ///
    /// # Errors
    /// [`StoreError::Access`].
    pub fn remove(&self, _table: Table, _key: &str) -> Result<(), StoreError> {
        unimplemented!()
    }

    /// Every record of a table.
    ///
    /// # Errors
    /// [`StoreError::Sealed`], [`StoreError::Access`].
    pub fn scan<T: DeserializeOwned>(&self, _table: Table) -> Result<Vec<(String, T)>, StoreError> {
        unimplemented!()
    }
}
