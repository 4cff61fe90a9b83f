//! Key vaults and their secrets: Microsoft.KeyVault, as far as the secret references of container groups need it.

use std::str::FromStr;

use aci_model::{ResourceId, Secret};
use indexmap::IndexMap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;

use super::Neighbours;
use super::role::Principal;
use super::tracked::{Kind, Tracked};
use crate::collection::Record;
use crate::directory::IdentityIds;
use crate::store::Table;

/// A key vault.
pub type Vault = Tracked<VaultProperties>;

/// What a vault has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct VaultProperties {
    /// Who may do what with its contents, unless roles say that.
    pub access_policies: Vec<AccessPolicy>,
    /// Whether roles say who may, rather than policies.
    pub enable_rbac_authorization: Option<bool>,
    /// Everything else that the caller wrote.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

/// What one principal may do with a vault's contents.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AccessPolicy {
    /// The principal's tenant.
    pub tenant_id: String,
    /// The principal.
    pub object_id: String,
    /// The program through which it acts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_id: Option<String>,
    /// What it may do, by the kind of contents: `{"secrets": ["get"]}`.
    pub permissions: IndexMap<String, Vec<String>>,
}

impl Kind for VaultProperties {
    const TYPE: &'static str = "Microsoft.KeyVault/vaults";
    const TABLE: Table = Table::Vaults;
}

impl AccessPolicy {
    /// Whether it is about the same principal as another.
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.object_id.eq_ignore_ascii_case(&other.object_id) && self.application_id == other.application_id
    }

    fn lets_read_secrets(&self, object_id: &str) -> bool {
        let words = self.permissions.iter().filter(|(kind, _)| kind.eq_ignore_ascii_case("secrets"));
        let mut words = words.flat_map(|(_, words)| words);
        self.object_id.eq_ignore_ascii_case(object_id)
            && words.any(|word| word.eq_ignore_ascii_case("get") || word.eq_ignore_ascii_case("all"))
    }
}

/// Whether a text can be a vault's name (DOC: "Vault name and object name": 3 to 24 letters, digits and single hyphens,
/// a letter first, no hyphen last).
pub fn is_vault_name(name: &str) -> bool {
    (3..=24).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !name.ends_with('-')
        && !name.contains("--")
}

/// Whether a text can be a secret's name (DOC, ibidem: 1 to 127 letters, digits and hyphens).
pub fn is_secret_name(name: &str) -> bool {
    (1..=127).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// A secret of a vault.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VaultSecret {
    /// Its id, below the vault's.
    pub id: ResourceId,
    /// Its tags.
    pub tags: Option<IndexMap<String, String>>,
    /// Its values, oldest first; at least one.
    pub versions: Vec<SecretVersion>,
}

/// One value of a secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SecretVersion {
    /// Its name: 32 hexadecimal digits.
    pub name: String,
    /// The value; nothing shows it.
    pub value: Secret,
    /// What the value is, in the words of its maker.
    pub content_type: Option<String>,
    /// Whether it can be read.
    pub enabled: bool,
    /// From when on it is meant to be used, seconds of the Unix epoch; it can be read before (DOC: "About Azure Key
    /// Vault secrets").
    pub not_before: Option<i64>,
    /// Until when it is meant to be used; it can be read after.
    pub expires: Option<i64>,
    /// When it was made.
    pub created: Timestamp,
}

impl Record for VaultSecret {
    const TABLE: Table = Table::VaultSecrets;

    fn key(&self) -> String {
        self.id.key()
    }
}

impl VaultSecret {
    /// The id of a vault's secret.
    pub fn id(vault: &ResourceId, name: &str) -> ResourceId {
        let mut id = vault.clone();
        id.path.truncate(1);
        id.path.push(("secrets".to_owned(), name.to_owned()));
        id
    }

    /// A version by name, or the latest.
    pub fn version(&self, name: Option<&str>) -> Option<&SecretVersion> {
        match name {
            Some(name) => self.versions.iter().find(|version| version.name.eq_ignore_ascii_case(name)),
            None => self.versions.last(),
        }
    }
}

