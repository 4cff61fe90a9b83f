//! Rules about images, as far as their names tell: what a registry says of one is known when it is pulled.

use aci_model::group::OsType;

use super::{Request, Violation};

pub(super) fn check(request: &Request<'_>) -> Result<(), Violation> {
    let properties = request.properties;
    let own = properties.containers.iter().flatten();
    let own = own.filter_map(|container| container.properties.as_ref()?.image.as_deref());
    let init = properties.init_containers.iter().flatten();
    let init = init.filter_map(|container| container.properties.as_ref()?.image.as_deref());
    for image in init.chain(own) {
        let (name, group) = (image.to_owned(), request.group());
        if image.trim().is_empty() {
            return Err(Violation::InaccessibleImage { image: name, group });
        }
        if properties.os_type == Some(OsType::Linux) && is_of_windows(image) {
            return Err(Violation::ImageOs { image: name, os: "Linux", group });
        }
    }
    Ok(())
}

/// Whether an image is known to be one of Windows by its name: Microsoft's base images and frameworks, and tags that
/// name a base image, as publishers of images for both systems have them.
fn is_of_windows(image: &str) -> bool {
    const REPOSITORIES: &[&str] = &[
        "mcr.microsoft.com/windows",
        "mcr.microsoft.com/dotnet/framework",
        "mcr.microsoft.com/mssql/server/windows",
        "microsoft/windowsservercore",
        "microsoft/nanoserver",
        "microsoft/iis",
    ];
    const BASES: &[&str] = &["nanoserver", "windowsservercore"];
    let image = image.to_ascii_lowercase();
    let name = image.split('@').next().unwrap_or_default();
    // A colon before the last slash is a port's.
    let (repository, tag) = match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, tag),
        _ => (name, ""),
    };
    let repository = repository.trim_start_matches("docker.io/");
    let is_within = |known: &&str| {
        repository.strip_prefix(*known).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    REPOSITORIES.iter().any(is_within) || BASES.iter().any(|base| tag.contains(base))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_of_windows_are_known_by_repository_or_tag() {
        for windows in [
            "mcr.microsoft.com/windows/servercore:ltsc2019",
            "mcr.microsoft.com/windows:2004",
            "MCR.microsoft.com/windows/nanoserver@sha256:0123",
            "docker.io/microsoft/nanoserver",
            "mcr.microsoft.com/dotnet/aspnet:8.0-nanoserver-ltsc2022",
            "golang:1.20-windowsservercore",
        ] {
            assert!(is_of_windows(windows), "{windows}");
        }
        for other in [
            "nginx",
            "mcr.microsoft.com/windowsish/x",
            "reg:5000/nanoserver",
            "mcr.microsoft.com/dotnet/aspnet:8.0",
        ] {
            assert!(!is_of_windows(other), "{other}");
        }
    }
}
