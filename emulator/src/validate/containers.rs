//! Rules about containers: names, images, ports and environments.

use std::collections::HashSet;

use aci_model::group::container::{Container, ContainerProperties};
use aci_model::group::env::EnvironmentVariable;
use aci_model::group::network::{Port, Protocol};

use super::names::is_environment_name;
use super::{Request, Violation, is_dns_label, missing, required};
use crate::limits::NAME_LENGTH;

pub(super) fn check(request: &Request<'_>) -> Result<(), Violation> {
    let containers =
        request.properties.containers.as_ref().ok_or_else(|| missing("containers", "properties"))?;
    let init = request.properties.init_containers.as_deref().unwrap_or_default();
    if containers.is_empty() {
        return Err(Violation::NoContainers { group: request.group() });
    }
    let count = containers.len() + init.len();
    if count > request.limits.group.containers {
        let limit = request.limits.group.containers;
        return Err(Violation::TooManyContainers { group: request.group(), count, limit });
    }
    let mut names = HashSet::new();
    let mut ports = HashSet::new();
    for (index, container) in containers.iter().enumerate() {
        let path = format!("properties.containers[{index}]");
        let name = check_name(request, container.name.as_ref(), &path, &mut names)?;
        let properties = container.properties.as_ref().ok_or_else(|| missing("properties", &path))?;
        required(properties.image.as_ref(), "image", &format!("{path}.properties"))?;
        check_ports(request, name, properties, &path, &mut ports)?;
        check_environment(request, name, properties.environment_variables.as_deref(), &path)?;
    }
    for (index, container) in init.iter().enumerate() {
        let path = format!("properties.initContainers[{index}]");
        let name = check_name(request, container.name.as_ref(), &path, &mut names)?;
        let properties = container.properties.as_ref().ok_or_else(|| missing("properties", &path))?;
        required(properties.image.as_ref(), "image", &format!("{path}.properties"))?;
        check_environment(request, name, properties.environment_variables.as_deref(), &path)?;
    }
    Ok(())
}

fn check_name<'a>(
    request: &Request<'_>,
    name: Option<&'a String>,
    path: &str,
    seen: &mut HashSet<&'a str>,
) -> Result<&'a str, Violation> {
    let name = required(name, "name", path)?;
    let group = request.group();
    if !is_dns_label(name) {
        return Err(Violation::ContainerName { container: name.clone(), group });
    }
    if !seen.insert(name) {
        return Err(Violation::DuplicateContainerName { container: name.clone(), group });
    }
    Ok(name)
}

fn check_ports(
    request: &Request<'_>,
    container: &str,
    properties: &ContainerProperties,
    path: &str,
    seen: &mut HashSet<(i64, bool)>,
) -> Result<(), Violation> {
    for (index, port) in properties.ports.iter().flatten().enumerate() {
        let number = port.port.ok_or_else(|| missing("port", format!("{path}.properties.ports[{index}]")))?;
        if !is_port(number) {
            let (container, group) = (container.to_owned(), request.group());
            return Err(Violation::ContainerPorts { ports: number.to_string(), container, group });
        }
        if !seen.insert((number, is_udp(request, port)?)) {
            return Err(Violation::DuplicatePort { port: number, group: request.group() });
        }
    }
    Ok(())
}

fn check_environment(
    request: &Request<'_>,
    container: &str,
    variables: Option<&[EnvironmentVariable]>,
    path: &str,
) -> Result<(), Violation> {
    for (index, variable) in variables.unwrap_or_default().iter().enumerate() {
        let path = format!("{path}.properties.environmentVariables[{index}]");
        let name = required(variable.name.as_ref(), "name", &path)?;
        if name.len() > NAME_LENGTH || !is_environment_name(name) {
            return Err(Violation::EnvironmentName {
                container: container.to_owned(),
                group: request.group(),
            });
        }
    }
    Ok(())
}

/// Whether a number can be a port's.
pub(super) fn is_port(number: i64) -> bool {
    (1..=i64::from(u16::MAX)).contains(&number)
}

/// Whether a port is UDP; absent means TCP.
pub(super) fn is_udp(request: &Request<'_>, port: &Port) -> Result<bool, Violation> {
    match &port.protocol {
        None | Some(Protocol::Tcp) => Ok(false),
        Some(Protocol::Udp) => Ok(true),
        Some(Protocol::Other(word)) => {
            Err(Violation::Protocol { protocol: word.clone(), group: request.group() })
        }
    }
}

/// A container's name; the rules above have seen that there is one.
pub(super) fn name(container: &Container) -> String {
    container.name.clone().unwrap_or_default()
}
