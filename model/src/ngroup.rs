//! The NGroups resource: many container groups that are made from profiles and kept together.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::group::container::Container;
use crate::group::identity::Identity;
use crate::group::network::SubnetId;
use crate::group::volume::Volume;
use crate::open_enum;
use crate::resource::SystemData;
use crate::resource_id::ResourceId;

/// The resource type of NGroups.
pub const NGROUP_TYPE: &str = "Microsoft.ContainerInstance/ngroups";

/// NGroups, as a request body and as a response.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct NGroup {
    /// How many groups there are, from what and how they are updated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub properties: Option<NGroupProperties>,
    /// The identities of the groups.
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
    /// The region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// Tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<IndexMap<String, String>>,
    /// The availability zones over which the groups are spread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zones: Option<Vec<String>>,
    /// Who made it and who changed it last; read-only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system_data: Option<Box<SystemData>>,
}

/// The properties of NGroups.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct NGroupProperties {
    /// How many groups there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elastic_profile: Option<ElasticProfile>,
    /// What the groups are made from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container_group_profiles: Option<Vec<ContainerGroupProfileStub>>,
    /// Where it stands; read-only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provisioning_state: Option<NGroupProvisioningState>,
    /// How groups are updated (since 2024-11-01-preview).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_profile: Option<UpdateProfile>,
    /// Where groups lie (since 2024-11-01-preview).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placement_profile: Option<PlacementProfile>,
}

/// How many groups there are.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ElasticProfile {
    /// How many are wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub desired_count: Option<i32>,
    /// Whether a group that somebody deletes is replaced (since 2024-11-01-preview).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maintain_desired_count: Option<bool>,
    /// What the groups are called (since 2024-11-01-preview).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container_group_naming_policy: Option<NamingPolicy>,
}

/// What the groups are called.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct NamingPolicy {
    /// By GUIDs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guid_naming_policy: Option<GuidNamingPolicy>,
}

/// Names by GUIDs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct GuidNamingPolicy {
    /// What stands before the GUID.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
}

/// A profile that groups are made from, and what is added to it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ContainerGroupProfileStub {
    /// The profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<EntityReference>,
    /// The revision; the latest when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<i32>,
    /// What the groups have besides (since 2024-11-01-preview).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container_group_properties: Option<StubProperties>,
    /// Load balancers and gateways (since 2024-11-01-preview); kept as they are given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_profile: Option<serde_json::Value>,
    /// File shares (since 2024-11-01-preview); kept as they are given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_profile: Option<serde_json::Value>,
}

/// What groups have besides what their profile says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct StubProperties {
    /// The subnets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subnet_ids: Option<Vec<SubnetId>>,
    /// More volumes in containers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub containers: Option<Vec<Container>>,
    /// More volumes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volumes: Option<Vec<Volume>>,
}

/// A resource by its id.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EntityReference {
    /// The id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// How groups are updated.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct UpdateProfile {
    /// By hand or by themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_mode: Option<UpdateMode>,
    /// How, when by themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rolling_update_profile: Option<RollingUpdateProfile>,
}

/// How groups are updated batch by batch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RollingUpdateProfile {
    /// The most groups of a batch, in hundredths of all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_batch_percent: Option<i32>,
    /// The most groups of the updated ones that may be unhealthy after a batch, in hundredths.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_unhealthy_percent: Option<i32>,
    /// The time between two batches, by ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pause_time_between_batches: Option<String>,
    /// Whether groups are changed, rather than others made in their place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_place_update: Option<bool>,
}

/// Where groups lie.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PlacementProfile {
    /// Over how many fault domains they are spread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault_domain_count: Option<i32>,
}

open_enum! {
    /// By whom groups are updated.
    pub enum UpdateMode {
        /// Whoever wants it; new groups alone follow the profile.
        Manual = "Manual",
        /// NGroups, batch by batch.
        Rolling = "Rolling",
    }
}

open_enum! {
    /// Where NGroups stands on its way to what was asked for.
    pub enum NGroupProvisioningState {
        /// The first groups are being made.
        Creating = "Creating",
        /// Groups are being made, changed or deleted.
        Updating = "Updating",
        /// Could not be done.
        Failed = "Failed",
        /// Done.
        Succeeded = "Succeeded",
        /// Given up on request.
        Canceled = "Canceled",
        /// Being deleted.
        Deleting = "Deleting",
        /// Moving between platforms.
        Migrating = "Migrating",
    }
}
