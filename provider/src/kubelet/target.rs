//! Which pod and container a path names, and which group runs them.

use std::sync::Arc;

use k8s_openapi::api::core::v1::Pod;
use kube::runtime::reflector::{ObjectRef, Store};
use serde::Deserialize;
use thiserror::Error;

use crate::naming;

/// `{namespace}/{pod}/{container}` of a path.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct ContainerPath {
    namespace: String,
    pod: String,
    container: String,
}

/// `{namespace}/{pod}/{uid}/{container}` of a path.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct UidContainerPath {
    namespace: String,
    pod: String,
    #[serde(default)]
    uid: Option<String>,
    container: String,
}

/// `{namespace}/{pod}`, perhaps with `/{uid}`, of a path.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct PodPath {
    namespace: String,
    pod: String,
    #[serde(default)]
    uid: Option<String>,
}

/// A container, or its pod.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// The pod as the API server knows it.
    pub pod: Arc<Pod>,
    /// Its container group.
    pub group: String,
    /// The container; empty where the pod is meant.
    pub container: String,
}

/// Nothing of that name is on this node; the texts are the kubelet's.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum NotHere {
    /// No such pod, or one with another UID.
    #[error("pod does not exist")]
    Pod,
    /// The pod has no such container.
    #[error("container not found ({0:?})")]
    Container(String),
}

impl From<ContainerPath> for UidContainerPath {
    fn from(path: ContainerPath) -> Self {
        let ContainerPath { namespace, pod, container } = path;
        Self { namespace, pod, uid: None, container }
    }
}

impl Target {
    /// Finds a container.
    pub(super) fn container(pods: &Store<Pod>, path: UidContainerPath) -> Result<Self, NotHere> {
        let UidContainerPath { namespace, pod, uid, container } = path;
        let mut target = Self::pod(pods, PodPath { namespace, pod, uid })?;
        if !has_container(&target.pod, &container) {
            return Err(NotHere::Container(container));
        }
        target.container = container;
        Ok(target)
    }

    /// Finds a pod.
    pub(super) fn pod(pods: &Store<Pod>, path: PodPath) -> Result<Self, NotHere> {
        let PodPath { namespace, pod: name, uid: wanted } = path;
        let pod = pods.get(&ObjectRef::new(&name).within(&namespace)).ok_or(NotHere::Pod)?;
        let uid = pod.metadata.uid.as_deref().unwrap_or_default();
        if wanted.is_some_and(|wanted| wanted != uid) {
            return Err(NotHere::Pod);
        }
        let group = naming::group_name(&namespace, &name, uid);
        Ok(Self { pod, group, container: String::new() })
    }
}

/// Whether a pod has a container of that name, init containers included.
pub(super) fn has_container(pod: &Pod, name: &str) -> bool {
    pod.spec.as_ref().is_some_and(|spec| {
        let init = spec.init_containers.as_deref().unwrap_or_default();
        spec.containers.iter().chain(init).any(|container| container.name == name)
    })
}
