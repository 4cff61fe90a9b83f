//! Looks up what a pod refers to, object by object: only what is needed is read, so no right to list or watch
//! the secrets of the cluster is.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use futures::future::try_join_all;
use futures::try_join;
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::core::v1::{PersistentVolume, PersistentVolumeClaim, Pod, Secret, Service};
use kube::api::ListParams;
use kube::{Api, Client, Resource};
use serde::de::DeserializeOwned;

use crate::images::SharedImages;
use crate::translate::inputs::{ImageConfig, NamespacedName, References, secret_of, volume_of};
use crate::translate::registry::login_for;
use crate::translate::{Inputs, Settings, pod_to_group};

mod tokens;

/// The objects that `pod` refers to and that exist, and what its images say; its tokens are asked for by
/// [`with_tokens`].
///
/// # Errors
/// The API server's.
pub(super) async fn gather(
    client: &Client,
    images: Option<&SharedImages>,
    pod: &Pod,
) -> Result<Inputs, kube::Error> {
    let namespace = pod.metadata.namespace.as_deref().unwrap_or("default");
    let wanted = References::of(pod);
    let (secrets, config_maps, services, claims) = try_join!(
        fetch(client, namespace, &wanted.secrets),
        fetch(client, namespace, &wanted.config_maps),
        services(client, namespace, pod),
        fetch::<PersistentVolumeClaim>(client, namespace, &wanted.claims),
    )?;
    let (volumes, volume_secrets) = behind(client, namespace, &claims).await?;
    let images = ask(images, pod, &secrets, &wanted.images).await;
    Ok(Inputs {
        secrets,
        config_maps,
        services,
        claims,
        volumes,
        volume_secrets,
        images,
        ..Inputs::default()
    })
}

/// The inputs with the pod's tokens, once all else is there: a pod that waits or is refused is looked at again and
/// again, and would have new tokens made each time.
///
/// # Errors
/// The API server's.
pub(super) async fn with_tokens(
    client: &Client,
    pod: &Pod,
    mut inputs: Inputs,
    settings: &Settings,
) -> Result<Inputs, kube::Error> {
    let wanted = References::of(pod).tokens;
    inputs.tokens_to_come = true;
    let gets_so_far = !wanted.is_empty() && pod_to_group(pod, &inputs, settings).is_ok();
    inputs.tokens_to_come = false;
    if gets_so_far {
        let namespace = pod.metadata.namespace.as_deref().unwrap_or("default");
        inputs.tokens = tokens::request(client, namespace, pod, &wanted).await?;
    }
    Ok(inputs)
}

async fn fetch<K>(
    client: &Client,
    namespace: &str,
    names: &BTreeSet<String>,
) -> Result<BTreeMap<String, K>, kube::Error>
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Clone + DeserializeOwned + Debug,
{
    let api: Api<K> = Api::namespaced(client.clone(), namespace);
    let found = try_join_all(names.iter().map(|name| api.get_opt(name))).await?;
    Ok(names.iter().zip(found).filter_map(|(name, object)| Some((name.clone(), object?))).collect())
}

async fn services(client: &Client, namespace: &str, pod: &Pod) -> Result<Vec<Service>, kube::Error> {
    let own: Api<Service> = Api::namespaced(client.clone(), namespace);
    let mut services = match pod.spec.as_ref().and_then(|spec| spec.enable_service_links) {
        Some(false) => Vec::new(),
        _ => own.list(&ListParams::default()).await?.items,
    };
    if namespace != "default" || services.is_empty() {
        let api: Api<Service> = Api::namespaced(client.clone(), "default");
        services.extend(api.get_opt("kubernetes").await?);
    }
    Ok(services)
}

type Behind = (BTreeMap<String, PersistentVolume>, BTreeMap<NamespacedName, Secret>);

/// The volumes that the claims are bound to, and the secrets that those name.
async fn behind(
    client: &Client,
    namespace: &str,
    claims: &BTreeMap<String, PersistentVolumeClaim>,
) -> Result<Behind, kube::Error> {
    let api: Api<PersistentVolume> = Api::all(client.clone());
    let (mut volumes, mut secrets) = (BTreeMap::new(), BTreeMap::new());
    for name in claims.values().filter_map(volume_of) {
        let Some(volume) = api.get_opt(name).await? else { continue };
        if let Some(key) = secret_of(&volume, namespace) {
            let api: Api<Secret> = Api::namespaced(client.clone(), &key.0);
            secrets.extend(api.get_opt(&key.1).await?.map(|secret| (key, secret)));
        }
        volumes.insert(name.to_owned(), volume);
    }
    Ok((volumes, secrets))
}

async fn ask(
    known: Option<&SharedImages>,
    pod: &Pod,
    secrets: &BTreeMap<String, Secret>,
    names: &BTreeSet<String>,
) -> BTreeMap<String, Result<ImageConfig, String>> {
    let mut answers = BTreeMap::new();
    let (Some(known), Some(spec)) = (known, &pod.spec) else { return answers };
    for image in names {
        let login = login_for(spec, secrets, image);
        let answer = known.config(image, login.as_ref()).await.map_err(|error| error.to_string());
        answers.insert(image.clone(), answer);
    }
    answers
}

#[cfg(test)]
mod tests;
