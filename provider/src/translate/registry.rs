//! Credentials of image registries.
//!
//! ACI takes one credential for each registry, and no more of them than a group has containers
//! (`MoreImageRegistryCredentialsThanContainers`). So each image's registry gets the credential that a kubelet
//! would try first, and those of other registries, which nobody pulls from, are not sent.

use std::collections::BTreeMap;

use aci_model::group::registry::ImageRegistryCredential;
use indexmap::IndexMap;
use k8s_openapi::api::core::v1::PodSpec;

use super::{Translation, Untranslatable, reasons};
use crate::images::ImageReference;

mod docker_config;
pub mod keyring;

use keyring::{Keyring, Login};

/// Azure's own registries (one domain a cloud), which take managed identities.
const AZURE_REGISTRIES: [&str; 3] = [".azurecr.io", ".azurecr.us", ".azurecr.cn"];

/// The credentials for the registries of the pod's images; `None` when there are none.
///
/// A missing secret is a warning and no more, as on a kubelet: the image may be public.
pub(super) fn credentials(
    t: &mut Translation<'_>,
) -> Result<Option<Vec<ImageRegistryCredential>>, Untranslatable> {
    let keyring = keyring(t)?;
    let mut all: IndexMap<String, ImageRegistryCredential> = IndexMap::new();
    for image in images(t.spec) {
        let ImageReference { registry, .. } = ImageReference::parse(image);
        if all.contains_key(&registry) {
            continue;
        }
        let found = keyring.logins(image);
        let usable: Vec<_> = found.iter().filter_map(|entry| entry.login.as_ref()).collect();
        if let (true, Some(entry)) = (usable.is_empty(), found.first()) {
            return Err(Untranslatable::new(
                entry.at.clone(),
                format!("the entry for {} has an identity token, which ACI cannot exchange", entry.server),
                "use a user name and a password, or a token with its name as the user",
            ));
        }
        if usable.iter().any(|login| usable.first() != Some(login)) {
            let text = format!(
                "spec.imagePullSecrets: several credentials fit {registry} and ACI takes one; the first is used"
            );
            t.notes.info(reasons::IMAGE_PULL_SECRET_IGNORED, text);
        }
        let credential = match usable.first() {
            Some(login) => Some(by_password(&registry, login)),
            None => by_identity(t, &registry),
        };
        all.extend(credential.map(|credential| (registry, credential)));
    }
    Ok((!all.is_empty()).then(|| all.into_values().collect()))
}

fn by_password(registry: &str, login: &Login) -> ImageRegistryCredential {
    ImageRegistryCredential {
        server: Some(registry.to_owned()),
        username: Some(login.username.clone()),
        password: Some(login.password.clone()),
        ..ImageRegistryCredential::default()
    }
}

/// The identity of the annotation, for Azure's own registries: nobody else's take it.
fn by_identity(t: &Translation<'_>, registry: &str) -> Option<ImageRegistryCredential> {
    let identity = t.annotations.pull_identity.clone()?;
    let azure = AZURE_REGISTRIES.iter().any(|domain| registry.ends_with(domain));
    azure.then(|| ImageRegistryCredential {
        server: Some(registry.to_owned()),
        identity: Some(identity),
        ..ImageRegistryCredential::default()
    })
}

fn images(spec: &PodSpec) -> impl Iterator<Item = &str> {
    let containers = spec.init_containers.iter().flatten().chain(&spec.containers);
    containers.filter_map(|container| container.image.as_deref())
}

/// The pod's pull secrets in their order.
fn keyring(t: &mut Translation<'_>) -> Result<Keyring, Untranslatable> {
    let mut keyring = Keyring::default();
    let mut missing = Vec::new();
    for (i, reference) in t.spec.image_pull_secrets.iter().flatten().enumerate() {
        let at = format!("spec.imagePullSecrets[{i}]");
        // The API server lets empty names through (kubernetes/kubernetes#99454).
        if reference.name.is_empty() {
            continue;
        }
        let Some(secret) = t.inputs.secrets.get(&reference.name) else {
            missing.push(reference.name.as_str());
            continue;
        };
        match docker_config::entries(secret, &at)? {
            Some(entries) => keyring.add(entries, &at),
            None => {
                let kind = secret.type_.as_deref().unwrap_or_default();
                let text = format!(
                    "{at}: secret {:?} is of the type {kind:?}; use kubernetes.io/dockerconfigjson or \
                     kubernetes.io/dockercfg",
                    reference.name
                );
                t.notes.warn(reasons::IMAGE_PULL_SECRET_IGNORED, text);
            }
        }
    }
    if !missing.is_empty() {
        // The words of `getPullSecretsForPod` in `pkg/kubelet/kubelet_pods.go`.
        let text = format!(
            "Unable to retrieve some image pull secrets ({}); attempting to pull the image may not succeed.",
            missing.join(", ")
        );
        t.notes.warn(reasons::FAILED_TO_RETRIEVE_IMAGE_PULL_SECRET, text);
    }
    Ok(keyring)
}

/// The login with which the provider itself may read about `image`, for a pod that may not be translated yet.
pub fn login_for(
    spec: &PodSpec,
    secrets: &BTreeMap<String, k8s_openapi::api::core::v1::Secret>,
    image: &str,
) -> Option<Login> {
    let mut keyring = Keyring::default();
    let references = spec.image_pull_secrets.iter().flatten();
    for secret in references.filter_map(|reference| secrets.get(&reference.name)) {
        if let Ok(Some(entries)) = docker_config::entries(secret, "") {
            keyring.add(entries, "");
        }
    }
    keyring.logins(image).into_iter().find_map(|entry| entry.login.clone())
}
