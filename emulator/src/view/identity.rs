//! The identities of a group as they are shown: complete already in the answer of the PUT (recorded).

use aci_model::ResourceId;
use aci_model::group::identity::{Identity, IdentityType, UserAssignedIdentity};

use crate::directory::{IdentityIds, TENANT_ID};

/// What a group's request asked for, with the ids that Azure fills in. The system-assigned one is the group's own; the
/// others are shown by the ids that the caller wrote.
pub fn shown(group: &ResourceId, asked: Option<&Identity>) -> Option<Identity> {
    let kind = asked?.kind.clone();
    let has_own = matches!(kind, Some(IdentityType::SystemAssigned | IdentityType::Both));
    let has_users = matches!(kind, Some(IdentityType::UserAssigned | IdentityType::Both));
    let users = asked?.user_assigned_identities.as_ref().filter(|_| has_users);
    Some(Identity {
        user_assigned_identities: users
            .map(|users| users.keys().map(|id| (id.clone(), Some(user_assigned(id)))).collect()),
        principal_id: has_own.then(|| IdentityIds::of(group).principal_id.to_string()),
        tenant_id: (has_own || has_users).then(|| TENANT_ID.to_owned()),
        kind,
    })
}

fn user_assigned(id: &str) -> UserAssignedIdentity {
    let ids = id.parse().ok().map(|id| IdentityIds::of(&id));
    UserAssignedIdentity {
        principal_id: ids.map(|ids| ids.principal_id.to_string()),
        client_id: ids.map(|ids| ids.client_id.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn shown_of(asked: Value) -> Value {
        let group = ResourceId::container_group("s", "rg", "web");
        let asked: Identity = serde_json::from_value(asked).unwrap();
        serde_json::to_value(shown(&group, Some(&asked))).unwrap()
    }

    fn members(body: &Value) -> Vec<&str> {
        body.as_object().unwrap().keys().map(String::as_str).collect()
    }

    #[test]
    fn each_kind_of_identity_has_the_recorded_members() {
        assert_eq!(
            members(&shown_of(json!({ "type": "SystemAssigned" }))),
            ["principalId", "tenantId", "type"]
        );
        let id =
            "/subscriptions/s/resourcegroups/RG/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i";
        let users = json!({ id: {} });
        let both =
            shown_of(json!({ "type": "SystemAssigned, UserAssigned", "userAssignedIdentities": users }));
        assert_eq!(members(&both), ["userAssignedIdentities", "principalId", "tenantId", "type"]);
        assert_eq!(members(&both["userAssignedIdentities"][id]), ["principalId", "clientId"]);
        let none = shown_of(json!({ "type": "None", "userAssignedIdentities": users }));
        assert_eq!(members(&none), ["type"]);
        assert_eq!(shown(&ResourceId::container_group("s", "rg", "web"), None), None);
    }
}
