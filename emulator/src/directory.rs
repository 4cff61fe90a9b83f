//! The one tenant and the default subscription of the emulated directory.

/// The tenant of every subscription; any tenant's name is accepted in a token request.
pub const TENANT_ID: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";

/// The subscription that is listed while none has resource groups.
pub const DEFAULT_SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000000";

/// Whether a text has the shape of a subscription's id; any such subscription exists.
pub fn is_subscription(text: &str) -> bool {
    text.len() == 36 && text.parse::<uuid::Uuid>().is_ok()
}
