//! What is in the volumes of a deployment.

use std::path::PathBuf;
use std::sync::Arc;

use aci_model::Secret;

/// A volume of a deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct VolumeSpec {
    /// Its name in the group.
    pub name: String,
    /// What is in it.
    pub content: VolumeContent,
}

/// What is in a volume.
#[derive(Clone, Debug, PartialEq)]
pub enum VolumeContent {
    /// Nothing at first.
    Empty,
    /// Files in memory; names as given, contents decoded.
    Secret(Vec<SecretFile>),
    /// A file share, which is there before the deployment and after it.
    Share {
        /// Where it lies.
        source: ShareSource,
        /// Whether nobody may write into it.
        read_only: bool,
    },
    /// A copy of a folder of the emulator's machine.
    Copy(Arc<Tree>),
}

/// Where a file share lies.
#[derive(Clone, Debug, PartialEq)]
pub enum ShareSource {
    /// In a folder of the engine's machine.
    Folder(PathBuf),
    /// On a server.
    Smb(SmbShare),
}

/// A share of an SMB server.
#[derive(Clone, Debug, PartialEq)]
pub struct SmbShare {
    /// The server's host name.
    pub server: String,
    /// The share's name.
    pub share: String,
    /// The user: the storage account.
    pub user: String,
    /// The user's password: the account's key.
    pub key: Secret,
}

/// A folder whose contents are copied into a volume; it is removed when nobody needs it any more.
#[derive(Debug)]
pub struct Tree {
    folder: tempfile::TempDir,
}

impl Tree {
    /// The tree in a folder that nobody else uses.
    pub fn new(folder: tempfile::TempDir) -> Self {
        Self { folder }
    }

    /// Where it lies.
    pub fn path(&self) -> &std::path::Path {
        self.folder.path()
    }
}

impl PartialEq for Tree {
    fn eq(&self, other: &Self) -> bool {
        self.path() == other.path()
    }
}

/// A file of a secret volume.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretFile {
    /// The file's name.
    pub name: String,
    /// Its bytes.
    pub content: Vec<u8>,
}

impl std::fmt::Debug for SecretFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecretFile").field("name", &self.name).finish_non_exhaustive()
    }
}
