//! Sandbox groups: Microsoft.ContainerInstance/sandboxGroups.
//!
//! What the service tells of them is their resource and a token for an endpoint (published type definitions and the
//! specification's `SandboxGroup.tsp`); of what that endpoint offers no source is known.

use aci_model::{ResourceId, Secret};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::tracked::{Kind, Tracked};
use crate::store::Table;

/// A sandbox group.
pub type SandboxGroup = Tracked<SandboxProperties>;

/// What a sandbox group has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SandboxProperties {
    /// Told apart from an earlier one of the same name by this.
    pub incarnation: Uuid,
    /// Its subnets, as the caller wrote them; `None` where the request had no network profile.
    pub subnets: Option<Vec<String>>,
    /// Its identities.
    pub identity: Option<SandboxIdentity>,
}

/// The identities of a sandbox group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SandboxIdentity {
    /// Whether it has one of its own.
    pub has_own: bool,
    /// Those of the user's, by resource id as the caller wrote it.
    pub user: Vec<String>,
}

impl Kind for SandboxProperties {
    const TYPE: &'static str = "Microsoft.ContainerInstance/sandboxGroups";
    const TABLE: Table = Table::SandboxGroups;
    const TELLS_AUTHORS: bool = true;
}

/// The identity of a request: ARM's common type of it, which has other words than container groups have.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct IdentityBody {
    /// `None`, `SystemAssigned`, `UserAssigned` or both, with or without a space between.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// The user's identities by resource id.
    pub user_assigned_identities: Option<IndexMap<String, Value>>,
}

/// Why an identity is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityFault {
    /// A type that there is not.
    Kind,
    /// A type that wants identities and has none, or the other way round.
    Missing,
}

impl IdentityBody {
    /// What is asked for; `None` where no identity is.
    ///
    /// # Errors
    /// [`IdentityFault`].
    pub fn read(&self) -> Result<Option<SandboxIdentity>, IdentityFault> {
        let words: Vec<_> = self.kind.as_deref().unwrap_or_default().split(',').map(str::trim).collect();
        let has = |word: &str| words.iter().any(|it| it.eq_ignore_ascii_case(word));
        let (has_own, has_user) = (has("SystemAssigned"), has("UserAssigned"));
        if words.len() != usize::from(has_own) + usize::from(has_user) && !(words.len() == 1 && has("None")) {
            return Err(IdentityFault::Kind);
        }
        let user: Vec<_> = self.user_assigned_identities.iter().flatten().map(|(id, _)| id.clone()).collect();
        if has_user == user.is_empty() {
            return Err(IdentityFault::Missing);
        }
        Ok((has_own || has_user).then_some(SandboxIdentity { has_own, user }))
    }
}

/// What a token for the endpoint says, signed; it has members that an access token lacks, so neither passes for the
/// other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SandboxTicket {
    /// The sandbox group.
    pub sandbox_group: ResourceId,
    /// Which of that name.
    pub incarnation: Uuid,
    /// Seconds of the Unix epoch after which it is good for nothing.
    pub expires: i64,
}

/// A token for the endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SandboxToken {
    /// Where it is good.
    pub endpoint: String,
    /// The token.
    pub access_token: Secret,
    /// Until when, by ISO 8601 in UTC.
    pub not_after: String,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_identity_is_of_a_type_and_has_what_the_type_wants() {
        let read = |body: Value| serde_json::from_value::<IdentityBody>(body).unwrap().read();
        let users = json!({ "/i": {} });
        assert_eq!(read(json!({ "type": "None" })), Ok(None));
        let own = Some(SandboxIdentity { has_own: true, user: Vec::new() });
        assert_eq!(read(json!({ "type": "systemassigned" })), Ok(own));
        let both = Some(SandboxIdentity { has_own: true, user: vec!["/i".to_owned()] });
        for kind in ["SystemAssigned,UserAssigned", "SystemAssigned, UserAssigned"] {
            assert_eq!(read(json!({ "type": kind, "userAssignedIdentities": users })), Ok(both.clone()));
        }
        for kind in ["", "Mine", "SystemAssigned,Mine", "None,SystemAssigned"] {
            assert_eq!(read(json!({ "type": kind })), Err(IdentityFault::Kind), "{kind}");
        }
        assert_eq!(read(json!({ "type": "UserAssigned" })), Err(IdentityFault::Missing));
        let none = json!({ "type": "None", "userAssignedIdentities": users });
        assert_eq!(read(none), Err(IdentityFault::Missing));
    }
}
