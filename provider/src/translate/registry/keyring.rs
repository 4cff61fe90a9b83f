//! Which login a kubelet would use for an image (`BasicDockerKeyring` in `pkg/credentialprovider/keyring.go`).

use std::cmp::Reverse;

use aci_model::Secret;

use super::docker_config;
use crate::images::ImageReference;
use crate::images::reference::registry_name;

/// A user and his password.
#[derive(Clone, Debug, PartialEq)]
pub struct Login {
    /// The user.
    pub username: String,
    /// The password.
    pub password: Secret,
}

/// Where a login is good.
#[derive(Debug)]
pub struct Entry {
    /// The server as the secret writes it.
    pub server: String,
    /// The login; `None` where there is a token instead.
    pub login: Option<Login>,
    /// The path of the secret.
    pub at: String,
    host: String,
    path: String,
}

/// Logins by registry and path, the most specific first.
#[derive(Debug, Default)]
pub struct Keyring(Vec<Entry>);

impl Keyring {
    /// Adds the entries of the secret at `at`; earlier ones go before later ones.
    pub(super) fn add(&mut self, entries: Vec<docker_config::Entry>, at: &str) {
        for (server, login) in entries {
            let (host, path) = (registry_name(&server), path(&server));
            self.0.push(Entry { host, path, server, login, at: at.to_owned() });
        }
        // Stable, so that the order of the secrets decides between equals.
        self.0.sort_by_key(|entry| Reverse(entry.path.len()));
    }

    /// The entries that fit `image`, in the order in which a kubelet tries them.
    pub fn logins(&self, image: &str) -> Vec<&Entry> {
        let ImageReference { registry, repository, .. } = ImageReference::parse(image);
        self.0.iter().filter(|entry| entry.fits(&registry, &repository)).collect()
    }
}

impl Entry {
    fn fits(&self, registry: &str, repository: &str) -> bool {
        let under = repository.strip_prefix(self.path.as_str());
        let under =
            under.is_some_and(|rest| self.path.is_empty() || rest.is_empty() || rest.starts_with('/'));
        under && host_fits(&self.host, registry)
    }
}

/// The repositories that a server's path names; `/v1/` and `/v2/` are versions of the protocol.
fn path(server: &str) -> String {
    let bare = server.split_once("://").map_or(server, |(_, bare)| bare);
    let path = bare.split_once('/').map_or("", |(_, path)| path).trim_matches('/');
    if matches!(path, "v1" | "v2") { String::new() } else { path.to_owned() }
}

/// Whether `host` is `pattern`, in which a `*` stands for anything within a label.
fn host_fits(pattern: &str, host: &str) -> bool {
    let split = |host: &str| {
        let (name, port) = host.split_once(':').unwrap_or((host, ""));
        (name.split('.').map(str::to_owned).collect::<Vec<_>>(), port.to_owned())
    };
    let ((wanted, wanted_port), (labels, port)) = (split(pattern), split(host));
    let labels_fit = wanted.iter().zip(&labels).all(|(wanted, label)| label_fits(wanted, label));
    wanted.len() == labels.len() && wanted_port == port && labels_fit
}

fn label_fits(pattern: &str, label: &str) -> bool {
    let Some((before, rest)) = pattern.split_once('*') else { return pattern == label };
    let Some(label) = label.strip_prefix(before) else { return false };
    (0..=label.len()).filter_map(|at| label.get(at..)).any(|end| label_fits(rest, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(servers: &[&str], image: &str) -> Option<String> {
        let mut keyring = Keyring::default();
        let login = |server: &str| Login { username: server.to_owned(), password: Secret::new("p") };
        keyring.add(servers.iter().map(|server| ((*server).to_owned(), Some(login(server)))).collect(), "at");
        keyring.logins(image).first().map(|entry| entry.server.clone())
    }

    #[test]
    fn an_image_finds_the_login_of_its_registry_and_the_nearest_path() {
        let servers =
            ["a.example", "a.example/team", "https://index.docker.io/v1/", "*.azurecr.io", "b.example:5000"];
        let table = [
            ("a.example/app", Some("a.example")),
            ("a.example/team/app:1", Some("a.example/team")),
            ("a.example/teamwork/app", Some("a.example")),
            ("nginx", Some("https://index.docker.io/v1/")),
            ("my.azurecr.io/x", Some("*.azurecr.io")),
            ("a.b.azurecr.io/x", None),
            ("b.example:5000/x", Some("b.example:5000")),
            ("b.example/x", None),
            ("c.example/x", None),
        ];
        for (image, expected) in table {
            assert_eq!(user(&servers, image).as_deref(), expected, "{image}");
        }
    }

    #[test]
    fn a_star_stands_for_anything_in_its_label() {
        assert!(host_fits("r*y.example", "registry.example") && host_fits("*", "localhost"));
        assert!(!host_fits("r*y.example", "registrar.example") && !host_fits("*", "a.b"));
    }
}
