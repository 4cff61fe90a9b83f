//! What Azure accepts and this emulator would have to ignore: refused by name instead.

use aci_model::group::OsType;
use aci_model::group::container::Container;
use aci_model::group::volume::Volume;

use super::{Request, Violation};

/// Member, whether it is set, and what to do instead.
type Refusal = (&'static str, bool, &'static str);

pub(super) fn check(request: &Request<'_>) -> Result<(), Violation> {
    let properties = request.properties;
    let windows = properties.os_type == Some(OsType::Windows);
    refuse(
        "properties",
        [
            ("osType", windows, "aci-local runs Linux containers only: set 'osType' to 'Linux'."),
            ("secretReferences", properties.secret_references.is_some(), "Give the values themselves."),
            ("identityAcls", properties.identity_acls.is_some(), "Remove it."),
        ],
    )?;
    for (index, container) in properties.containers.iter().flatten().enumerate() {
        check_container(container, &format!("properties.containers[{index}].properties"))?;
    }
    for (index, volume) in properties.volumes.iter().flatten().enumerate() {
        check_volume(volume, &format!("properties.volumes[{index}]"))?;
    }
    for (index, credential) in properties.image_registry_credentials.iter().flatten().enumerate() {
        refuse(
            &format!("properties.imageRegistryCredentials[{index}]"),
            [("passwordReference", credential.password_reference.is_some(), "Use 'password'.")],
        )?;
    }
    Ok(())
}

fn check_container(container: &Container, path: &str) -> Result<(), Violation> {
    let Some(properties) = &container.properties else { return Ok(()) };
    let requests = properties.resources.as_ref().and_then(|resources| resources.requests.as_ref());
    let gpu = requests.is_some_and(|requests| requests.gpu.is_some());
    refuse(path, [("resources.requests.gpu", gpu, "Remove it; Azure itself retired GPUs in July 2025.")])?;
    for (index, variable) in properties.environment_variables.iter().flatten().enumerate() {
        let reference = variable.secure_value_reference.is_some();
        let path = format!("{path}.environmentVariables[{index}]");
        refuse(&path, [("secureValueReference", reference, "Use 'secureValue'.")])?;
    }
    Ok(())
}

fn check_volume(volume: &Volume, path: &str) -> Result<(), Violation> {
    let share = volume.azure_file.as_ref();
    let reference = share.is_some_and(|it| it.storage_account_key_reference.is_some());
    let identity = share.is_some_and(|it| it.user_assigned_identity_client_id.is_some());
    refuse(
        path,
        [
            ("azureFile.storageAccountKeyReference", reference, "Use 'storageAccountKey'."),
            ("azureFile.userAssignedIdentityClientId", identity, "Use 'storageAccountKey'."),
        ],
    )?;
    refuse(path, [("secretReference", volume.secret_reference.is_some(), "Use a 'secret' volume.")])
}

fn refuse<const N: usize>(path: &str, refusals: [Refusal; N]) -> Result<(), Violation> {
    match refusals.into_iter().find(|(_, set, _)| *set) {
        Some((member, _, remedy)) => {
            Err(Violation::NotSupported { path: format!("{path}.{member}"), remedy })
        }
        None => Ok(()),
    }
}
