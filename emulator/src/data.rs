//! Where the emulator keeps what survives a restart: a folder, or nothing.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use thiserror::Error;

mod folder;

pub use folder::Folder;

use crate::ids::SharedIds;
use crate::store::{Store, StoreError, Table};

/// The record of [`Table::Meta`] that tells this emulator's containers from another's.
const OWNER: &str = "owner";

/// The data folder, or memory; opened once per process, as the store locks its file.
pub struct Data {
    folder: Option<PathBuf>,
    files: Folder,
    store: Store,
}

/// Why the data cannot be used.
#[derive(Debug, Error)]
pub enum DataError {
    /// A file or folder cannot be read or written.
    #[error("cannot use {path}: {source}; choose a folder you may write with --data-dir, or use --in-memory")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The store refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Data {
    /// Opens or makes a folder, which only its owner may enter.
    ///
    /// # Errors
    /// When it cannot be made or written, or another emulator has it open.
    pub fn open(folder: &Path) -> Result<Self, DataError> {
        let io = |source| DataError::Io { path: folder.to_owned(), source };
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder).map_err(io)?;
        // The store's own error does not tell a read-only folder from a damaged file.
        let probe = folder.join(".writable");
        fs::write(&probe, b"").and_then(|()| fs::remove_file(&probe)).map_err(io)?;
        Ok(Self { folder: Some(folder.to_owned()), files: Folder::kept(folder), store: Store::open(folder)? })
    }

    /// Keeps everything in memory.
    pub fn in_memory() -> Self {
        Self { folder: None, files: Folder::fleeting(), store: Store::in_memory() }
    }

    /// The folder for files beside the store; it goes with the process where nothing is kept.
    pub fn files(&self) -> Folder {
        self.files.clone()
    }

    /// The store.
    pub fn store(&self) -> Store {
        self.store.clone()
    }

    /// The folder, for the start-up line.
    pub fn describe(&self) -> String {
        self.folder.as_ref().map_or_else(|| "in memory".to_owned(), |folder| folder.display().to_string())
    }

    /// The id that labels everything this emulator makes; made at first use.
    ///
    /// # Errors
    /// When the store cannot be used.
    pub fn owner(&self, ids: &SharedIds) -> Result<String, DataError> {
        let known = self.store.scan::<String>(Table::Meta)?.into_iter().find(|(key, _)| key == OWNER);
        if let Some((_, owner)) = known {
            return Ok(owner);
        }
        let owner = ids.next().simple().to_string();
        self.store.put(Table::Meta, OWNER, &owner)?;
        Ok(owner)
    }

    /// A file of the folder, if there is one.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn read(&self, name: &str) -> Result<Option<Vec<u8>>, DataError> {
        let Some(folder) = &self.folder else { return Ok(None) };
        let path = folder.join(name);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(source) => Err(DataError::Io { path, source }),
        }
    }

    /// Writes a file of the folder whole: a crash leaves the old one or the new one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, name: &str, bytes: &[u8], mode: u32) -> Result<(), DataError> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let (path, draft) = (folder.join(name), folder.join(format!(".{name}.new")));
        let write = || {
            let mut options = fs::OpenOptions::new();
            let mut file = options.write(true).create(true).truncate(true).mode(mode).open(&draft)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&draft, &path)
        };
        write().map_err(|source| DataError::Io { path: path.clone(), source })
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_secret_file_is_its_owners_alone_and_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let data = Data::open(&folder.path().join("new/data")).unwrap();
        data.write("ca.key", b"secret", 0o600).unwrap();
        assert_eq!(data.read("ca.key").unwrap().as_deref(), Some(&b"secret"[..]));
        let mode = fs::metadata(folder.path().join("new/data/ca.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_folder_that_is_a_file_is_refused_with_the_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, b"").unwrap();
        let error = Data::open(&file).err().unwrap().to_string();
        assert!(error.contains("--data-dir"), "{error}");
    }
}
