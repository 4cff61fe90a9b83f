//! Names of images, taken apart as Docker takes them apart (`distribution/reference`).

/// Docker Hub, which an image is on that names no registry. Azure knows it by this name, as docker's own
/// configuration files do.
pub const DOCKER_HUB: &str = "index.docker.io";

/// The part of a reference that says which image.
const LATEST: &str = "latest";

/// An image by its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageReference {
    /// The registry's host, with its port where it has one of its own.
    pub registry: String,
    /// The repository.
    pub repository: String,
    /// The tag or the digest.
    pub version: String,
}

impl ImageReference {
    /// The parts of `image`.
    pub fn parse(image: &str) -> Self {
        let (registry, rest) = match image.split_once('/') {
            Some((host, rest)) if host.contains(['.', ':']) || host == "localhost" => {
                (registry_name(host), rest)
            }
            _ => (DOCKER_HUB.to_owned(), image),
        };
        let (path, version) = match rest.split_once('@') {
            // A tag beside a digest says nothing more.
            Some((path, digest)) => (without_tag(path).0, digest),
            None => without_tag(rest),
        };
        let official = registry == DOCKER_HUB && !path.contains('/');
        let repository = if official { format!("library/{path}") } else { path.to_owned() };
        Self { registry, repository, version: version.to_owned() }
    }
}

fn without_tag(path: &str) -> (&str, &str) {
    match path.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') => (path, tag),
        _ => (path, LATEST),
    }
}

/// One name for each registry, whatever form it is written in: no protocol, no path, no port that https has
/// anyway; Docker Hub by the name that Azure knows.
pub fn registry_name(server: &str) -> String {
    let bare = server.trim();
    let bare = bare.strip_prefix("https://").or_else(|| bare.strip_prefix("http://")).unwrap_or(bare);
    let host = bare.split('/').next().unwrap_or(bare).to_ascii_lowercase();
    let host = host.strip_suffix(":443").map(str::to_owned).unwrap_or(host);
    match host.as_str() {
        "docker.io" | "registry-1.docker.io" => DOCKER_HUB.to_owned(),
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_of_every_form() {
        let digest = "sha256:0123";
        let table = [
            ("nginx", DOCKER_HUB, "library/nginx", "latest"),
            ("nginx:1.25", DOCKER_HUB, "library/nginx", "1.25"),
            ("docker.io/me/app", DOCKER_HUB, "me/app", "latest"),
            ("myregistry.azurecr.io/team/app:v1", "myregistry.azurecr.io", "team/app", "v1"),
            ("localhost:5000/app", "localhost:5000", "app", "latest"),
            ("localhost/app:v2", "localhost", "app", "v2"),
            ("MyRegistry.azurecr.io:443/app@sha256:0123", "myregistry.azurecr.io", "app", digest),
            ("app:v1@sha256:0123", DOCKER_HUB, "library/app", digest),
        ];
        for (image, registry, repository, version) in table {
            let parts = ImageReference {
                registry: registry.to_owned(),
                repository: repository.to_owned(),
                version: version.to_owned(),
            };
            assert_eq!(ImageReference::parse(image), parts, "{image}");
        }
    }

    #[test]
    fn servers_lose_protocol_path_and_the_port_that_https_has_anyway() {
        for (given, expected) in [
            ("https://index.docker.io/v1/", DOCKER_HUB),
            ("docker.io", DOCKER_HUB),
            ("myregistry.azurecr.io", "myregistry.azurecr.io"),
            ("https://MyRegistry.azurecr.io:443", "myregistry.azurecr.io"),
            ("http://localhost:5000/v2/", "localhost:5000"),
        ] {
            assert_eq!(registry_name(given), expected);
        }
    }
}
