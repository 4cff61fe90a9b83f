//! Roles: Microsoft.Authorization. What each may do, who has which where, and whether that suffices.

pub mod assignment;
pub mod built_in;
pub mod definition;
pub mod permission;

use aci_model::ResourceId;

use super::Neighbours;
use assignment::RoleAssignment;
use definition::Role;

/// Somebody who calls, as far as roles are concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The object id that assignments name.
    pub object_id: String,
    /// The application id, or the object id again for people.
    pub client_id: String,
}

impl Neighbours {
    /// A role by its guid, built in or the users' own.
    pub fn role(&self, guid: &str) -> Option<Role> {
        let own = || {
            let mut own = self.role_definitions.all().into_iter();
            own.find(|role| role.guid.eq_ignore_ascii_case(guid)).map(Role::Own)
        };
        built_in::find(guid).map(Role::BuiltIn).or_else(own)
    }

    /// Every role, built in or the users' own.
    pub fn roles(&self) -> Vec<Role> {
        let own = self.role_definitions.all();
        built_in::ROLES.iter().map(Role::BuiltIn).chain(own.into_iter().map(Role::Own)).collect()
    }

    /// Whether an assignment lets a principal do something at a scope. An assignment holds at its scope and below;
    /// roles add up.
    pub fn is_allowed(&self, principal: &Principal, action: &str, scope: &str) -> bool {
        let assignments = self.role_assignments.all();
        let mut held = assignments.iter().filter(|it| it.is_for(principal) && it.holds_at(scope));
        held.any(|it| self.role(it.role_guid()).is_some_and(|role| role.allows(action)))
    }

    /// As [`Neighbours::is_allowed`], for what is done with data.
    pub fn is_allowed_data(&self, principal: &Principal, action: &str, scope: &str) -> bool {
        let assignments = self.role_assignments.all();
        let mut held = assignments.iter().filter(|it| it.is_for(principal) && it.holds_at(scope));
        held.any(|it| self.role(it.role_guid()).is_some_and(|role| role.allows_data(action)))
    }

    /// The assignment of a role to a principal at a scope, other than the one with a key.
    pub fn same_assignment(&self, wanted: &RoleAssignment) -> Option<String> {
        let assignments = self.role_assignments.all();
        assignments.iter().find(|it| it.is_same_as(wanted) && it.id != wanted.id).map(|it| it.name.clone())
    }

    /// What else a request for a resource touches: the actions on other resources that its caller needs.
    pub fn linked_actions(body: &serde_json::Value) -> Vec<(&'static str, ResourceId)> {
        let texts = |pointer: &str| body.pointer(pointer).and_then(|it| it.as_str()?.parse().ok());
        let subnets =
            body.pointer("/properties/subnetIds").and_then(|it| it.as_array()).into_iter().flatten();
        let subnets = subnets.filter_map(|it| it.get("id")?.as_str()?.parse().ok());
        let sandboxes = body.pointer("/properties/networkProfile/subnets").and_then(|it| it.as_array());
        let subnets = subnets
            .chain(sandboxes.into_iter().flatten().filter_map(|it| it.get("id")?.as_str()?.parse().ok()));
        let identities = body.pointer("/identity/userAssignedIdentities").and_then(|it| it.as_object());
        let identities = identities.into_iter().flatten().filter_map(|(id, _)| id.parse().ok());
        let mut linked = Vec::new();
        linked.extend(subnets.map(|id| (JOIN_SUBNET, id)));
        linked.extend(texts("/properties/networkProfile/id").map(|id| (JOIN_PROFILE, id)));
        linked.extend(texts("/properties/networkSecurityGroup/id").map(|id| (JOIN_SECURITY_GROUP, id)));
        linked.extend(identities.map(|id| (ASSIGN_IDENTITY, id)));
        linked
    }
}

const JOIN_SUBNET: &str = "Microsoft.Network/virtualNetworks/subnets/join/action";
const JOIN_PROFILE: &str = "Microsoft.Network/networkProfiles/join/action";
const JOIN_SECURITY_GROUP: &str = "Microsoft.Network/networkSecurityGroups/join/action";
const ASSIGN_IDENTITY: &str = "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action";

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::store::Store;

    const GROUP: &str = "/subscriptions/s/resourceGroups/rg";

    fn assignment(role: &str, object_id: &str, scope: &str) -> RoleAssignment {
        RoleAssignment::new(
            scope,
            "11111111-0000-0000-0000-000000000000",
            role,
            object_id,
            Timestamp::UNIX_EPOCH,
        )
    }

    fn principal(object_id: &str) -> Principal {
        Principal { object_id: object_id.to_owned(), client_id: "app".to_owned() }
    }

    #[test]
    fn an_assignment_holds_at_its_scope_and_below_for_its_principal() {
        let neighbours = Neighbours::open(&Store::in_memory()).unwrap();
        neighbours.role_assignments.put(assignment(built_in::CONTRIBUTOR, "me", GROUP)).unwrap();
        let write = "Microsoft.ContainerInstance/containerGroups/write";
        let below = format!("{GROUP}/providers/Microsoft.ContainerInstance/containerGroups/web");
        assert!(neighbours.is_allowed(&principal("ME"), write, &below.to_uppercase()));
        assert!(!neighbours.is_allowed(&principal("you"), write, &below));
        assert!(!neighbours.is_allowed(&principal("me"), write, "/subscriptions/s/resourceGroups/other"));
        assert!(!neighbours.is_allowed(
            &principal("me"),
            "Microsoft.Authorization/roleAssignments/write",
            &below
        ));
    }

    #[test]
    fn a_group_touches_its_subnets_and_identities() {
        let subnet = format!("{GROUP}/providers/Microsoft.Network/virtualNetworks/v/subnets/n");
        let identity = format!("{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i");
        let body = json!({
            "identity": { "type": "UserAssigned", "userAssignedIdentities": { identity.clone(): {} } },
            "properties": { "subnetIds": [{ "id": subnet }] },
        });
        let linked = Neighbours::linked_actions(&body);
        let texts: Vec<_> = linked.iter().map(|(action, id)| (*action, id.to_string())).collect();
        assert_eq!(texts, [(JOIN_SUBNET, subnet), (ASSIGN_IDENTITY, identity)]);
        assert_eq!(Neighbours::linked_actions(&json!([])), []);
    }
}
