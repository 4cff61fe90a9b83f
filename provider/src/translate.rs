//! From pods to container groups: pure, so that every rule is a table row in a test.
//!
//! Nothing of a pod is dropped in silence. What ACI cannot do is either refused ([`Untranslatable`], naming
//! the field and the remedy), because the containers would do something else than asked, or noted
//! ([`Note`]), because they run as asked with less comfort. [`fields`] says of every field which. What depends on
//! an object that is not there (yet) waits ([`Missing`]), as it does on a kubelet.

use std::net::IpAddr;

use aci_model::ResourceId;
use aci_model::group::{ContainerGroup, ContainerGroupProperties, OsType, RestartPolicy};
use k8s_openapi::api::core::v1::{Pod, PodSpec};

use crate::profile::{self, Profile};

pub mod annotations;
mod containers;
mod downward;
mod env;
mod expand;
pub mod fields;
pub mod inputs;
mod network;
mod notes;
mod probes;
pub mod reasons;
pub mod registry;
mod resources;
mod security;
mod service_links;
mod shares;
pub mod tags;
mod volumes;

use annotations::Annotations;
pub use annotations::Workspace;
pub(crate) use containers::is_sidecar;
pub use inputs::Inputs;
pub(crate) use inputs::is_automounted;
use notes::Notes;
pub use notes::{Missing, Note, Refusal, Untranslatable};
pub use service_links::Master;

/// What is the same for every pod of a node.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The node's name; goes into the tags, and into `spec.nodeName` of the downward API.
    pub node_name: String,
    /// The node's address, for `status.hostIP` of the downward API.
    pub host_ip: Option<IpAddr>,
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
    /// Whose limits hold.
    pub profile: Profile,
    /// Where containers find the API server, instead of at the address of the service `kubernetes`.
    pub master: Option<Master>,
    /// Where the logs of pods go that name no workspace of their own.
    pub log_analytics: Option<Workspace>,
}

/// A pod as a group.
#[derive(Clone, Debug)]
pub struct Translated {
    /// The body of the PUT.
    pub group: ContainerGroup,
    /// What the owner of the pod should know.
    pub notes: Vec<Note>,
}

/// The parts of a translation that every rule looks at.
struct Translation<'a> {
    pod: &'a Pod,
    spec: &'a PodSpec,
    inputs: &'a Inputs,
    settings: &'a Settings,
    annotations: Annotations,
    notes: Notes,
}

/// Translates `pod`, given the objects that it refers to.
///
/// # Errors
/// [`Refusal::Untranslatable`] until the pod changes, [`Refusal::Missing`] until an object appears.
pub fn pod_to_group(pod: &Pod, inputs: &Inputs, settings: &Settings) -> Result<Translated, Refusal> {
    let empty = PodSpec::default();
    let spec = pod.spec.as_ref().unwrap_or(&empty);
    profile::check(settings.profile, pod, &settings.location)?;
    let annotations = Annotations::of(pod)?;
    let mut t = Translation { pod, spec, inputs, settings, annotations, notes: Notes::default() };
    fields::check(spec, &mut t.notes)?;
    check_operating_system(&t)?;

    let mut mounts = volumes::translate(&mut t)?;
    let mut properties = ContainerGroupProperties {
        containers: Some(containers::ordinary(&mut t, &mut mounts)?),
        init_containers: containers::init(&mut t, &mut mounts)?,
        image_registry_credentials: registry::credentials(&mut t)?,
        restart_policy: Some(RestartPolicy::from(spec.restart_policy.as_deref().unwrap_or("Always"))),
        os_type: Some(settings.os_type.clone()),
        volumes: mounts.into_volumes()?,
        ..ContainerGroupProperties::default()
    };
    resources::clamp_limits(&mut t, &mut properties);
    network::translate(&mut t, &mut properties)?;
    annotations::apply(&mut t, &mut properties)?;

    let group = ContainerGroup {
        properties: Some(properties),
        identity: annotations::identity(&t)?,
        location: Some(settings.location.clone()),
        zones: t.annotations.zones.clone(),
        tags: Some(tags::of(pod, settings)),
        ..ContainerGroup::default()
    };
    Ok(Translated { group, notes: t.notes.into_list() })
}

impl Translation<'_> {
    fn namespace(&self) -> &str {
        self.pod.metadata.namespace.as_deref().unwrap_or("default")
    }
}

fn check_operating_system(t: &Translation<'_>) -> Result<(), Untranslatable> {
    let refuse = |field: &str, reason: String, remedy: &str| Err(Untranslatable::new(field, reason, remedy));
    let own = &t.settings.os_type;
    if let Some(os) = &t.spec.os
        && !os.name.eq_ignore_ascii_case(own.as_str())
    {
        let remedy = "select a node with that operating system";
        return refuse("spec.os.name", format!("this virtual node runs {own}"), remedy);
    }
    if *own == OsType::Windows && t.spec.containers.len() > 1 {
        let reason = "a Windows container group has one container".to_owned();
        return refuse("spec.containers", reason, "split the pod");
    }
    Ok(())
}
