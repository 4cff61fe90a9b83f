//! How a group signs in to the registries of its images.

use aci_model::group::registry::ImageRegistryCredential;

use super::secrets::Secrets;
use crate::group::Group;
use crate::runtime::RegistryAuth;
use crate::surroundings::{SecretRefusal, Surroundings};

/// The registry of an image whose name has no host.
const DOCKER_HUB: &[&str] = &["docker.io", "index.docker.io", "registry-1.docker.io"];

/// How a group signs in to a registry.
#[derive(Clone, Debug, PartialEq)]
pub enum RegistrySignIn {
    /// With a user and a password.
    Password(RegistryAuth),
    /// As one of the group's identities, by its resource id.
    Identity {
        /// The registry's host.
        server: String,
        /// The identity.
        identity: String,
    },
}

/// How to sign in to an image's registry, when the group says so.
///
/// # Errors
/// When the password is a secret that cannot be read.
pub fn registry_sign_in(
    group: &Group,
    image: &str,
    surroundings: &dyn Surroundings,
) -> Result<Option<RegistrySignIn>, SecretRefusal> {
    let Some(credential) = credential(group, image) else { return Ok(None) };
    let credential = Secrets { group, surroundings }.credential(credential)?;
    Ok(sign_in(&credential))
}

fn sign_in(credential: &ImageRegistryCredential) -> Option<RegistrySignIn> {
    let server = credential.server.clone()?;
    if let Some(identity) = credential.identity.clone() {
        return Some(RegistrySignIn::Identity { server, identity });
    }
    Some(RegistrySignIn::Password(RegistryAuth {
        server,
        username: credential.username.clone()?,
        password: credential.password.clone()?,
    }))
}

fn credential<'a>(group: &'a Group, image: &str) -> Option<&'a ImageRegistryCredential> {
    let credentials = group.spec.properties.as_ref()?.image_registry_credentials.as_deref()?;
    let hosts = registry_hosts(image);
    let is_for = |credential: &&ImageRegistryCredential| {
        let server = credential.server.as_deref().unwrap_or_default();
        hosts.iter().any(|host| host.eq_ignore_ascii_case(server))
    };
    credentials.iter().find(is_for)
}

/// The names under which an image's registry may be given: the first component where it can be a host
/// (github.com/distribution/reference: it has a dot or a colon, or is `localhost`), else Docker Hub's.
fn registry_hosts(image: &str) -> Vec<&str> {
    match image.split_once('/') {
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => {
            if DOCKER_HUB.contains(&host) {
                DOCKER_HUB.to_vec()
            } else {
                vec![host]
            }
        }
        _ => DOCKER_HUB.to_vec(),
    }
}
