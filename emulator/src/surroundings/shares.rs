//! Where Azure file shares lie: in folders of the data folder, or on a file server.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::Path;
use std::str::FromStr;

use aci_model::Secret;

use super::ShareRefusal;
use crate::data::Folder;
use crate::runtime::{ShareSource, SmbShare};

/// Azure's file server of an account is `<account>.<this>`.
const FILE_DOMAIN: &str = "file.core.windows.net";

/// Everybody may do everything: Azure mounts shares with `dir_mode=0777,file_mode=0777`.
const SHARE_MODE: u32 = 0o777;

/// What stands for Azure Files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AzureFiles {
    /// A folder for each share.
    #[default]
    Folder,
    /// The file server `<account>.<domain>`, mounted by SMB with the account's key.
    Smb {
        /// The domain, Azure's unless said otherwise.
        domain: String,
    },
}

impl FromStr for AzureFiles {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=').unwrap_or((text, FILE_DOMAIN)) {
            ("folder", _) if text == "folder" => Ok(Self::Folder),
            ("smb", domain) if !domain.is_empty() => Ok(Self::Smb { domain: domain.to_owned() }),
            _ => Err("write folder, smb or smb=<domain of the file servers>".to_owned()),
        }
    }
}

/// The shares of all accounts.
#[derive(Clone)]
pub struct Shares {
    root: Folder,
    files: AzureFiles,
}

impl Shares {
    /// Shares in folders below `root`, unless they are mounted from servers.
    pub fn new(root: Folder, files: AzureFiles) -> Self {
        Self { root, files }
    }

    /// Where a share lies; whether the account, the share and its key exist is for the caller to know.
    ///
    /// # Errors
    /// When the names cannot be those of an account and a share.
    pub fn locate(&self, account: &str, share: &str, key: &Secret) -> Result<ShareSource, ShareRefusal> {
        if !is_account(account) {
            return Err(ShareRefusal::Account(account.to_owned()));
        }
        if !is_share(share) {
            return Err(ShareRefusal::Share { account: account.to_owned(), share: share.to_owned() });
        }
        Ok(match &self.files {
            AzureFiles::Folder => {
                let root = self.root.path().map_err(|error| ShareRefusal::Folder(error.to_string()))?;
                ShareSource::Folder(root.join(account).join(share))
            }
            AzureFiles::Smb { domain } => ShareSource::Smb(SmbShare {
                server: format!("{account}.{domain}"),
                share: share.to_owned(),
                user: account.to_owned(),
                key: key.clone(),
            }),
        })
    }
}

/// 3 to 24 lower-case letters and digits (DOC: "Storage account overview").
fn is_account(name: &str) -> bool {
    (3..=24).contains(&name.len()) && name.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
}

/// 3 to 63 lower-case letters, digits and single hyphens between them (DOC: "Naming and referencing shares").
fn is_share(name: &str) -> bool {
    (3..=63).contains(&name.len())
        && name.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-')
        && !name.contains("--")
}

/// Makes the folder of a share, into which everybody may write whatever the process's umask.
///
/// # Errors
/// When it cannot be made.
pub fn make_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let parent = path.parent().unwrap_or(path);
    DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
    DirBuilder::new().recursive(true).create(path)?;
    fs::set_permissions(path, Permissions::from_mode(SHARE_MODE))?;
    if let Err(error) = let_everybody_write_below(path) {
        tracing::debug!(path = %path.display(), %error, "New folders of a share belong to who makes them");
    }
    Ok(())
}

/// Makes what is made in a folder as open as its maker asks for, whatever the maker's umask, so that a folder made by
/// one user takes files of another, as on Azure. Not every file system knows how.
fn let_everybody_write_below(path: &Path) -> io::Result<()> {
    /// The default access control list in the kernel's layout (linux/posix_acl_xattr.h): a version, then tag,
    /// permissions and an unused id for owner, group and others.
    const EVERYBODY: [u8; 28] = [
        2, 0, 0, 0, //
        1, 0, 7, 0, 255, 255, 255, 255, //
        4, 0, 7, 0, 255, 255, 255, 255, //
        32, 0, 7, 0, 255, 255, 255, 255,
    ];
    rustix::fs::setxattr(path, "system.posix_acl_default", &EVERYBODY, rustix::fs::XattrFlags::empty())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(files: AzureFiles) -> Shares {
        Shares::new(Folder::fleeting(), files)
    }

    fn key() -> Secret {
        Secret::new("a2V5")
    }

    #[test]
    fn a_share_is_a_folder_of_its_account() {
        let shares = shares(AzureFiles::Folder);
        let ShareSource::Folder(path) = shares.locate("acct1", "data", &key()).unwrap() else { panic!() };
        assert!(path.ends_with("acct1/data"), "{path:?}");
    }

    #[test]
    fn names_that_lead_elsewhere_are_no_accounts_and_no_shares() {
        let shares = shares(AzureFiles::Folder);
        for account in ["..", "a/b", "ab", "UPPER", ""] {
            let refusal = shares.locate(account, "data", &key());
            assert_eq!(refusal, Err(ShareRefusal::Account(account.to_owned())));
        }
        for share in ["..", "a/../b", "-ab", "a--b", "ab", "Data"] {
            assert!(
                matches!(shares.locate("acct1", share, &key()), Err(ShareRefusal::Share { .. })),
                "{share}"
            );
        }
    }

    #[test]
    fn a_server_is_the_accounts_in_the_domain() {
        let files: AzureFiles = "smb".parse().unwrap();
        let ShareSource::Smb(share) = shares(files).locate("acct1", "data", &key()).unwrap() else {
            panic!()
        };
        assert_eq!((share.server.as_str(), share.share.as_str()), ("acct1.file.core.windows.net", "data"));
        assert_eq!((share.user.as_str(), share.key.expose()), ("acct1", "a2V5"));
        assert_eq!("smb=example.com".parse(), Ok(AzureFiles::Smb { domain: "example.com".into() }));
        for wrong in ["", "smb=", "folder=x", "nfs"] {
            assert!(wrong.parse::<AzureFiles>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn everybody_may_write_into_a_shares_folder_and_only_its_owner_enters_those_above() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("acct1/data");
        make_folder(&path).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o777);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        let below = path.join("below");
        DirBuilder::new().create(&below).unwrap();
        let knows_lists = let_everybody_write_below(&path).is_ok();
        assert!(!knows_lists || mode(&below) == 0o777, "whatever the umask: {:o}", mode(&below));
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        make_folder(&path).unwrap();
        assert_eq!(mode(&path), 0o755, "what its users changed stays");
    }
}