/// Where a secret is: `https://{vault}.vault.azure.net/secrets/{secret}[/{version}]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretUri {
    /// The vault.
    pub vault: String,
    /// The secret.
    pub secret: String,
    /// The version; the latest when absent.
    pub version: Option<String>,
}

/// A text that is no such place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("it must be of the form 'https://<vault>.vault.azure.net/secrets/<secret>[/<version>]'")]
pub struct NoSecretUri;

/// The domains of vaults in Azure's clouds.
const VAULT_DOMAINS: &[&str] = &[".vault.azure.net", ".vault.usgovcloudapi.net", ".vault.azure.cn"];

impl FromStr for SecretUri {
    type Err = NoSecretUri;

    fn from_str(text: &str) -> Result<Self, NoSecretUri> {
        let (host, path) =
            text.strip_prefix("https://").and_then(|rest| rest.split_once('/')).ok_or(NoSecretUri)?;
        let host = host.to_ascii_lowercase();
        let vault = VAULT_DOMAINS.iter().find_map(|domain| host.strip_suffix(domain));
        let vault = vault.filter(|name| is_vault_name(name));
        let segments: Vec<_> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        let (secret, version) = match segments.as_slice() {
            ["secrets", secret] => (*secret, None),
            ["secrets", secret, version] => (*secret, Some((*version).to_owned())),
            _ => return Err(NoSecretUri),
        };
        let vault = vault.filter(|_| is_secret_name(secret)).ok_or(NoSecretUri)?;
        Ok(Self { vault: vault.to_owned(), secret: secret.to_owned(), version })
    }
}

/// What a vault answers somebody who wants a secret's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretAccess {
    /// There is no such vault here.
    UnknownVault,
    /// The vault has no such secret, or not that version of it.
    NoSecret,
    /// The secret is disabled.
    Disabled,
    /// Neither policies nor roles let the reader read it.
    Forbidden,
    /// The value.
    Granted(Secret),
}

/// To read a secret's value.
const GET_SECRET: &str = "Microsoft.KeyVault/vaults/secrets/getSecret/action";

impl Neighbours {
    /// The vault of a name: names are unique in all of Azure.
    pub fn vault_named(&self, name: &str) -> Option<std::sync::Arc<Vault>> {
        self.vaults.all().into_iter().find(|it| it.id.name().eq_ignore_ascii_case(name))
    }

