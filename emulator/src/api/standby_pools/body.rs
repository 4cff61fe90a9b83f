//! Standby pools as bodies, and what each member says of the groups that are kept.

use aci_model::group::network::SubnetId;
use aci_model::group::settings::ContainerGroupProfileReference;
use aci_model::ngroup::{
    ContainerGroupProfileStub, ElasticProfile, EntityReference, NGroupProperties, StubProperties,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::ngroups::pool;
use crate::ngroups::record::NGroup;

/// The one policy that there is (SPEC).
const REFILL_POLICY: &str = "always";

/// The properties of a pool; in a PATCH, what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PoolProperties {
    /// How many groups are kept.
    pub elasticity_profile: Option<ElasticityProfile>,
    /// What they are made from.
    pub container_group_properties: Option<GroupProperties>,
    /// The availability zones over which they are spread (since 2025-03-01).
    pub zones: Option<Vec<String>>,
}

/// How many groups are kept.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ElasticityProfile {
    /// How many.
    pub max_ready_capacity: Option<i32>,
    /// When one that was given away is replaced.
    pub refill_policy: Option<String>,
    /// Whether Azure chooses the number (since 2025-10-01).
    pub dynamic_sizing: Option<DynamicSizing>,
}

/// Whether Azure chooses the number of groups.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct DynamicSizing {
    /// It does.
    pub enabled: Option<bool>,
}

/// What groups are made from.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct GroupProperties {
    /// A profile and one of its revisions.
    pub container_group_profile: Option<ContainerGroupProfileReference>,
    /// The subnets that they are in.
    pub subnet_ids: Option<Vec<SubnetId>>,
}

impl ElasticityProfile {
    /// Whether the refill policy is one that there is.
    pub(super) fn refills(&self) -> bool {
        self.refill_policy.as_deref().is_none_or(|policy| policy.eq_ignore_ascii_case(REFILL_POLICY))
    }

    /// Whether Azure is to choose the number.
    pub(super) fn is_dynamic(&self) -> bool {
        self.dynamic_sizing.as_ref().and_then(|sizing| sizing.enabled) == Some(true)
    }
}

impl PoolProperties {
    /// The same as properties of NGroups.
    pub(super) fn ngroup(&self) -> NGroupProperties {
        let count = self.elasticity_profile.as_ref().and_then(|it| it.max_ready_capacity);
        let GroupProperties { container_group_profile, subnet_ids } =
            self.container_group_properties.clone().unwrap_or_default();
        let ContainerGroupProfileReference { id, revision } = container_group_profile.unwrap_or_default();
        NGroupProperties {
            elastic_profile: Some(ElasticProfile { desired_count: count, ..ElasticProfile::default() }),
            container_group_profiles: Some(vec![ContainerGroupProfileStub {
                resource: Some(EntityReference { id }),
                revision,
                container_group_properties: subnet_ids
                    .map(|subnets| StubProperties { subnet_ids: Some(subnets), ..StubProperties::default() }),
                ..ContainerGroupProfileStub::default()
            }]),
            ..NGroupProperties::default()
        }
    }

    /// What a pool was asked to be.
    pub(super) fn of(pool: &NGroup) -> Self {
        let properties = &pool.spec.properties;
        let count = properties.elastic_profile.as_ref().and_then(|it| it.desired_count);
        let stub = properties.container_group_profiles.iter().flatten().next().cloned().unwrap_or_default();
        let profile = ContainerGroupProfileReference {
            id: stub.resource.and_then(|resource| resource.id),
            revision: stub.revision,
        };
        Self {
            elasticity_profile: Some(ElasticityProfile {
                max_ready_capacity: count,
                refill_policy: Some(REFILL_POLICY.to_owned()),
                dynamic_sizing: None,
            }),
            container_group_properties: Some(GroupProperties {
                container_group_profile: Some(profile),
                subnet_ids: stub.container_group_properties.and_then(|own| own.subnet_ids),
            }),
            zones: pool.spec.zones.clone(),
        }
    }
}

/// A pool as a response body, in the order of the specification's examples.
pub(super) fn shown(pool: &NGroup) -> Value {
    let PoolProperties { elasticity_profile, container_group_properties, zones } = PoolProperties::of(pool);
    let ElasticityProfile { max_ready_capacity, refill_policy, .. } = elasticity_profile.unwrap_or_default();
    let GroupProperties { container_group_profile, subnet_ids } =
        container_group_properties.unwrap_or_default();
    let mut group = Map::new();
    group.insert("containerGroupProfile".to_owned(), json!(container_group_profile));
    group.extend(subnet_ids.map(|subnets| ("subnetIds".to_owned(), json!(subnets))));
    let mut properties = Map::new();
    let elasticity = json!({ "maxReadyCapacity": max_ready_capacity, "refillPolicy": refill_policy });
    properties.insert("elasticityProfile".to_owned(), elasticity);
    properties.insert("provisioningState".to_owned(), json!(pool.pool_state().as_str()));
    properties.insert("containerGroupProperties".to_owned(), Value::Object(group));
    properties.extend(zones.map(|zones| ("zones".to_owned(), json!(zones))));
    json!({
        "properties": properties,
        "tags": pool.spec.tags.clone().unwrap_or_default(),
        "location": pool.spec.location,
        "id": pool.id,
        "name": pool.id.name(),
        "type": pool::TYPE,
    })
}
