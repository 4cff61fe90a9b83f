//! Rules about managed identities.

use aci_model::ResourceId;
use aci_model::group::identity::IdentityType;

use super::{Request, Violation};

pub(super) fn check(request: &Request<'_>) -> Result<(), Violation> {
    let Some(identity) = &request.whole.identity else { return Ok(()) };
    let kind = identity.kind.as_ref().unwrap_or(&IdentityType::None);
    if matches!(kind, IdentityType::Other(_)) {
        return Err(Violation::IdentityKind { group: request.group() });
    }
    let named = identity.user_assigned_identities.iter().flat_map(|it| it.keys());
    let has_user = matches!(kind, IdentityType::UserAssigned | IdentityType::Both);
    if has_user != (named.clone().next().is_some()) {
        return Err(Violation::IdentitiesMissing { group: request.group() });
    }
    match named.into_iter().find(|id| !is_identity(id)) {
        Some(id) => Err(Violation::IdentityId { id: id.clone(), group: request.group() }),
        None => Ok(()),
    }
}

fn is_identity(id: &str) -> bool {
    id.parse::<ResourceId>().is_ok_and(|id| {
        id.namespace.eq_ignore_ascii_case("Microsoft.ManagedIdentity")
            && matches!(id.path.as_slice(), [(kind, _)] if kind.eq_ignore_ascii_case("userAssignedIdentities"))
    })
}

/// Whether a group has an identity that a registry credential names; `system` is the group's own.
pub(super) fn has(request: &Request<'_>, wanted: &str) -> bool {
    let Some(identity) = &request.whole.identity else { return false };
    if wanted.eq_ignore_ascii_case("system") {
        return matches!(identity.kind, Some(IdentityType::SystemAssigned | IdentityType::Both));
    }
    let mut named = identity.user_assigned_identities.iter().flat_map(|it| it.keys());
    named.any(|id| id.eq_ignore_ascii_case(wanted))
}
