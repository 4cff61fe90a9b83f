//! The emulated directory: one tenant, the default subscription, and the ids of those who call.
//!
//! Nobody registers here: any client id is a service principal, and every id that Azure would make up follows from
//! what is known, so that it is the same after a restart and wherever it is asked for.

use aci_model::ResourceId;
use uuid::Uuid;

pub mod principal;

/// The tenant of every subscription; any tenant's name is accepted in a token request.
pub const TENANT_ID: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";

/// The domain of the tenant, as in the names of its users.
pub const TENANT_DOMAIN: &str = "aci-local.onmicrosoft.com";

/// The name of the tenant for people.
pub const TENANT_NAME: &str = "aci-local";

/// The subscription that is listed while none has resource groups.
pub const DEFAULT_SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000000";

/// Whether a text has the shape of a subscription's id; any such subscription exists.
pub fn is_subscription(text: &str) -> bool {
    text.len() == 36 && text.parse::<Uuid>().is_ok()
}

/// The object id of the service principal of a client.
pub fn object_id(client_id: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, client_id.to_ascii_lowercase().as_bytes())
}

/// The ids of a managed identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdentityIds {
    /// The application id, by which tokens are asked for.
    pub client_id: Uuid,
    /// The object id, to which roles are assigned.
    pub principal_id: Uuid,
}

impl IdentityIds {
    /// Those of a user-assigned identity, or of the system-assigned one of any other resource.
    pub fn of(resource: &ResourceId) -> Self {
        let client_id = Uuid::new_v5(&Uuid::NAMESPACE_URL, resource.key().as_bytes());
        Self { client_id, principal_id: object_id(&client_id.to_string()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identitys_token_has_the_object_id_that_roles_are_assigned_to() {
        let id: ResourceId =
            "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i"
                .parse()
                .unwrap();
        let ids = IdentityIds::of(&id);
        assert_eq!(ids.principal_id, object_id(&ids.client_id.to_string().to_uppercase()));
        let other = id.to_string().to_uppercase().parse().unwrap();
        assert_eq!(ids, IdentityIds::of(&other), "ids are the same in any case");
    }

    #[test]
    fn a_subscription_has_the_shape_of_an_id() {
        assert!(is_subscription(DEFAULT_SUBSCRIPTION));
        assert!(!is_subscription("mine") && !is_subscription("00000000000000000000000000000000"));
    }
}
