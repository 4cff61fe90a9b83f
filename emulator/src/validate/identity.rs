//! Rules about managed identities.

use aci_model::ResourceId;
use aci_model::group::identity::{IdentityAccessLevel, IdentityType};

use super::{Request, Violation};
use crate::directory::IdentityIds;

pub(super) fn check(request: &Request<'_>) -> Result<(), Violation> {
    check_access(request)?;
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

/// The access levels of identities, each of which the group must have.
fn check_access(request: &Request<'_>) -> Result<(), Violation> {
    let Some(acls) = &request.properties.identity_acls else { return Ok(()) };
    let own = acls.acls.iter().flatten();
    let mut levels = own.clone().filter_map(|it| it.access.as_ref()).chain(&acls.default_access);
    if let Some(IdentityAccessLevel::Other(word)) =
        levels.find(|level| matches!(level, IdentityAccessLevel::Other(_)))
    {
        return Err(Violation::IdentityAccess { access: word.clone(), group: request.group() });
    }
    let mut named = own.map(|it| it.identity.as_deref().unwrap_or_default());
    match named.find(|id| !has(request, id)) {
        Some(id) => Err(Violation::IdentityAclUnknown { identity: id.to_owned(), group: request.group() }),
        None => Ok(()),
    }
}

/// Whether a group has a user-assigned identity with a client id.
pub(super) fn has_client(request: &Request<'_>, client: &str) -> bool {
    let identities = request.whole.identity.iter().filter_map(|it| it.user_assigned_identities.as_ref());
    let mut ids = identities.flat_map(|it| it.keys()).filter_map(|id| id.parse::<ResourceId>().ok());
    ids.any(|id| IdentityIds::of(&id).client_id.to_string().eq_ignore_ascii_case(client))
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
