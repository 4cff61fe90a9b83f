//! Managed identities as container groups have them: who a container can be, and who answers when it asks for a token.

use std::sync::Arc;

use aci_model::Secret;
use aci_model::group::identity::{Identity, IdentityAccessControl, IdentityAccessLevel, IdentityAcls};
use async_trait::async_trait;
use bytes::Bytes;
use uuid::Uuid;

use crate::directory::IdentityIds;
use crate::group::Group;
use crate::surroundings::Surroundings;

/// The identities of one group.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupIdentities {
    /// The group's resource id.
    pub group: String,
    /// Its own.
    pub system: Option<IdentityIds>,
    /// Those of users that it was given, by resource id.
    pub user: Vec<(String, IdentityIds)>,
    /// What a request to the endpoint of `IDENTITY_ENDPOINT` must carry, so that a program that can be made to send
    /// requests cannot be made to send this one.
    pub header: Secret,
}

/// Who uses an identity of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum User {
    /// The platform: it pulls images, opens shares and reads secrets.
    Platform,
    /// The containers: they ask for tokens.
    Containers,
}

/// Who issues tokens to groups.
#[async_trait]
pub trait Identities: Send + Sync + 'static {
    /// Answers a request of HTTP/1 to the instance metadata service by a container of a group with these identities.
    async fn answer(&self, who: &GroupIdentities, request: Bytes) -> Bytes;

    /// A token of an identity for a resource; `None` when none can be made.
    fn token(&self, who: &IdentityIds, resource: &str) -> Option<Secret>;
}

/// Identities that are handed around.
pub type SharedIdentities = Arc<dyn Identities>;

/// Nobody: a platform without tokens.
pub struct Nobody;

#[async_trait]
impl Identities for Nobody {
    async fn answer(&self, _who: &GroupIdentities, _request: Bytes) -> Bytes {
        Bytes::new()
    }

    fn token(&self, _who: &IdentityIds, _resource: &str) -> Option<Secret> {
        None
    }
}

impl GroupIdentities {
    /// The identities of a group that somebody may use; `None` when it has none at all.
    pub fn of(group: &Group, surroundings: &dyn Surroundings, user: User) -> Option<Self> {
        let identity = group.spec.identity.as_ref()?;
        let acls = group.spec.properties.as_ref().and_then(|properties| properties.identity_acls.as_ref());
        let is_open = |names: &[&str]| acls.is_none_or(|acls| opens(acls, names, user));
        let id = group.id.to_string();
        let has_own = identity.principal_id.is_some() && is_open(&[SYSTEM, &id]);
        let system = has_own.then(|| IdentityIds::of(&group.id));
        let header = format!("header:{}", group.incarnation);
        let header = Secret::new(Uuid::new_v5(&Uuid::NAMESPACE_OID, header.as_bytes()).to_string());
        let mut user = user_assigned(identity, surroundings);
        user.retain(|(id, _)| is_open(&[id]));
        Some(Self { group: id, system, user, header })
    }

    /// An identity by the name that registries and secrets are given: a resource id, or `system` for the group's own.
    pub fn by_name(&self, name: &str) -> Option<&IdentityIds> {
        let is_own = name.eq_ignore_ascii_case(SYSTEM) || name.eq_ignore_ascii_case(&self.group);
        if is_own { self.system.as_ref() } else { self.by_resource(name) }
    }

    /// A user-assigned identity by its client id.
    pub fn by_client(&self, client: &str) -> Option<&IdentityIds> {
        let mut all = self.user.iter().map(|(_, ids)| ids);
        all.find(|ids| ids.client_id.to_string().eq_ignore_ascii_case(client))
    }

    /// The resource whose identity has these ids.
    pub fn resource_of(&self, ids: &IdentityIds) -> Option<&str> {
        let user = self.user.iter().find(|(_, other)| other == ids).map(|(id, _)| id.as_str());
        user.or_else(|| (self.system.as_ref() == Some(ids)).then_some(self.group.as_str()))
    }

    /// A user-assigned identity by its resource id.
    pub fn by_resource(&self, id: &str) -> Option<&IdentityIds> {
        self.user.iter().find(|(other, _)| other.eq_ignore_ascii_case(id)).map(|(_, ids)| ids)
    }
}

/// The name of a group's own identity (DOC: "Deploy to Azure Container Instances from Azure Container Registry using a
/// managed identity").
const SYSTEM: &str = "system";

/// Whether access control lets somebody use an identity. The specification has the words alone; that `System` is the
/// platform, `User` the containers, and that an identity without a level is open to both, is ASSUMED.
fn opens(acls: &IdentityAcls, names: &[&str], user: User) -> bool {
    let is_it = |acl: &&IdentityAccessControl| {
        acl.identity.as_ref().is_some_and(|id| names.iter().any(|name| name.eq_ignore_ascii_case(id)))
    };
    let own = acls.acls.iter().flatten().find(is_it);
    let level = match own {
        Some(acl) => acl.access.as_ref(),
        None => acls.default_access.as_ref(),
    };
    match level {
        Some(IdentityAccessLevel::System) => user == User::Platform,
        Some(IdentityAccessLevel::User) => user == User::Containers,
        Some(IdentityAccessLevel::All | IdentityAccessLevel::Other(_)) | None => true,
    }
}

fn user_assigned(identity: &Identity, surroundings: &dyn Surroundings) -> Vec<(String, IdentityIds)> {
    let given = identity.user_assigned_identities.iter().flatten();
    let known = given.filter_map(|(id, given)| {
        let of_resource = id.parse().ok().and_then(|id| surroundings.identity(&id));
        let given = given.clone().unwrap_or_default();
        let parse = |text: Option<String>| text.and_then(|id| id.parse().ok());
        let of_group = parse(given.client_id).zip(parse(given.principal_id));
        let of_group = of_group.map(|(client_id, principal_id)| IdentityIds { client_id, principal_id });
        Some((id.clone(), of_resource.or(of_group)?))
    });
    known.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_identity_is_used_by_whom_its_level_names_or_else_the_default() {
        let acls = json!({ "defaultAccess": "System", "acls": [
            { "identity": "/i/user", "access": "User" },
            { "identity": "/i/all", "access": "All" },
            { "identity": "system", "access": "User" },
        ] });
        let acls: IdentityAcls = serde_json::from_value(acls).unwrap();
        let open = |names: &[&str]| [User::Platform, User::Containers].map(|user| opens(&acls, names, user));
        assert_eq!(open(&["/I/User"]), [false, true]);
        assert_eq!(open(&["/i/all"]), [true, true]);
        assert_eq!(open(&["/i/other"]), [true, false]);
        assert_eq!(open(&[SYSTEM, "/g"]), [false, true]);
        assert!(opens(&IdentityAcls::default(), &["/i"], User::Containers));
    }
}
