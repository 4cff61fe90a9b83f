//! Containers and init containers of a group.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::env::EnvironmentVariable;
use super::instance_view::ContainerInstanceView;
use super::network::ContainerPort;
use super::probe::ContainerProbe;
use super::resources::ResourceRequirements;
use super::security::SecurityContext;
use super::volume::VolumeMount;

/// A container by name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Container {
    /// Unique in the group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What to run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub properties: Option<ContainerProperties>,
}

/// What a container runs and with what; in Azure's order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ContainerProperties {
    /// The image, as the caller wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Replaces the image's entry point and arguments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<Vec<String>>,
    /// The ports that the container opens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ports: Option<Vec<ContainerPort>>,
    /// The environment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment_variables: Option<Vec<EnvironmentVariable>>,
    /// Keys and values of a config map (since 2024-05-01-preview).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config_map: Option<ConfigMap>,
    /// What the platform sees of it; read-only, absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_view: Option<ContainerInstanceView>,
    /// CPU and memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resources: Option<ResourceRequirements>,
    /// Where volumes appear.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume_mounts: Option<Vec<VolumeMount>>,
    /// Decides about restarts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub liveness_probe: Option<ContainerProbe>,
    /// Decides about traffic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub readiness_probe: Option<ContainerProbe>,
    /// Users, groups and capabilities (since 2022-10-01-preview).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_context: Option<SecurityContext>,
}

/// Key-value pairs mounted into a container (since 2024-05-01-preview).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ConfigMap {
    /// The pairs.
    pub key_value_pairs: IndexMap<String, String>,
}

/// A container that runs to completion before the others start.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct InitContainer {
    /// Unique in the group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What to run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub properties: Option<InitContainerProperties>,
}

/// What an init container runs: no ports, resources or probes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct InitContainerProperties {
    /// The image, as the caller wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Replaces the image's entry point and arguments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<Vec<String>>,
    /// The environment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment_variables: Option<Vec<EnvironmentVariable>>,
    /// What the platform sees of it; read-only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_view: Option<ContainerInstanceView>,
    /// Where volumes appear.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume_mounts: Option<Vec<VolumeMount>>,
    /// Users, groups and capabilities (since 2022-10-01-preview).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_context: Option<SecurityContext>,
}
