//! What a deployment asks of the resources around it: where a subnet lies, whether a key opens a share, whether an
//! identity may pull. Each answer tells apart "no" and "nothing is known": what is not a resource here is somebody
//! else's, and whoever asks decides whether to believe in it.

use aci_model::{ResourceId, Secret};
use ipnet::IpNet;

use super::Neighbours;
use super::role::Principal;
use super::storage::FileShare;
use crate::directory::IdentityIds;

/// Whether a key opens a file share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShareAccess {
    /// There is no such account here.
    UnknownAccount,
    /// The account has no such share.
    NoShare,
    /// The key is none of the account's.
    WrongKey,
    /// It does.
    Granted,
}

/// Whether an identity opens a file share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdentityAccess {
    /// There is no such account here.
    UnknownAccount,
    /// The account has no such share.
    NoShare,
    /// No role lets it.
    Forbidden,
    /// It does; the account's key, with which the platform mounts it.
    Granted(Secret),
}

/// To read the files of a share; that this is what an identity needs to open one is ASSUMED.
const READ_FILES: &str = "Microsoft.Storage/storageAccounts/fileServices/fileshares/files/read";

/// To pull an image from a registry.
const PULL: &str = "Microsoft.ContainerRegistry/registries/pull/read";

/// The domain of Azure's registries.
const REGISTRY_DOMAIN: &str = ".azurecr.io";

impl Neighbours {
    /// The prefixes of a subnet; `None` where there is no such subnet here.
    pub fn subnet_prefixes(&self, id: &ResourceId) -> Option<Vec<IpNet>> {
        let mut network = id.clone();
        network.path.truncate(1);
        let network = self.networks.get(&network.key())?;
        network.properties.subnet(id.name())?.prefixes(&network.id).ok()
    }

    /// The subnet that a network profile stands for; `None` where there is no such profile here, or it names none.
    pub fn subnet_of_profile(&self, profile: &ResourceId) -> Option<ResourceId> {
        self.profiles.get(&profile.key())?.properties.subnets().next()
    }

    /// Whether a key opens a share of an account.
    pub fn share_access(&self, account: &str, share: &str, key: &Secret) -> ShareAccess {
        let accounts = self.storage_accounts.all();
        let Some(account) = accounts.iter().find(|it| it.id.name().eq_ignore_ascii_case(account)) else {
            return ShareAccess::UnknownAccount;
        };
        if !account.properties.accepts(key.expose()) {
            return ShareAccess::WrongKey;
        }
        match self.file_shares.get(&FileShare::id(&account.id, share).key()) {
            Some(_) => ShareAccess::Granted,
            None => ShareAccess::NoShare,
        }
    }

    /// Whether an identity opens a share of an account; roles are asked where that is enforced.
    pub fn share_access_of(
        &self,
        account: &str,
        share: &str,
        identity: &IdentityIds,
        enforces_roles: bool,
    ) -> IdentityAccess {
        let accounts = self.storage_accounts.all();
        let Some(account) = accounts.iter().find(|it| it.id.name().eq_ignore_ascii_case(account)) else {
            return IdentityAccess::UnknownAccount;
        };
        let (object_id, client_id) = (identity.principal_id.to_string(), identity.client_id.to_string());
        let principal = Principal { object_id, client_id };
        if enforces_roles && !self.is_allowed_data(&principal, READ_FILES, &account.id.to_string()) {
            return IdentityAccess::Forbidden;
        }
        match self.file_shares.get(&FileShare::id(&account.id, share).key()) {
            Some(_) => IdentityAccess::Granted(account.properties.keys[0].value.clone()),
            None => IdentityAccess::NoShare,
        }
    }

    /// The ids of a user-assigned identity; `None` where there is no such identity here.
    pub fn identity_ids(&self, id: &ResourceId) -> Option<IdentityIds> {
        self.identities.get(&id.key()).map(|identity| IdentityIds::of(&identity.id))
    }

    /// Whether an identity has a role that lets it pull from a registry, by the registry's host name. An assignment
    /// at the registry's own id, or above all registries (a resource group, a subscription, the tenant), counts.
    pub fn may_pull(&self, identity: &ResourceId, registry: &str) -> bool {
        let ids = IdentityIds::of(identity);
        let (object_id, client_id) = (ids.principal_id.to_string(), ids.client_id.to_string());
        let principal = Principal { object_id, client_id };
        let name = registry.strip_suffix(REGISTRY_DOMAIN).unwrap_or(registry);
        let assignments = self.role_assignments.all();
        assignments.iter().filter(|it| it.is_for(&principal)).any(|it| {
            let is_here = match it.scope.parse::<ResourceId>() {
                Ok(id) => id.name().eq_ignore_ascii_case(name),
                Err(_) => true,
            };
            is_here && self.role(it.role_guid()).is_some_and(|role| role.allows(PULL))
        })
    }

