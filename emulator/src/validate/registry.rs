//! Rules about credentials of image registries.

use aci_model::ApiVersion;

use super::{Request, Violation, required};

pub(super) fn check(request: &Request<'_>) -> Result<(), Violation> {
    let properties = request.properties;
    let credentials = properties.image_registry_credentials.as_deref().unwrap_or_default();
    let containers = properties.containers.as_ref().map_or(0, Vec::len)
        + properties.init_containers.as_ref().map_or(0, Vec::len);
    if credentials.len() > containers {
        return Err(Violation::MoreCredentialsThanContainers { group: request.group() });
    }
    for (index, credential) in credentials.iter().enumerate() {
        let path = format!("properties.imageRegistryCredentials[{index}]");
        let server = required(credential.server.as_ref(), "server", &path)?;
        if server.is_empty() || server.contains("://") || server.contains(char::is_whitespace) {
            return Err(Violation::RegistryServer { server: server.clone(), group: request.group() });
        }
        if credential.identity.is_some() && request.version < ApiVersion::V2021_07_01 {
            return Err(Violation::RegistryIdentityVersion { group: request.group() });
        }
        if credential.username.is_some() == credential.identity.is_some() {
            return Err(Violation::RegistryCredentialKind { group: request.group() });
        }
    }
    Ok(())
}
