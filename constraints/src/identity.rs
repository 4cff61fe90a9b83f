//! Managed identities.

use aci_emulator::validate::Violation;
use aci_model::ResourceId;
use serde_json::{Value, json};

use crate::body::group;
use crate::error;
use crate::recipe::{Recipe, Step};
use crate::table::constraint;
use crate::{Area, Constraint};

/// One that is said to be in a resource group.
macro_rules! identity {
    ($resource_group:literal) => {
        concat!(
            "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/",
            $resource_group,
            "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/somebody"
        )
    };
}

fn user_assigned(id: &str) -> Value {
    json!({ "type": "UserAssigned", "userAssignedIdentities": { id: {} } })
}

/// The chapter.
pub(crate) const CONSTRAINTS: &[Constraint] = &[
    rule! {
        "identity-type" Identity, |name| Violation::IdentityKind { group: name },
        why: "A group has a system-assigned identity, user-assigned ones, both or none.",
        way_out: "Use one of the words of the text, as they are written there.",
        sends: |it| it.with("/identity/type", json!("Robot")),
        accepted: |it| it.with("/identity/type", json!("SystemAssigned"))
    },
    rule! {
        "identities-missing" Identity, |name| Violation::IdentitiesMissing { group: name },
        why: "The type says that there are user-assigned identities, and none is named; or the other way round.",
        way_out: "Name the identities under `userAssignedIdentities`, or use `SystemAssigned`.",
        sends: |it| it.with("/identity/type", json!("UserAssigned")),
        accepted: |it| it.with("/identity", user_assigned(identity!("elsewhere")))
    },
    rule! {
        "identity-id" Identity, |name| Violation::IdentityId { id: "somebody".to_owned(), group: name },
        why: "User-assigned identities are named by their resource ids.",
        way_out: "Use the id that `az identity show --query id` prints.",
        sends: |it| it.with("/identity", user_assigned("somebody")),
        accepted: |it| it.with("/identity", user_assigned(identity!("elsewhere")))
    },
    constraint(
        "identity-not-found",
        Area::Identity,
        error!(identity_not_found(
            &ResourceId::container_group(
                "00000000-0000-0000-0000-000000000001",
                "constraints",
                "identity-not-found"
            ),
            identity!("constraints")
        )),
        "Azure Resource Manager gives a group its identities before the group is made, and this one does not exist.",
        "Create the identity first (`az identity create`), or correct its id.",
        Recipe::refused(Step::put("$groups/identity-not-found", || {
            group("identity-not-found").with("/identity", user_assigned(identity!("constraints")))
        }))
        .command(create!(
            "identity-not-found",
            "--assign-identity $rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/somebody"
        ))
        .remedy(&[
            Step::put("$rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/somebody", || {
                crate::body::json(json!({ "location": "westeurope" }))
            })
            .version("2023-01-31"),
            Step::put("$groups/identity-not-found", || {
                group("identity-not-found").with("/identity", user_assigned(identity!("constraints")))
            }),
        ]),
    ),
    rule! {
        "identity-on-windows" Identity, |_| Violation::IdentityOnWindows {},
        why: "Windows groups have no identity. Even `None` was refused.",
        way_out: "Drop `identity`, or use Linux.",
        sends: |it| it.with("/properties/osType", json!("Windows")).with("/identity/type", json!("SystemAssigned")),
        accepted: |it| it.with("/identity/type", json!("SystemAssigned"))
    },
];