    /// Whether a key is one of a workspace's, by the workspace's customer id; `None` where there is no such workspace
    /// here.
    pub fn workspace_accepts(&self, customer_id: &str, key: &Secret) -> Option<bool> {
        let workspaces = self.workspaces.all();
        let is_it = |id: &uuid::Uuid| id.to_string().eq_ignore_ascii_case(customer_id);
        let workspace = workspaces.iter().find(|it| is_it(&it.properties.customer_id))?;
        Some(workspace.properties.shared_keys.contains(key))
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::{Map, json};

    use super::super::role::assignment::RoleAssignment;
    use super::super::storage::{AccountKey, AccountProperties, StorageAccount};
    use super::super::tracked::Tracked;
    use super::*;
    use crate::ids::{SequentialIds, SharedIds};
    use crate::store::Store;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn id(path: &str) -> ResourceId {
        format!("/subscriptions/s/resourceGroups/rg/providers/{path}").parse().unwrap()
    }

    fn tracked<P>(path: &str, properties: P) -> Tracked<P> {
        let (location, etag) = ("westus".to_owned(), uuid::Uuid::nil());
        Tracked { id: id(path), location, tags: None, etag, properties, authorship: None }
    }

    fn neighbours() -> Neighbours {
        Neighbours::open(&Store::in_memory()).unwrap()
    }

    #[test]
    fn a_subnet_lies_where_its_network_says_also_by_a_profile() {
        let neighbours = neighbours();
        let network = json!({
            "addressSpace": { "addressPrefixes": ["10.0.0.0/16"] },
            "subnets": [{ "name": "n", "properties": { "addressPrefix": "10.0.1.0/24" } }],
        });
        let network = serde_json::from_value(network).unwrap();
        neighbours.networks.put(tracked("Microsoft.Network/virtualNetworks/v", network)).unwrap();
        let subnet = id("Microsoft.Network/virtualNetworks/V/subnets/N");
        assert_eq!(neighbours.subnet_prefixes(&subnet).unwrap(), ["10.0.1.0/24".parse().unwrap()]);
        assert_eq!(neighbours.subnet_prefixes(&id("Microsoft.Network/virtualNetworks/v/subnets/x")), None);
        let profile = json!({ "containerNetworkInterfaceConfigurations": [{ "properties": {
            "ipConfigurations": [{ "properties": { "subnet": { "id": subnet } } }],
        } }] });
        let profile = serde_json::from_value(profile).unwrap();
        neighbours.profiles.put(tracked("Microsoft.Network/networkProfiles/p", profile)).unwrap();
        assert_eq!(neighbours.subnet_of_profile(&id("Microsoft.Network/networkProfiles/p")), Some(subnet));
    }

    #[test]
    fn a_share_opens_with_its_accounts_key() {
        let neighbours = neighbours();
        let ids: SharedIds = std::sync::Arc::new(SequentialIds::default());
        let keys = [AccountKey::new(&ids, NOW), AccountKey::new(&ids, NOW)];
        let key = keys[1].value.clone();
        let (sku, kind) = ("Standard_LRS".to_owned(), "StorageV2".to_owned());
        let account = AccountProperties { sku, kind, created: NOW, keys, identity: None, others: Map::new() };
        let account: StorageAccount = tracked("Microsoft.Storage/storageAccounts/account", account);
        let share = FileShare {
            id: FileShare::id(&account.id, "data"),
            quota: 1,
            metadata: None,
            access_tier: String::new(),
            protocol: String::new(),
            modified: NOW,
            etag: String::new(),
        };
        neighbours.storage_accounts.put(account).unwrap();
        neighbours.file_shares.put(share).unwrap();
        assert_eq!(neighbours.share_access("account", "data", &key), ShareAccess::Granted);
        assert_eq!(neighbours.share_access("account", "none", &key), ShareAccess::NoShare);
        assert_eq!(neighbours.share_access("account", "data", &Secret::new("x")), ShareAccess::WrongKey);
        assert_eq!(neighbours.share_access("other", "data", &key), ShareAccess::UnknownAccount);
    }

    #[test]
    fn an_identity_pulls_where_it_has_the_role() {
        let neighbours = neighbours();
        let identity = id("Microsoft.ManagedIdentity/userAssignedIdentities/i");
        let principal = IdentityIds::of(&identity).principal_id.to_string();
        let registry = id("Microsoft.ContainerRegistry/registries/Reg").to_string();
        let role = "/providers/Microsoft.Authorization/roleDefinitions/7f951dda-4ed3-4680-a7ca-43fe172d538d";
        assert!(!neighbours.may_pull(&identity, "reg.azurecr.io"));
        neighbours.role_assignments.put(RoleAssignment::new(&registry, "a", role, &principal, NOW)).unwrap();
        assert!(neighbours.may_pull(&identity, "reg.azurecr.io"));
        assert!(!neighbours.may_pull(&identity, "other.azurecr.io"));
        let group = "/subscriptions/s/resourceGroups/rg";
        neighbours.role_assignments.put(RoleAssignment::new(group, "b", role, &principal, NOW)).unwrap();
        assert!(neighbours.may_pull(&identity, "other.azurecr.io"));
    }
}
