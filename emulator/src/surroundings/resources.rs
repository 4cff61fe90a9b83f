//! Surroundings that are the emulator's own resources; what is none of them is as if there were no resources at all.

use aci_model::{ResourceId, Secret};
use ipnet::{IpNet, Ipv4Net};

use super::shares::Shares;
use super::{SecretRefusal, ShareRefusal, Surroundings};
use crate::directory::IdentityIds;
use crate::neighbours::Neighbours;
use crate::neighbours::lookups::{IdentityAccess, ShareAccess};
use crate::neighbours::vault::{SecretAccess, SecretUri};
use crate::runtime::{ShareSource, SubnetRange};

/// The resources beside container groups, and where their shares lie.
pub struct Resources {
    /// The resources.
    pub neighbours: Neighbours,
    /// The folders or servers of the shares.
    pub shares: Shares,
    /// Whether an identity needs a role to pull an image.
    pub enforces_roles: bool,
}

impl Surroundings for Resources {
    fn subnet(&self, id: &ResourceId) -> Option<SubnetRange> {
        let network = ResourceId { path: id.path.get(..1)?.to_vec(), ..id.clone() };
        let prefix = self.neighbours.subnet_prefixes(id)?.into_iter().find_map(v4)?;
        let known = self.neighbours.networks.get(&network.key())?;
        let spaces = known.properties.address_space.address_prefixes.iter();
        let mut spaces = spaces.filter_map(|space| v4(space.parse().ok()?));
        let space = spaces.find(|space| space.contains(&prefix))?;
        Some(SubnetRange { network, space, prefix })
    }

    fn subnet_of_profile(&self, profile: &ResourceId) -> Option<ResourceId> {
        self.neighbours.subnet_of_profile(profile)
    }

    fn share(&self, account: &str, share: &str, key: &Secret) -> Result<ShareSource, ShareRefusal> {
        match self.neighbours.share_access(account, share, key) {
            ShareAccess::Granted | ShareAccess::UnknownAccount => self.shares.locate(account, share, key),
            ShareAccess::NoShare => {
                Err(ShareRefusal::Share { account: account.to_owned(), share: share.to_owned() })
            }
            ShareAccess::WrongKey => Err(ShareRefusal::Key(account.to_owned())),
        }
    }

    fn share_by_identity(
        &self,
        account: &str,
        share: &str,
        identity: &IdentityIds,
    ) -> Result<ShareSource, ShareRefusal> {
        let (account, share) = (account.to_owned(), share.to_owned());
        match self.neighbours.share_access_of(&account, &share, identity, self.enforces_roles) {
            // A mount needs a key whoever asks for it; of somebody else's account there is none.
            IdentityAccess::UnknownAccount => self.shares.locate(&account, &share, &Secret::new("")),
            IdentityAccess::Granted(key) => self.shares.locate(&account, &share, &key),
            IdentityAccess::NoShare => Err(ShareRefusal::Share { account, share }),
            IdentityAccess::Forbidden => Err(ShareRefusal::Identity { account, share }),
        }
    }

    fn secret(&self, place: &SecretUri, reader: &IdentityIds) -> Result<Secret, SecretRefusal> {
        let SecretUri { vault, secret, version } = place.clone();
        match self.neighbours.secret(place, reader, self.enforces_roles) {
            SecretAccess::Granted(value) => Ok(value),
            SecretAccess::UnknownVault => Err(SecretRefusal::Vault(vault)),
            SecretAccess::Disabled => Err(SecretRefusal::Disabled { vault, secret }),
            SecretAccess::Forbidden => Err(SecretRefusal::Forbidden(vault)),
            SecretAccess::NoSecret => {
                let secret = version.map_or_else(|| secret.clone(), |version| format!("{secret}/{version}"));
                Err(SecretRefusal::Secret { vault, secret })
            }
        }
    }

    fn identity(&self, id: &ResourceId) -> Option<IdentityIds> {
        self.neighbours.identity_ids(id)
    }

    fn may_pull(&self, identity: &ResourceId, registry: &str) -> bool {
        !self.enforces_roles || self.neighbours.may_pull(identity, registry)
    }

    fn takes_records(&self, workspace: &str, key: &Secret) -> bool {
        self.neighbours.workspace_accepts(workspace, key).unwrap_or(true)
    }
}

fn v4(prefix: IpNet) -> Option<Ipv4Net> {
    match prefix {
        IpNet::V4(prefix) => Some(prefix),
        IpNet::V6(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::data::Folder;
    use crate::neighbours::tracked::Tracked;
    use crate::store::Store;
    use crate::surroundings::shares::AzureFiles;

    fn resources(enforces_roles: bool) -> Resources {
        Resources {
            neighbours: Neighbours::open(&Store::in_memory()).unwrap(),
            shares: Shares::new(Folder::fleeting(), AzureFiles::Folder),
            enforces_roles,
        }
    }

    #[test]
    fn a_subnet_lies_in_the_part_of_the_address_space_that_holds_it() {
        let resources = resources(false);
        let properties = serde_json::from_value(json!({
            "addressSpace": { "addressPrefixes": ["10.1.0.0/16", "10.2.0.0/16"] },
            "subnets": [{ "name": "aci", "properties": { "addressPrefix": "10.2.3.0/24" } }],
        }))
        .unwrap();
        let subnet = ResourceId::subnet("s", "rg", "vnet", "aci");
        let id = ResourceId { path: subnet.path[..1].to_vec(), ..subnet.clone() };
        let (location, etag) = ("westus".to_owned(), uuid::Uuid::nil());
        resources
            .neighbours
            .networks
            .put(Tracked { id, location, tags: None, etag, properties, authorship: None })
            .unwrap();
        let range = resources.subnet(&subnet).unwrap();
        assert_eq!(
            (range.space.to_string(), range.prefix.to_string()),
            ("10.2.0.0/16".into(), "10.2.3.0/24".into())
        );
        assert_eq!(resources.subnet(&ResourceId::subnet("s", "rg", "vnet", "other")), None);
        assert_eq!(resources.subnet(&ResourceId::subnet("s", "rg", "unknown", "aci")), None);
    }

    #[test]
    fn what_is_no_resource_here_is_as_if_there_were_none() {
        let resources = self::resources(false);
        let key = Secret::new("any");
        assert!(matches!(resources.share("acct1", "data", &key), Ok(ShareSource::Folder(_))));
        assert!(resources.takes_records("00000000-0000-0000-0000-000000000009", &key));
        let identity =
            "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i";
        let identity = identity.parse().unwrap();
        assert_eq!(resources.identity(&identity), None);
        assert!(resources.may_pull(&identity, "mine.azurecr.io"));
        assert!(!self::resources(true).may_pull(&identity, "mine.azurecr.io"));
    }
}
