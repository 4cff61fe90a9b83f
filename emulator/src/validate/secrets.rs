//! Rules about references to secrets of key vaults, and about whatever takes its value from one.

use std::collections::HashSet;

use aci_model::group::env::EnvironmentVariable;
use aci_model::group::volume::Volume;

use super::{Request, Violation, identity, required};
use crate::neighbours::vault::SecretUri;

/// The references of a group, by name.
type Names<'a> = HashSet<&'a str>;

pub(super) fn check(request: &Request<'_>) -> Result<(), Violation> {
    let names = check_references(request)?;
    let properties = request.properties;
    for container in properties.containers.iter().flatten() {
        let own = container.properties.as_ref().and_then(|it| it.environment_variables.as_deref());
        check_variables(request, &names, container.name.as_deref(), own)?;
    }
    for container in properties.init_containers.iter().flatten() {
        let own = container.properties.as_ref().and_then(|it| it.environment_variables.as_deref());
        check_variables(request, &names, container.name.as_deref(), own)?;
    }
    for volume in properties.volumes.iter().flatten() {
        check_volume(request, &names, volume)?;
    }
    for credential in properties.image_registry_credentials.iter().flatten() {
        let place =
            || format!("image registry credential '{}'", credential.server.as_deref().unwrap_or_default());
        let given = [("password", credential.password.is_some())];
        check_one(
            request,
            &names,
            ("passwordReference", credential.password_reference.as_ref()),
            &given,
            place,
        )?;
    }
    Ok(())
}

fn check_references<'a>(request: &Request<'a>) -> Result<Names<'a>, Violation> {
    let mut names = HashSet::new();
    for (index, reference) in request.properties.secret_references.iter().flatten().enumerate() {
        let path = format!("properties.secretReferences[{index}]");
        let name = required(reference.name.as_ref(), "name", &path)?;
        let reader = required(reference.identity.as_ref(), "identity", &path)?;
        let uri = required(reference.secret_reference_uri.as_ref(), "secretReferenceUri", &path)?;
        if !names.insert(name.as_str()) {
            return Err(Violation::DuplicateSecretReference {
                reference: name.clone(),
                group: request.group(),
            });
        }
        if !identity::has(request, reader) {
            let reference = name.clone();
            return Err(Violation::SecretReferenceIdentity { reference, group: request.group() });
        }
        if uri.parse::<SecretUri>().is_err() {
            let (uri, reference) = (uri.clone(), name.clone());
            return Err(Violation::SecretReferenceUri { uri, reference, group: request.group() });
        }
    }
    Ok(names)
}

fn check_variables(
    request: &Request<'_>,
    names: &Names<'_>,
    container: Option<&str>,
    variables: Option<&[EnvironmentVariable]>,
) -> Result<(), Violation> {
    for variable in variables.into_iter().flatten() {
        let place = || {
            let variable = variable.name.as_deref().unwrap_or_default();
            format!("environment variable '{variable}' of container '{}'", container.unwrap_or_default())
        };
        let given = [("secureValue", variable.secure_value.is_some()), ("value", variable.value.is_some())];
        let reference = ("secureValueReference", variable.secure_value_reference.as_ref());
        check_one(request, names, reference, &given, place)?;
    }
    Ok(())
}

fn check_volume(request: &Request<'_>, names: &Names<'_>, volume: &Volume) -> Result<(), Violation> {
    let place = || format!("volume '{}'", volume.name.as_deref().unwrap_or_default());
    for (file, reference) in volume.secret_reference.iter().flatten() {
        let twice = volume.secret.as_ref().is_some_and(|files| files.contains_key(file));
        check_one(request, names, ("secretReference", Some(reference)), &[("secret", twice)], || {
            format!("file '{file}' of {}", place())
        })?;
    }
    let Some(share) = &volume.azure_file else { return Ok(()) };
    let opened_by = &share.user_assigned_identity_client_id;
    let given = [
        ("storageAccountKey", share.storage_account_key.is_some()),
        ("userAssignedIdentityClientId", opened_by.is_some()),
    ];
    let reference = ("storageAccountKeyReference", share.storage_account_key_reference.as_ref());
    check_one(request, names, reference, &given, place)?;
    let Some(client) = opened_by else { return Ok(()) };
    if share.storage_account_key.is_some() {
        let (member, other) = ("storageAccountKey", "userAssignedIdentityClientId");
        return Err(Violation::SecretGivenTwice { member, other, place: place(), group: request.group() });
    }
    if !identity::has_client(request, client) {
        let (client, volume) = (client.clone(), volume.name.clone().unwrap_or_default());
        return Err(Violation::ShareIdentity { client, volume, group: request.group() });
    }
    Ok(())
}

/// One value that may come from a reference: the reference exists, and nothing else gives the value.
fn check_one(
    request: &Request<'_>,
    names: &Names<'_>,
    (member, reference): (&'static str, Option<&String>),
    given: &[(&'static str, bool)],
    place: impl Fn() -> String,
) -> Result<(), Violation> {
    let Some(reference) = reference else { return Ok(()) };
    if let Some((other, _)) = given.iter().find(|(_, is_given)| *is_given) {
        return Err(Violation::SecretGivenTwice {
            member: other,
            other: member,
            place: place(),
            group: request.group(),
        });
    }
    if !names.contains(reference.as_str()) {
        let (reference, place, group) = (reference.clone(), place(), request.group());
        return Err(Violation::SecretReferenceNotFound { reference, place, group });
    }
    Ok(())
}
