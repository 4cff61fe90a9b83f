//! Secrets of key vaults, and who may use the identities that read them.

use aci_emulator::directory::IdentityIds;
use aci_emulator::validate::Violation;
use aci_model::ResourceId;
use serde_json::{Value, json};

use crate::body::{Body, group};
use crate::recipe::{Recipe, Step};
use crate::says::Seen;
use crate::table::constraint;
use crate::{Area, Constraint, Says};

/// The version of these recipes: the newest, which has shares that an identity opens.
const SINCE: &str = "2026-07-01";

/// An identity that is not kept here, and so believed in.
const READER: &str = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/elsewhere/providers/Microsoft.ManagedIdentity/userAssignedIdentities/reader";

/// A rule whose recipe and way out are sent in [`SINCE`].
macro_rules! secret {
    (
        $id:literal $area:ident, |$name:pat_param| $violation:expr,
        why: $why:expr, way_out: $way_out:expr,
        sends: |$sent:ident| $sends:expr, accepted: |$taken:ident| $accepted:expr $(,)?
    ) => {
        rule! {
            $id $area, |$name| $violation,
            why: $why, way_out: $way_out,
            sends: |$sent| $sends, accepted: |$taken| $accepted,
            in_version(SINCE),
            remedy(&[Step::put(concat!("$groups/", $id), || {
                let $taken = group($id);
                $accepted
            })
            .version(SINCE)])
        }
    };
}

/// A reference to a secret of a vault.
fn reference(name: &str) -> Value {
    json!({ "name": name, "identity": READER, "secretReferenceUri": "https://safe.vault.azure.net/secrets/key" })
}

/// With the reader among its identities, a reference, and a variable that has its value.
fn referring(body: Body) -> Body {
    body.with("/identity", json!({ "type": "UserAssigned", "userAssignedIdentities": { READER: {} } }))
        .with("/properties/secretReferences", json!([reference("key")]))
        .with_container("/environmentVariables", json!([{ "name": "KEY", "secureValueReference": "key" }]))
}

/// With a share that an identity opens.
fn shared(body: Body, client: &str) -> Body {
    let share = json!({ "shareName": "files", "storageAccountName": "account", "userAssignedIdentityClientId": client });
    referring(body).with("/properties/volumes", json!([{ "name": "files", "azureFile": share }]))
}

fn client_of_reader() -> String {
    let ids = READER.parse::<ResourceId>().ok().map(|id| IdentityIds::of(&id));
    ids.map(|ids| ids.client_id.to_string()).unwrap_or_default()
}

/// The chapter.
pub(crate) const CONSTRAINTS: &[Constraint] = &[
    secret! {
        "secret-reference-not-found" Secrets, |name| Violation::SecretReferenceNotFound {
            reference: "other".to_owned(),
            place: format!("environment variable 'KEY' of container '{name}'"),
            group: name,
        },
        why: "A variable, a file, a share's key or a registry's password takes its value from a reference that the group \
              does not have.",
        way_out: "Add the reference to `properties.secretReferences`, or correct its name.",
        sends: |it| referring(it)
            .with_container("/environmentVariables/0/secureValueReference", json!("other")),
        accepted: |it| referring(it),
    },
    secret! {
        "secret-given-twice" Secrets, |name| Violation::SecretGivenTwice {
            member: "secureValue",
            other: "secureValueReference",
            place: format!("environment variable 'KEY' of container '{name}'"),
            group: name,
        },
        why: "A value is given or referred to, and nothing says which of the two is meant.",
        way_out: "Leave one of them out.",
        sends: |it| referring(it).with_container("/environmentVariables/0/secureValue", json!("value")),
        accepted: |it| referring(it),
    },
    secret! {
        "duplicate-secret-reference" Secrets, |name| Violation::DuplicateSecretReference {
            reference: "key".to_owned(),
            group: name,
        },
        why: "Whatever refers to a secret finds it by its name.",
        way_out: "Name each reference differently.",
        sends: |it| referring(it).with("/properties/secretReferences", json!([reference("key"), reference("key")])),
        accepted: |it| referring(it).with("/properties/secretReferences", json!([reference("key"), reference("other")])),
    },
    secret! {
        "secret-reference-uri" Secrets, |name| Violation::SecretReferenceUri {
            uri: "safe/key".to_owned(),
            reference: "key".to_owned(),
            group: name,
        },
        why: "A reference names a secret of a vault by its place.",
        way_out: "Use what `az keyvault secret show --query id` prints.",
        sends: |it| referring(it).with("/properties/secretReferences/0/secretReferenceUri", json!("safe/key")),
        accepted: |it| referring(it),
    },
    secret! {
        "secret-reference-identity" Secrets, |name| Violation::SecretReferenceIdentity {
            reference: "key".to_owned(),
            group: name,
        },
        why: "The platform reads the secret as one of the group's identities, and this one is none of them.",
        way_out: "Add the identity to the group, and let it get secrets of the vault.",
        sends: |it| referring(it).with("/properties/secretReferences/0/identity", json!("system")),
        accepted: |it| referring(it),
    },
    constraint(
        "secret-not-read",
        Area::Secrets,
        Says::Seen {
            evidence: "DOC for the event's name; the words, and that the group fails at once, are ASSUMED",
            seen: &[
                Seen { at: "/properties/provisioningState", is: "Failed" },
                Seen { at: "/properties/instanceView/events/*/name", is: "DeploymentFailedReason" },
                Seen {
                    at: "/properties/instanceView/events/*/message",
                    is: "The secret of reference \"key\" could not be read: there is no key vault 'safe'.",
                },
            ],
        },
        "The vault or the secret does not exist, the secret is disabled, or the identity may not get it. Here vaults are \
         those that were made as Microsoft.KeyVault.",
        "Create vault and secret, and let the identity get it: by an access policy with `get`, or by the role Key Vault \
         Secrets User where the vault asks roles.",
        Recipe::comes_to_show(
            Step::put("$groups/secret-not-read", || referring(group("secret-not-read"))),
            "$groups/secret-not-read",
        )
        .in_version(SINCE),
    ),
    secret! {
        "share-identity" Volumes, |name| Violation::ShareIdentity {
            client: "somebody".to_owned(),
            volume: "files".to_owned(),
            group: name,
        },
        why: "The share is opened by one of the group's identities, and this client id is none of theirs.",
        way_out: "Add the identity to the group, or use the client id that `az identity show --query clientId` prints.",
        sends: |it| shared(it, "somebody"),
        accepted: |it| shared(it, &client_of_reader()),
    },
    secret! {
        "identity-access" Identity, |name| Violation::IdentityAccess { access: "Nobody".to_owned(), group: name },
        why: "An identity is for the platform, for the containers, or for both.",
        way_out: "Use one of the words of the text; to give an identity to nobody, leave it out.",
        sends: |it| referring(it).with("/properties/identityAcls/defaultAccess", json!("Nobody")),
        accepted: |it| referring(it).with("/properties/identityAcls/defaultAccess", json!("System")),
    },
    secret! {
        "identity-acl-unknown" Identity, |name| Violation::IdentityAclUnknown {
            identity: "system".to_owned(),
            group: name,
        },
        why: "Access is given to an identity that the group does not have.",
        way_out: "Add the identity to the group, or take its line out of `acls`.",
        sends: |it| referring(it)
            .with("/properties/identityAcls", json!({ "acls": [{ "identity": "system", "access": "User" }] })),
        accepted: |it| referring(it)
            .with("/properties/identityAcls", json!({ "acls": [{ "identity": READER, "access": "System" }] })),
    },
];
