//! Rules about what accompanies a group: diagnostics, encryption, extensions, name resolution.

use std::collections::HashSet;
use std::net::IpAddr;

use super::{Request, Violation, missing, required};

/// The kinds of logs. Source: the specification's enumeration.
const LOG_TYPES: [&str; 2] = ["ContainerInsights", "ContainerInstanceLogs"];

pub(super) fn check(request: &Request<'_>) -> Result<(), Violation> {
    check_workspace(request)?;
    if let Some(key) = &request.properties.encryption_properties {
        let path = "properties.encryptionProperties";
        required(key.vault_base_url.as_ref(), "vaultBaseUrl", path)?;
        required(key.key_name.as_ref(), "keyName", path)?;
        required(key.key_version.as_ref(), "keyVersion", path)?;
    }
    check_extensions(request)?;
    check_name_servers(request)
}

fn check_workspace(request: &Request<'_>) -> Result<(), Violation> {
    let diagnostics = request.properties.diagnostics.as_ref();
    let Some(workspace) = diagnostics.and_then(|it| it.log_analytics.as_ref()) else { return Ok(()) };
    let path = "properties.diagnostics.logAnalytics";
    required(workspace.workspace_id.as_ref(), "workspaceId", path)?;
    if workspace.workspace_key.is_none() {
        return Err(missing("workspaceKey", path));
    }
    let known = |kind: &String| LOG_TYPES.iter().any(|known| known.eq_ignore_ascii_case(kind));
    match &workspace.log_type {
        Some(kind) if !known(kind) => Err(Violation::LogType { group: request.group() }),
        _ => Ok(()),
    }
}

fn check_extensions(request: &Request<'_>) -> Result<(), Violation> {
    let mut names = HashSet::new();
    for (index, extension) in request.properties.extensions.iter().flatten().enumerate() {
        let path = format!("properties.extensions[{index}]");
        let name = required(extension.name.as_ref(), "name", &path)?;
        if !names.insert(name) {
            return Err(Violation::DuplicateExtension { extension: name.clone(), group: request.group() });
        }
        let properties = extension.properties.as_ref();
        let path = format!("{path}.properties");
        required(properties.and_then(|it| it.extension_type.as_ref()), "extensionType", &path)?;
        required(properties.and_then(|it| it.version.as_ref()), "version", &path)?;
    }
    Ok(())
}

fn check_name_servers(request: &Request<'_>) -> Result<(), Violation> {
    let Some(config) = &request.properties.dns_config else { return Ok(()) };
    let servers =
        config.name_servers.as_ref().ok_or_else(|| missing("nameServers", "properties.dnsConfig"))?;
    match servers.iter().find(|server| server.parse::<IpAddr>().is_err()) {
        Some(server) => Err(Violation::NameServer { server: server.clone(), group: request.group() }),
        None => Ok(()),
    }
}
