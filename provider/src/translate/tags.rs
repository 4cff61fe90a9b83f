//! The tags that say whose a group is: all that the provider remembers lives in them.

use aci_model::group::ContainerGroup;
use indexmap::IndexMap;
use k8s_openapi::api::core::v1::Pod;

use super::{Settings, annotations};

/// The pod's name.
pub const POD_NAME: &str = "PodName";
/// The pod's namespace.
pub const NAMESPACE: &str = "Namespace";
/// The pod's UID.
pub const UID: &str = "UID";
/// The node's name.
pub const NODE_NAME: &str = "NodeName";
/// When the pod was created, in the Go provider's format.
pub const CREATION_TIMESTAMP: &str = "CreationTimestamp";
/// The cluster's id; the first five are the Go provider's, this one keeps clusters that share a resource
/// group and a node name from deleting each other's pods.
pub const CLUSTER_ID: &str = "ClusterId";

/// All of them, which no annotation may set.
pub(super) const OWN: [&str; 6] = [POD_NAME, NAMESPACE, UID, NODE_NAME, CREATION_TIMESTAMP, CLUSTER_ID];

/// The tags of `pod`'s group: ours, and those of its annotation as far as they are legal.
pub(crate) fn of(pod: &Pod, settings: &Settings) -> IndexMap<String, String> {
    let meta = &pod.metadata;
    let created = meta.creation_timestamp.as_ref().map(|time| time.0.strftime("%Y-%m-%d %H:%M:%S +0000 UTC"));
    [
        (POD_NAME, meta.name.clone().unwrap_or_default()),
        (NAMESPACE, meta.namespace.clone().unwrap_or_default()),
        (UID, meta.uid.clone().unwrap_or_default()),
        (NODE_NAME, settings.node_name.clone()),
        (CREATION_TIMESTAMP, created.map(|text| text.to_string()).unwrap_or_default()),
        (CLUSTER_ID, settings.cluster_id.clone()),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value))
    .chain(annotations::custom_tags(pod).unwrap_or_default())
    .collect()
}

/// The pod that a group of this node and cluster belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its UID.
    pub uid: String,
}

/// Whose `group` is; `None` for groups of other nodes, other clusters or nobody that we know.
pub fn owner(group: &ContainerGroup, node_name: &str, cluster_id: &str) -> Option<Owner> {
    let tags = group.tags.as_ref()?;
    // ARM keeps the case of tag names but compares them without it.
    let tag =
        |key: &str| tags.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, v)| v.as_str());
    if tag(NODE_NAME)? != node_name || tag(CLUSTER_ID)? != cluster_id {
        return None;
    }
    Some(Owner {
        namespace: tag(NAMESPACE)?.to_owned(),
        name: tag(POD_NAME)?.to_owned(),
        uid: tag(UID)?.to_owned(),
    })
}
