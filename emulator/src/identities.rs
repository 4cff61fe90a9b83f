//! Managed identities as container groups have them: who a container can be, and who answers when it asks for a token.

use std::sync::Arc;

use aci_model::Secret;
use aci_model::group::identity::Identity;
use async_trait::async_trait;
use bytes::Bytes;
use uuid::Uuid;

use crate::directory::IdentityIds;
use crate::group::Group;
use crate::surroundings::Surroundings;

/// The identities of one group.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupIdentities {
    /// Its own.
    pub system: Option<IdentityIds>,
    /// Those of users that it was given, by resource id.
    pub user: Vec<(String, IdentityIds)>,
    /// What a request to the endpoint of `IDENTITY_ENDPOINT` must carry, so that a program that can be made to send
    /// requests cannot be made to send this one.
    pub header: Secret,
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
    /// The identities of a group; `None` when it has none.
    pub fn of(group: &Group, surroundings: &dyn Surroundings) -> Option<Self> {
        let identity = group.spec.identity.as_ref()?;
        let system = identity.principal_id.is_some().then(|| IdentityIds::of(&group.id));
        let header = format!("header:{}", group.incarnation);
        let header = Secret::new(Uuid::new_v5(&Uuid::NAMESPACE_OID, header.as_bytes()).to_string());
        Some(Self { system, user: user_assigned(identity, surroundings), header })
    }

    /// A user-assigned identity by its resource id.
    pub fn by_resource(&self, id: &str) -> Option<&IdentityIds> {
        self.user.iter().find(|(other, _)| other.eq_ignore_ascii_case(id)).map(|(_, ids)| ids)
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
