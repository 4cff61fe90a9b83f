//! The container group profile resource: what container groups can be made from.

use serde::{Deserialize, Serialize};

use crate::group::container::{Container, InitContainer};
use crate::group::network::IpAddress;
use crate::group::registry::ImageRegistryCredential;
use crate::group::settings::{ConfidentialComputeProperties, Diagnostics, EncryptionProperties, Extension};
use crate::group::volume::Volume;
use crate::group::{ContainerGroupProperties, OsType, Priority, RestartPolicy, Sku};

/// The resource type of container group profiles.
pub const CONTAINER_GROUP_PROFILE_TYPE: &str = "Microsoft.ContainerInstance/containerGroupProfiles";

/// The properties of a profile; in Azure's order (recorded).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ContainerGroupProfileProperties {
    /// The SKU.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<Sku>,
    /// The containers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub containers: Option<Vec<Container>>,
    /// The containers that run to completion before the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub init_containers: Option<Vec<InitContainer>>,
    /// Credentials of image registries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_registry_credentials: Option<Vec<ImageRegistryCredential>>,
    /// When containers are restarted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restart_policy: Option<RestartPolicy>,
    /// The address and its open ports.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_address: Option<IpAddress>,
    /// The operating system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os_type: Option<OsType>,
    /// The volumes that containers may mount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volumes: Option<Vec<Volume>>,
    /// Where logs go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diagnostics: Option<Diagnostics>,
    /// Encryption with a customer's key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption_properties: Option<EncryptionProperties>,
    /// The confidential computing policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidential_compute_properties: Option<ConfidentialComputeProperties>,
    /// Extensions such as kube-proxy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extensions: Option<Vec<Extension>>,
    /// Regular or spot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// As whom containers run (since 2024-11-01-preview); kept as it is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_context: Option<serde_json::Value>,
    /// How long containers may take to end (since 2024-11-01-preview); kept as it is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shutdown_grace_period: Option<String>,
    /// How long groups live (since 2024-11-01-preview); kept as it is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_to_live: Option<String>,
    /// Whether groups run in sandboxes of their own (since 2024-11-01-preview); kept as it is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub use_krypton: Option<bool>,
    /// Which revision this is; read-only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<i32>,
    /// Every revision that there is (since 2024-11-01-preview); read-only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registered_revisions: Option<Vec<i32>>,
}

impl ContainerGroupProfileProperties {
    /// What a container group that is made from the profile begins with.
    pub fn group(&self) -> ContainerGroupProperties {
        let own = self.clone();
        ContainerGroupProperties {
            sku: own.sku,
            confidential_compute_properties: own.confidential_compute_properties,
            containers: own.containers,
            init_containers: own.init_containers,
            image_registry_credentials: own.image_registry_credentials,
            restart_policy: own.restart_policy,
            ip_address: own.ip_address,
            os_type: own.os_type,
            volumes: own.volumes,
            diagnostics: own.diagnostics,
            encryption_properties: own.encryption_properties,
            extensions: own.extensions,
            priority: own.priority,
            ..ContainerGroupProperties::default()
        }
    }

    /// The same profile with what `group` says of everything that both have.
    #[must_use]
    pub fn with_group(self, group: ContainerGroupProperties) -> Self {
        Self {
            sku: group.sku,
            containers: group.containers,
            init_containers: group.init_containers,
            image_registry_credentials: group.image_registry_credentials,
            restart_policy: group.restart_policy,
            ip_address: group.ip_address,
            os_type: group.os_type,
            volumes: group.volumes,
            diagnostics: group.diagnostics,
            encryption_properties: group.encryption_properties,
            confidential_compute_properties: group.confidential_compute_properties,
            extensions: group.extensions,
            priority: group.priority,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_group_and_a_profile_have_in_common_survives_the_way_there_and_back() {
        let text = r#"{"sku":"Standard","containers":[{"name":"a"}],"initContainers":[],
            "imageRegistryCredentials":[],"restartPolicy":"Never","ipAddress":{"type":"Public"},"osType":"Linux",
            "volumes":[{"name":"v"}],"diagnostics":{},"encryptionProperties":{"keyName":"k"},
            "confidentialComputeProperties":{"ccePolicy":"p"},"extensions":[],"priority":"Spot","useKrypton":true,
            "revision":3}"#;
        let profile: ContainerGroupProfileProperties = serde_json::from_str(text).unwrap();
        let all = serde_json::to_value(&profile).unwrap();
        assert_eq!(all.as_object().unwrap().len(), 15);
        assert_eq!(profile.clone().with_group(profile.group()), profile);
        let emptied = profile.with_group(ContainerGroupProperties::default());
        assert_eq!(serde_json::to_string(&emptied).unwrap(), r#"{"useKrypton":true,"revision":3}"#);
    }
}
