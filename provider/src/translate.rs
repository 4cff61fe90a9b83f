//! From pods to container groups: pure, so that every rule is a table row in a test.
//!
//! Nothing of a pod is dropped in silence. What ACI cannot do is either refused ([`Untranslatable`], naming
//! the field and the remedy), because the containers would do something else than asked, or noted
//! ([`Note`]), because they run as asked with less comfort. What depends on an object that is not there
//! (yet) waits ([`Missing`]), as it does on a kubelet.

use aci_model::ResourceId;
use aci_model::group::OsType;

/// What is the same for every pod of a node.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The node's name; goes into the tags, and into `spec.nodeName` of the downward API.
    pub node_name: String,
    /// What tells this cluster's groups from another's in the same resource group: the UID of the namespace
    /// `kube-system`, as is customary.
    pub cluster_id: String,
    /// The region of the groups.
    pub location: String,
    /// The operating system of the node.
    pub os_type: OsType,
    /// The subnet that the groups join; without one they get public addresses.
    pub subnet: Option<ResourceId>,
    /// The cluster's DNS service (`KUBE_DNS_IP`); used only with a subnet.
    pub kube_dns_ip: Option<String>,
    /// The cluster's DNS domain, `cluster.local` by default; used only with a subnet.
    pub cluster_domain: String,
}
