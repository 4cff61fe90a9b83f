//! Role definitions: the built-in ones and the users' own under one name.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::built_in::BuiltIn;
use super::permission::{self, Permission};
use crate::collection::Record;
use crate::store::Table;

/// A role that a user has defined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleDefinition {
    /// Its name among roles, a guid.
    pub guid: String,
    /// Its name for people.
    pub role_name: String,
    /// What it is for.
    pub description: String,
    /// Where it can be assigned.
    pub assignable_scopes: Vec<String>,
    /// What it allows.
    pub permissions: Vec<Permission>,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last written.
    pub updated: Timestamp,
}

impl Record for RoleDefinition {
    const TABLE: Table = Table::RoleDefinitions;

    fn key(&self) -> String {
        format!("/providers/microsoft.authorization/roledefinitions/{}", self.guid).to_ascii_lowercase()
    }
}

/// A role of either kind.
#[derive(Clone, Debug)]
pub enum Role {
    /// One of Azure's.
    BuiltIn(&'static BuiltIn),
    /// One of the users'.
    Own(Arc<RoleDefinition>),
}

impl Role {
    /// Its guid.
    pub fn guid(&self) -> &str {
        match self {
            Self::BuiltIn(role) => role.guid,
            Self::Own(role) => &role.guid,
        }
    }

    /// Its name for people.
    pub fn name(&self) -> &str {
        match self {
            Self::BuiltIn(role) => role.name,
            Self::Own(role) => &role.role_name,
        }
    }

    /// Where it can be assigned.
    pub fn assignable_scopes(&self) -> Vec<&str> {
        match self {
            Self::BuiltIn(_) => vec!["/"],
            Self::Own(role) => role.assignable_scopes.iter().map(String::as_str).collect(),
        }
    }

    /// What it allows.
    pub fn permissions(&self) -> Vec<Permission> {
        match self {
            Self::BuiltIn(role) => vec![role.permission()],
            Self::Own(role) => role.permissions.clone(),
        }
    }

    /// Whether it allows an action.
    pub fn allows(&self, action: &str) -> bool {
        match self {
            Self::BuiltIn(role) => {
                permission::allows(action, role.actions.iter().copied(), role.not_actions.iter().copied())
            }
            Self::Own(role) => role.permissions.iter().any(|it| {
                let (actions, exceptions) = (it.actions.iter(), it.not_actions.iter());
                permission::allows(action, actions.map(String::as_str), exceptions.map(String::as_str))
            }),
        }
    }

    /// Whether it allows an action with data.
    pub fn allows_data(&self, action: &str) -> bool {
        self.permissions().iter().any(|it| {
            let (actions, exceptions) = (it.data_actions.iter(), it.not_data_actions.iter());
            permission::allows(action, actions.map(String::as_str), exceptions.map(String::as_str))
        })
    }
}
