//! The container group resource.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::open_enum;
use crate::resource::SystemData;
use crate::resource_id::ResourceId;

pub mod container;
pub mod env;
pub mod identity;
pub mod instance_view;
pub mod network;
pub mod probe;
pub mod registry;
pub mod resources;
pub mod secret_reference;
pub mod security;
pub mod settings;
pub mod versions;
pub mod volume;

use container::{Container, InitContainer};
use identity::{Identity, IdentityAcls};
use instance_view::GroupInstanceView;
use network::{DnsConfig, IpAddress, NetworkProfile, SubnetId};
use registry::ImageRegistryCredential;
use secret_reference::SecretReference;
use settings::{
    ConfidentialComputeProperties, ContainerGroupProfileReference, Diagnostics, EncryptionProperties,
    Extension, StandbyPoolProfile,
};
use volume::Volume;

/// A container group, as a request body and as a response; properties in Azure's order (recorded).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ContainerGroup {
    /// What the group is made of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub properties: Option<ContainerGroupProperties>,
    /// Managed identities.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// The resource id; read-only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<ResourceId>,
    /// The resource name; read-only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The resource type; read-only.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The region, echoed as the caller wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// Availability zones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zones: Option<Vec<String>>,
    /// Tags, in the caller's order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<IndexMap<String, String>>,
    /// Who made it and who changed it last (since 2025-09-01); read-only. Boxed, as no stored request has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system_data: Option<Box<SystemData>>,
}

/// The properties of a container group; in Azure's order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ContainerGroupProperties {
    /// The SKU (since 2019-12-01).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<Sku>,
    /// The confidential computing policy (since 2022-10-01-preview).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidential_compute_properties: Option<ConfidentialComputeProperties>,
    /// Whether the group came from a standby pool (since 2024-05-01-preview); read-only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_created_from_standby_pool: Option<bool>,
    /// Where the group stands; read-only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provisioning_state: Option<ProvisioningState>,
    /// What `instanceView.state` has said since (2017-08-01-preview alone); read-only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Seconds that provisioning may take (since 2023-02-01-preview).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provisioning_timeout_in_seconds: Option<u32>,
    /// Whether the caller set that time-out (since 2023-02-01-preview); read-only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_custom_provisioning_timeout: Option<bool>,
    /// Secrets of key vaults, by names that the rest of the group refers to (since 2024-10-01-preview).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_references: Option<Vec<SecretReference>>,
    /// The containers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub containers: Option<Vec<Container>>,
    /// The containers that run to completion before the others (since 2019-12-01).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub init_containers: Option<Vec<InitContainer>>,
    /// Credentials of image registries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_registry_credentials: Option<Vec<ImageRegistryCredential>>,
    /// When containers are restarted; absent means `Always`.
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
    /// What the platform sees of the group; read-only, absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_view: Option<GroupInstanceView>,
    /// Where logs go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diagnostics: Option<Diagnostics>,
    /// The network profile (2018-09-01 to 2021-03-01).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_profile: Option<NetworkProfile>,
    /// The subnets (since 2021-07-01); one at most in practice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subnet_ids: Option<Vec<SubnetId>>,
    /// Name resolution inside the containers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dns_config: Option<DnsConfig>,
    /// Encryption with a customer's key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption_properties: Option<EncryptionProperties>,
    /// Extensions such as kube-proxy (since 2022-09-01).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extensions: Option<Vec<Extension>>,
    /// Regular or spot (since 2022-10-01-preview).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// The profile that the group is made from (since 2024-05-01-preview).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container_group_profile: Option<ContainerGroupProfileReference>,
    /// The standby pool that the group is taken from (since 2024-05-01-preview).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standby_pool_profile: Option<StandbyPoolProfile>,
    /// The NGroups that the group belongs to; read-only (DOC: "About NGroups").
    #[serde(skip_serializing_if = "Option::is_none")]
    pub orchestrator_id: Option<String>,
    /// Who may use which identities (since 2024-11-01-preview).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity_acls: Option<IdentityAcls>,
}

open_enum! {
    /// The SKU of a group.
    pub enum Sku {
        /// None given.
        NotSpecified = "NotSpecified",
        /// Shared hosts.
        Standard = "Standard",
        /// Dedicated hosts.
        Dedicated = "Dedicated",
        /// Hosts with trusted execution environments.
        Confidential = "Confidential",
    }
}

open_enum! {
    /// The operating system of a group.
    pub enum OsType {
        /// Windows.
        Windows = "Windows",
        /// Linux.
        Linux = "Linux",
    }
}

open_enum! {
    /// When containers are restarted.
    pub enum RestartPolicy {
        /// After every exit.
        Always = "Always",
        /// After an exit that is not 0.
        OnFailure = "OnFailure",
        /// Not at all.
        Never = "Never",
    }
}

open_enum! {
    /// How a group is priced and evicted.
    pub enum Priority {
        /// Runs until deleted.
        Regular = "Regular",
        /// May be evicted.
        Spot = "Spot",
    }
}

open_enum! {
    /// Where a group stands on its way to what was asked for.
    pub enum ProvisioningState {
        /// Nothing known.
        NotSpecified = "NotSpecified",
        /// Accepted, nothing done.
        Accepted = "Accepted",
        /// Accepted and queued: the answer to a PUT.
        Pending = "Pending",
        /// An update or restart is under way.
        Updating = "Updating",
        /// Images are pulled, containers made.
        Creating = "Creating",
        /// The platform moves the group to healthy infrastructure.
        Repairing = "Repairing",
        /// The containers do not come up.
        Unhealthy = "Unhealthy",
        /// Could not be done.
        Failed = "Failed",
        /// Given up on request.
        Canceled = "Canceled",
        /// Done.
        Succeeded = "Succeeded",
        /// Being deleted.
        Deleting = "Deleting",
        /// The platform cannot be asked.
        NotAccessible = "NotAccessible",
        /// In a standby pool.
        PreProvisioned = "PreProvisioned",
    }
}
