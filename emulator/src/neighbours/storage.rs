//! Storage accounts and their file shares: Microsoft.Storage, as far as `azureFile` volumes need it.

use aci_model::{ResourceId, Secret};
use indexmap::IndexMap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::tracked::{Kind, Tracked};
use crate::collection::Record;
use crate::ids::SharedIds;
use crate::store::Table;

/// A storage account.
pub type StorageAccount = Tracked<AccountProperties>;

/// What a storage account has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountProperties {
    /// How often and where it is kept: `Standard_LRS`.
    pub sku: String,
    /// Which services it has: `StorageV2`.
    pub kind: String,
    /// When it was made.
    pub created: Timestamp,
    /// Its keys.
    pub keys: [AccountKey; 2],
    /// Its identities, as the caller wrote them.
    pub identity: Option<Value>,
    /// Everything else that the caller wrote.
    pub others: Map<String, Value>,
}

impl Kind for AccountProperties {
    const TYPE: &'static str = "Microsoft.Storage/storageAccounts";
    const TABLE: Table = Table::StorageAccounts;
}

/// A key of an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountKey {
    /// When it was made.
    pub created: Timestamp,
    /// The key, base64 of 64 bytes.
    pub value: Secret,
}

/// The names of an account's keys, in order.
pub const KEY_NAMES: [&str; 2] = ["key1", "key2"];

impl AccountKey {
    /// A new key.
    pub fn new(ids: &SharedIds, now: Timestamp) -> Self {
        Self { created: now, value: super::secret_of_64_bytes(ids) }
    }
}

impl AccountProperties {
    /// Whether a key is one of the account's.
    pub fn accepts(&self, key: &str) -> bool {
        use subtle::ConstantTimeEq as _;
        let is_same = |known: &AccountKey| bool::from(known.value.expose().as_bytes().ct_eq(key.as_bytes()));
        self.keys.iter().any(is_same)
    }

    /// Where in the list of keys a name stands.
    pub fn key_index(name: &str) -> Option<usize> {
        KEY_NAMES.iter().position(|known| known.eq_ignore_ascii_case(name))
    }
}

/// Whether a text can be an account's name: 3 to 24 small letters and digits.
pub fn is_account_name(name: &str) -> bool {
    (3..=24).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

/// Whether a text can be a share's name: 3 to 63 small letters, digits and single hyphens between them. Source:
/// "Naming and referencing shares, directories, files, and metadata".
pub fn is_share_name(name: &str) -> bool {
    (3..=63).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-')
        && !name.contains("--")
}

/// A file share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileShare {
    /// Its id, below the account's file service.
    pub id: ResourceId,
    /// Gigabytes that it may hold.
    pub quota: u32,
    /// What its makers say about it.
    pub metadata: Option<IndexMap<String, String>>,
    /// How fast it is: `TransactionOptimized`.
    pub access_tier: String,
    /// `SMB` or `NFS`.
    pub protocol: String,
    /// When it was last written.
    pub modified: Timestamp,
    /// Which state of it this is.
    pub etag: String,
}

impl FileShare {
    /// Gigabytes of a share whose maker names no quota. Source: "File Shares - Create".
    pub const DEFAULT_QUOTA: u32 = 5120;
    /// Gigabytes that a share may have at most, large shares included. Source: the same.
    pub const LARGEST_QUOTA: u32 = 102_400;

    /// The id of a share.
    pub fn id(account: &ResourceId, share: &str) -> ResourceId {
        let mut id = account.clone();
        id.path.push(("fileServices".to_owned(), "default".to_owned()));
        id.path.push(("shares".to_owned(), share.to_owned()));
        id
    }

    /// A state that was not there before, in the shape that the service writes: a time in hexadecimal ticks.
    pub fn new_etag(now: Timestamp) -> String {
        format!("\"0x{:X}\"", now.as_nanosecond() / 100)
    }
}

impl Record for FileShare {
    const TABLE: Table = Table::FileShares;

    fn key(&self) -> String {
        self.id.key()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::ids::SequentialIds;

    #[test]
    fn names_follow_the_services_rules() {
        for good in ["abc", "clistorage000003", "a1b"] {
            assert!(is_account_name(good), "{good}");
        }
        for bad in ["ab", "Abc", "a-bc", "abcdefghijklmnopqrstuvwxy", "ábc"] {
            assert!(!is_account_name(bad), "{bad}");
        }
        for good in ["abc", "my-share-1"] {
            assert!(is_share_name(good), "{good}");
        }
        for bad in ["ab", "-abc", "abc-", "a--b", "Abc", "a_b"] {
            assert!(!is_share_name(bad), "{bad}");
        }
    }

    #[test]
    fn an_account_accepts_its_own_keys_alone() {
        let ids: SharedIds = Arc::new(SequentialIds::default());
        let now = Timestamp::UNIX_EPOCH;
        let keys = [AccountKey::new(&ids, now), AccountKey::new(&ids, now)];
        let texts = keys.clone().map(|key| key.value.expose().to_owned());
        assert_ne!(texts[0], texts[1]);
        assert_eq!(texts[0].len(), 88, "base64 of 64 bytes");
        let (sku, kind) = ("Standard_LRS".to_owned(), "StorageV2".to_owned());
        let account = AccountProperties { sku, kind, created: now, keys, identity: None, others: Map::new() };
        assert!(texts.iter().all(|key| account.accepts(key)));
        assert!(!account.accepts("") && !account.accepts(&texts[0][1..]));
        assert_eq!(AccountProperties::key_index("KEY2"), Some(1));
        assert_eq!(AccountProperties::key_index("kerb1"), None);
    }
}
