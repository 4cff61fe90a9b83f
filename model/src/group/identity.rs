//! Managed identities of a group.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::open_enum;

open_enum! {
    /// Which identities a group has.
    pub enum IdentityType {
        /// One that lives and dies with the group.
        SystemAssigned = "SystemAssigned",
        /// Some of the user's.
        UserAssigned = "UserAssigned",
        /// Both.
        Both = "SystemAssigned, UserAssigned",
        /// None.
        None = "None",
    }
}

/// The identities of a group; in Azure's order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Identity {
    /// The user-assigned ones, by resource id as the caller wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_assigned_identities: Option<IndexMap<String, Option<UserAssignedIdentity>>>,
    /// The system-assigned one's object id; read-only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal_id: Option<String>,
    /// The tenant; read-only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    /// Which there are.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<IdentityType>,
}

/// What Azure fills in for a user-assigned identity.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct UserAssignedIdentity {
    /// The object id; read-only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal_id: Option<String>,
    /// The application id; read-only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
}

open_enum! {
    /// Who may use an identity.
    pub enum IdentityAccessLevel {
        /// The platform and the containers.
        All = "All",
        /// The platform alone: to pull images, and to read secrets.
        System = "System",
        /// The containers alone.
        User = "User",
    }
}

/// Who may use the identities of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct IdentityAcls {
    /// Who may use those that `acls` does not name; everybody when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_access: Option<IdentityAccessLevel>,
    /// Who may use single ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acls: Option<Vec<IdentityAccessControl>>,
}

/// Who may use one identity.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct IdentityAccessControl {
    /// Who.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access: Option<IdentityAccessLevel>,
    /// The identity's resource id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
}
