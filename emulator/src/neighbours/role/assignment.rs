//! Role assignments: who has which role where.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Principal;
use crate::collection::Record;
use crate::store::Table;

/// A principal's role at a scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleAssignment {
    /// Its id: the scope and its name.
    pub id: String,
    /// Its name, a guid.
    pub name: String,
    /// Where it holds, and below; `/` for the whole tenant.
    pub scope: String,
    /// The role, by the id that the caller wrote.
    pub role_definition_id: String,
    /// Whose role it is, by object id.
    pub principal_id: String,
    /// `User`, `Group` or `ServicePrincipal`.
    pub principal_type: String,
    /// What it is for.
    pub description: Option<String>,
    /// A condition, kept and shown: none is evaluated here.
    pub condition: Option<String>,
    /// The language of the condition.
    pub condition_version: Option<String>,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last written.
    pub updated: Timestamp,
    /// Who wrote it, by object id.
    pub updated_by: Option<String>,
}

impl RoleAssignment {
    /// An assignment of a service principal.
    pub fn new(
        scope: &str,
        name: &str,
        role_definition_id: &str,
        principal_id: &str,
        now: Timestamp,
    ) -> Self {
        let scope = scope.trim_end_matches('/');
        Self {
            id: format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{name}"),
            name: name.to_owned(),
            scope: if scope.is_empty() { "/" } else { scope }.to_owned(),
            role_definition_id: role_definition_id.to_owned(),
            principal_id: principal_id.to_owned(),
            principal_type: "ServicePrincipal".to_owned(),
            description: None,
            condition: None,
            condition_version: None,
            created: now,
            updated: now,
            updated_by: None,
        }
    }

    /// The guid of its role.
    pub fn role_guid(&self) -> &str {
        self.role_definition_id.rsplit('/').next().unwrap_or_default()
    }

    /// Whether it is about a principal.
    pub fn is_for(&self, principal: &Principal) -> bool {
        self.principal_id.eq_ignore_ascii_case(&principal.object_id)
    }

    /// Whether it holds at a scope.
    pub fn holds_at(&self, scope: &str) -> bool {
        holds(&self.scope, scope)
    }

    /// Whether another gives the same role to the same principal at the same scope.
    pub fn is_same_as(&self, other: &Self) -> bool {
        let is_same = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
        is_same(&self.scope, &other.scope)
            && is_same(&self.principal_id, &other.principal_id)
            && is_same(self.role_guid(), other.role_guid())
    }
}

impl Record for RoleAssignment {
    const TABLE: Table = Table::RoleAssignments;

    fn key(&self) -> String {
        self.id.to_ascii_lowercase()
    }
}

/// Whether a scope holds another: itself, or what begins with it and a slash, in any case; the tenant's scope, which
/// is empty or a slash, holds everything.
pub fn holds(outer: &str, inner: &str) -> bool {
    let outer = outer.trim_end_matches('/');
    match (inner.get(..outer.len()), inner.get(outer.len()..)) {
        (Some(head), Some(rest)) => {
            head.eq_ignore_ascii_case(outer) && (rest.is_empty() || rest.starts_with('/'))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_hold_by_whole_segments_and_in_any_case() {
        const GROUP: &str = "/subscriptions/s/resourceGroups/rg";
        for outer in ["", "/", "/subscriptions/s", "/SUBSCRIPTIONS/S/resourcegroups/RG", GROUP] {
            assert!(holds(outer, GROUP), "{outer}");
        }
        for outer in ["/subscriptions/s/resourceGroups/r", "/subscriptions/s/resourceGroups/rg/x", "é"] {
            assert!(!holds(outer, GROUP), "{outer}");
        }
    }

    #[test]
    fn an_assignment_of_the_tenant_lies_at_the_root() {
        let assignment =
            RoleAssignment::new("/", "g", "/providers/x/roleDefinitions/role", "p", Timestamp::UNIX_EPOCH);
        assert_eq!(assignment.id, "/providers/Microsoft.Authorization/roleAssignments/g");
        assert_eq!((assignment.scope.as_str(), assignment.role_guid()), ("/", "role"));
    }
}
