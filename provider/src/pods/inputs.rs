//! Looks up what a pod refers to, object by object: only what is needed is read, so no right to list or watch
//! the secrets of the cluster is.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt::Debug;

use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::core::v1::{Pod, Service};
use kube::api::ListParams;
use kube::{Api, Client, Resource};
use serde::de::DeserializeOwned;

use crate::translate::Inputs;
use crate::translate::inputs::References;

/// The objects that `pod` refers to and that exist.
///
/// # Errors
/// The API server's.
pub(super) async fn gather(client: &Client, pod: &Pod) -> Result<Inputs, kube::Error> {
    let namespace = pod.metadata.namespace.as_deref().unwrap_or("default");
    let References { secrets, config_maps } = References::of(pod);
    let services: Api<Service> = Api::namespaced(client.clone(), namespace);
    let mut services = match pod.spec.as_ref().and_then(|spec| spec.enable_service_links) {
        Some(false) => Vec::new(),
        _ => services.list(&ListParams::default()).await?.items,
    };
    if namespace != "default" || services.is_empty() {
        let api: Api<Service> = Api::namespaced(client.clone(), "default");
        services.extend(api.get_opt("kubernetes").await?);
    }
    Ok(Inputs {
        secrets: fetch(client, namespace, &secrets).await?,
        config_maps: fetch(client, namespace, &config_maps).await?,
        services,
    })
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
    let mut found = BTreeMap::new();
    for name in names {
        if let Some(object) = api.get_opt(name).await? {
            found.insert(name.clone(), object);
        }
    }
    Ok(found)
}
