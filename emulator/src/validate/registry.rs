//! Rules about credentials of image registries.

use super::{Request, Violation, identity, required};

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
        if credential.username.is_some() == credential.identity.is_some() {
            return Err(Violation::RegistryCredentialKind { group: request.group() });
        }
        if credential.identity.as_ref().is_some_and(|wanted| !identity::has(request, wanted)) {
            return Err(Violation::RegistryIdentityUnknown { group: request.group() });
        }
    }
    Ok(())
}
