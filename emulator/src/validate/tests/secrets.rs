//! References to secrets, and the identities that read them.

use serde_json::{Value, json};

use super::{good, run};
use crate::directory::IdentityIds;
use aci_model::{ApiVersion, ResourceId};

const READER: &str =
    "/subscriptions/s/resourceGroups/r/providers/Microsoft.ManagedIdentity/userAssignedIdentities/reader";

/// A request that takes a value of every kind from a vault, changed in one place.
fn referring(pointer: &str, value: Value) -> Value {
    let mut body = good();
    body["identity"] = json!({ "type": "UserAssigned", "userAssignedIdentities": { READER: {} } });
    let uri = "https://safe.vault.azure.net/secrets/key";
    let properties = &mut body["properties"];
    properties["secretReferences"] =
        json!([{ "name": "key", "identity": READER, "secretReferenceUri": uri }]);
    properties["identityAcls"] =
        json!({ "defaultAccess": "System", "acls": [{ "identity": READER, "access": "All" }] });
    properties["containers"][0]["properties"]["environmentVariables"] =
        json!([{ "name": "KEY", "secureValueReference": "key" }]);
    properties["volumes"] = json!([
        { "name": "files", "secret": { "a": "YQ==" }, "secretReference": { "b": "key" } },
        { "name": "share", "azureFile":
            { "storageAccountName": "acct1", "shareName": "data", "storageAccountKeyReference": "key" } },
    ]);
    properties["imageRegistryCredentials"] =
        json!([{ "server": "reg.io", "username": "u", "passwordReference": "key" }]);
    if let Some((parent, name)) = pointer.rsplit_once('/') {
        body.pointer_mut(parent).unwrap()[name] = value;
    }
    body
}

fn refused(pointer: &str, value: Value, code: &str, text: &str) {
    let violation = run("web", referring(pointer, value), ApiVersion::V2026_07_01).unwrap_err();
    assert_eq!(violation.code(), code, "{violation}");
    assert!(violation.to_string().contains(text), "{violation}");
}

#[test]
fn a_group_that_takes_values_from_a_vault_is_accepted_as_it_is() {
    let accepted = run("web", referring("", Value::Null), ApiVersion::V2026_07_01).unwrap().0;
    let kept = serde_json::to_value(accepted.properties).unwrap();
    let given = &referring("", Value::Null)["properties"];
    for member in ["secretReferences", "identityAcls", "volumes", "imageRegistryCredentials"] {
        assert_eq!(kept[member], given[member]);
    }
}

#[test]
fn rules_of_secret_references() {
    let reference = "/properties/secretReferences/0";
    let at = |member: &str| format!("{reference}/{member}");
    for member in ["name", "identity", "secretReferenceUri"] {
        refused(&at(member), Value::Null, "InvalidRequestContent", &format!("'{member}'"));
    }
    refused(&at("identity"), json!("/x"), "InvalidSecretReferenceIdentity", "'key'");
    refused(&at("secretReferenceUri"), json!("https://a/b"), "InvalidSecretReferenceUri", "'https://a/b'");
    let twice = referring("", Value::Null)["properties"]["secretReferences"][0].clone();
    refused(
        "/properties/secretReferences",
        json!([twice.clone(), twice]),
        "DuplicateSecretReferenceName",
        "'key' is used more",
    );
}

#[test]
fn whatever_refers_to_a_secret_names_a_reference_and_gives_no_value_besides() {
    let variable = "/properties/containers/0/properties/environmentVariables/0";
    let share = "/properties/volumes/1/azureFile";
    let credential = "/properties/imageRegistryCredentials/0";
    let unknown = |pointer: String, place: &str| {
        refused(&pointer, json!("none"), "SecretReferenceNotFound", &format!("'none' in {place}"));
    };
    unknown(format!("{variable}/secureValueReference"), "environment variable 'KEY' of container 'web'");
    unknown("/properties/volumes/0/secretReference/b".to_owned(), "file 'b' of volume 'files'");
    unknown(format!("{share}/storageAccountKeyReference"), "volume 'share'");
    unknown(format!("{credential}/passwordReference"), "image registry credential 'reg.io'");
    let twice = |pointer: String, text: &str| refused(&pointer, json!("eA=="), "AmbiguousSecretValue", text);
    twice(format!("{variable}/secureValue"), "'secureValue' and 'secureValueReference'");
    twice(format!("{variable}/value"), "'value' and 'secureValueReference'");
    twice("/properties/volumes/0/secret/b".to_owned(), "'secret' and 'secretReference'");
    twice(format!("{share}/storageAccountKey"), "'storageAccountKey' and 'storageAccountKeyReference'");
    twice(format!("{credential}/password"), "'password' and 'passwordReference'");
    refused(
        "/properties/initContainers",
        json!([{ "name": "init", "properties": { "image": "i", "environmentVariables": [
            { "name": "A", "secureValueReference": "none" },
        ] } }]),
        "SecretReferenceNotFound",
        "container 'init'",
    );
    refused("/properties/volumes/0/secretReference", json!({ "a/b": "key" }), "InvalidSecretVolume", "'a/b'");
}

#[test]
fn a_share_is_opened_by_an_identity_that_the_group_has() {
    let client = IdentityIds::of(&READER.parse::<ResourceId>().unwrap()).client_id.to_string();
    let share = |client: &str| json!({ "storageAccountName": "acct1", "shareName": "data", "userAssignedIdentityClientId": client });
    let at = "/properties/volumes/1/azureFile";
    assert!(run("web", referring(at, share(&client)), ApiVersion::V2026_06_01Preview).is_ok());
    refused(at, share("none"), "InvalidAzureFileIdentity", "'none' of volume 'share'");
    let mut both = share(&client);
    both["storageAccountKey"] = json!("k");
    refused(at, both, "AmbiguousSecretValue", "'storageAccountKey' and 'userAssignedIdentityClientId'");
}

#[test]
fn rules_of_the_access_to_identities() {
    let acls = "/properties/identityAcls";
    refused(&format!("{acls}/defaultAccess"), json!("Nobody"), "InvalidIdentityAcls", "'Nobody'");
    refused(&format!("{acls}/acls/0/access"), json!("Some"), "InvalidIdentityAcls", "'All,System,User'");
    refused(&format!("{acls}/acls/0/identity"), json!("system"), "InvalidIdentityAcls", "'system'");
}
