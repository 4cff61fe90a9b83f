//! The objects that a pod refers to, and which those are.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use k8s_openapi::api::core::v1::{ConfigMap, Container, Pod, PodSpec, Secret, Service, Volume};

/// The objects of the pod's namespace that a translation reads, already looked up.
#[derive(Clone, Default)]
pub struct Inputs {
    /// Secrets by name.
    pub secrets: BTreeMap<String, Secret>,
    /// Config maps by name.
    pub config_maps: BTreeMap<String, ConfigMap>,
    /// The services of the namespace, and `kubernetes` of `default`.
    pub services: Vec<Service>,
}

/// Names only: the content is secret.
impl fmt::Debug for Inputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inputs")
            .field("secrets", &self.secrets.keys())
            .field("config_maps", &self.config_maps.keys())
            .field("services", &self.services.len())
            .finish()
    }
}

impl Inputs {
    /// What tells this state of the inputs from another: the versions of the secrets and config maps.
    pub fn versions(&self) -> String {
        let secrets = self.secrets.iter().map(|(name, secret)| ("s", name, &secret.metadata));
        let maps = self.config_maps.iter().map(|(name, map)| ("c", name, &map.metadata));
        secrets
            .chain(maps)
            .map(|(kind, name, meta)| {
                let version = meta.resource_version.as_deref().unwrap_or_default();
                format!("{kind}/{name}@{version};")
            })
            .collect()
    }
}

/// The names of the objects that a pod refers to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct References {
    /// Secrets: environment, volumes, image pulls.
    pub secrets: BTreeSet<String>,
    /// Config maps: environment, volumes.
    pub config_maps: BTreeSet<String>,
}

impl References {
    /// Those of `pod`.
    pub fn of(pod: &Pod) -> Self {
        let mut references = Self::default();
        if let Some(spec) = &pod.spec {
            references.containers(spec);
            spec.volumes.iter().flatten().for_each(|volume| references.volume(volume));
            references
                .secrets
                .extend(spec.image_pull_secrets.iter().flatten().map(|secret| secret.name.clone()));
        }
        references.secrets.remove("");
        references.config_maps.remove("");
        references
    }

    /// Whether there are none, so that only the pod itself can change a translation.
    pub fn is_empty(&self) -> bool {
        self.secrets.is_empty() && self.config_maps.is_empty()
    }

    fn containers(&mut self, spec: &PodSpec) {
        for container in spec.init_containers.iter().flatten().chain(&spec.containers) {
            self.container(container);
        }
    }

    fn container(&mut self, container: &Container) {
        for source in container.env_from.iter().flatten() {
            self.secrets.extend(source.secret_ref.iter().map(|r| r.name.clone()));
            self.config_maps.extend(source.config_map_ref.iter().map(|r| r.name.clone()));
        }
        for from in container.env.iter().flatten().filter_map(|var| var.value_from.as_ref()) {
            self.secrets.extend(from.secret_key_ref.iter().map(|r| r.name.clone()));
            self.config_maps.extend(from.config_map_key_ref.iter().map(|r| r.name.clone()));
        }
    }

    fn volume(&mut self, volume: &Volume) {
        self.secrets.extend(volume.secret.iter().filter_map(|s| s.secret_name.clone()));
        self.config_maps.extend(volume.config_map.iter().map(|c| c.name.clone()));
        for source in volume.projected.iter().flat_map(|p| p.sources.iter().flatten()) {
            self.secrets.extend(source.secret.iter().map(|s| s.name.clone()));
            self.config_maps.extend(source.config_map.iter().map(|c| c.name.clone()));
        }
    }
}