    /// The value of a secret for an identity. A vault with policies asks them always; one with roles asks those only
    /// where roles are asked at all.
    pub fn secret(&self, uri: &SecretUri, reader: &IdentityIds, enforces_roles: bool) -> SecretAccess {
        let Some(vault) = self.vault_named(&uri.vault) else { return SecretAccess::UnknownVault };
        let Some(secret) = self.vault_secrets.get(&VaultSecret::id(&vault.id, &uri.secret).key()) else {
            return SecretAccess::NoSecret;
        };
        let object_id = reader.principal_id.to_string();
        let is_allowed = if vault.properties.enable_rbac_authorization == Some(true) {
            let principal = Principal { client_id: reader.client_id.to_string(), object_id };
            !enforces_roles || self.is_allowed_data(&principal, GET_SECRET, &secret.id.to_string())
        } else {
            vault.properties.access_policies.iter().any(|policy| policy.lets_read_secrets(&object_id))
        };
        match secret.version(uri.version.as_deref()) {
            _ if !is_allowed => SecretAccess::Forbidden,
            None => SecretAccess::NoSecret,
            Some(version) if !version.enabled => SecretAccess::Disabled,
            Some(version) => SecretAccess::Granted(version.value.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::super::role::assignment::RoleAssignment;
    use super::*;
    use crate::store::Store;

    const READER: IdentityIds =
        IdentityIds { client_id: Uuid::from_u128(1), principal_id: Uuid::from_u128(2) };

    fn neighbours(properties: Value) -> Neighbours {
        let neighbours = Neighbours::open(&Store::in_memory()).unwrap();
        let id: ResourceId =
            "/subscriptions/s/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/Safe".parse().unwrap();
        let version = |name: &str, value: &str, enabled| SecretVersion {
            name: name.to_owned(),
            value: Secret::new(value),
            content_type: None,
            enabled,
            not_before: None,
            expires: None,
            created: Timestamp::UNIX_EPOCH,
        };
        let versions =
            vec![version("a1", "old", true), version("b2", "off", false), version("c3", "new", true)];
        let secret = VaultSecret { id: VaultSecret::id(&id, "key"), tags: None, versions };
        let properties = serde_json::from_value(properties).unwrap();
        let (location, etag) = ("westus".to_owned(), Uuid::nil());
        let vault = Vault { id, location, tags: None, etag, properties, authorship: None };
        neighbours.vaults.put(vault).unwrap();
        neighbours.vault_secrets.put(secret).unwrap();
        neighbours
    }

    fn read(neighbours: &Neighbours, path: &str, enforces_roles: bool) -> SecretAccess {
        let uri = format!("https://safe.vault.azure.net/secrets/{path}").parse().unwrap();
        neighbours.secret(&uri, &READER, enforces_roles)
    }

    #[test]
    fn a_secret_is_read_by_whom_a_policy_names() {
        let policy = |object_id: &str, words: Value| {
            neighbours(
                json!({ "accessPolicies": [{ "objectId": object_id, "permissions": { "secrets": words } }] }),
            )
        };
        let known = policy(&READER.principal_id.to_string(), json!(["Get"]));
        assert_eq!(read(&known, "key", false), SecretAccess::Granted(Secret::new("new")));
        assert_eq!(read(&known, "key/A1", false), SecretAccess::Granted(Secret::new("old")));
        assert_eq!(read(&known, "key/b2", false), SecretAccess::Disabled);
        assert_eq!(read(&known, "key/d4", false), SecretAccess::NoSecret);
        assert_eq!(read(&known, "other", false), SecretAccess::NoSecret);
        let listed = policy(&READER.principal_id.to_string(), json!(["list"]));
        assert_eq!(read(&listed, "key", false), SecretAccess::Forbidden);
        assert_eq!(read(&policy("x", json!(["get"])), "key", false), SecretAccess::Forbidden);
    }

    #[test]
    fn a_vault_with_roles_asks_them_where_roles_are_asked() {
        let vault = neighbours(json!({ "enableRbacAuthorization": true }));
        assert_eq!(read(&vault, "key", false), SecretAccess::Granted(Secret::new("new")));
        assert_eq!(read(&vault, "key", true), SecretAccess::Forbidden);
        let role = "/providers/Microsoft.Authorization/roleDefinitions/4633458b-17de-408a-b874-0445c86b69e6";
        let (scope, who) = ("/subscriptions/s", READER.principal_id.to_string());
        let assignment = RoleAssignment::new(scope, "a", role, &who, Timestamp::UNIX_EPOCH);
        vault.role_assignments.put(assignment).unwrap();
        assert_eq!(read(&vault, "key", true), SecretAccess::Granted(Secret::new("new")));
    }

    #[test]
    fn a_place_of_a_secret_names_vault_secret_and_perhaps_version() {
        let uri: SecretUri = "https://Safe.vault.azure.net/secrets/db-key/0a".parse().unwrap();
        assert_eq!(
            (uri.vault.as_str(), uri.secret.as_str(), uri.version.as_deref()),
            ("safe", "db-key", Some("0a"))
        );
        for bad in [
            "",
            "safe",
            "http://safe.vault.azure.net/secrets/a",
            "https://safe.example.com/secrets/a",
            "https://safe.vault.azure.net/keys/a",
            "https://safe.vault.azure.net/secrets/",
            "https://safe.vault.azure.net/secrets/a/b/c",
            "https://safe.vault.azure.net/secrets/a_b",
            "https://.vault.azure.net/secrets/a",
        ] {
            assert_eq!(bad.parse::<SecretUri>(), Err(NoSecretUri), "{bad}");
        }
    }
}
