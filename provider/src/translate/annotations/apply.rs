//! What the annotations put into a group.

use aci_model::Secret;
use aci_model::group::ContainerGroupProperties;
use aci_model::group::OsType;
use aci_model::group::identity::{Identity, IdentityType, UserAssignedIdentity};
use aci_model::group::settings::{ConfidentialComputeProperties, Diagnostics, LogAnalytics};
use indexmap::IndexMap;

use super::super::{Missing, Refusal, Translation, Untranslatable, reasons};
use super::table::{
    ANNOTATIONS, DNS_NAME_LABEL, DNS_NAME_LABEL_SCOPE, GPU_TYPE, IDENTITY, IMAGE_CACHE_POD,
    INJECT_KUBE_PROXY, LOG_ANALYTICS_SECRET, LOG_ANALYTICS_TYPE, PREFIXES,
};
use super::{Annotation, path};

/// The keys of a Log Analytics secret.
const WORKSPACE_ID: &str = "workspaceId";
const WORKSPACE_KEY: &str = "workspaceKey";

/// A Log Analytics workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workspace {
    /// Its id.
    pub id: String,
    /// Its key.
    pub key: Secret,
    /// The cluster's resource id, by which Container Insights finds its pods.
    pub cluster_resource_id: Option<String>,
}

/// Applies those that concern neither the network nor the containers.
pub(in crate::translate) fn apply(
    t: &mut Translation<'_>,
    properties: &mut ContainerGroupProperties,
) -> Result<(), Refusal> {
    properties.sku = t.annotations.sku.clone();
    properties.priority = t.annotations.priority.clone();
    properties.confidential_compute_properties = t
        .annotations
        .cce_policy
        .clone()
        .map(|policy| ConfidentialComputeProperties { cce_policy: Some(policy) });
    properties.diagnostics = diagnostics(t)?;
    note_without_effect(t);
    Ok(())
}

/// The identities of the group: those of the pod, and the one that pulls its images.
pub(in crate::translate) fn identity(t: &Translation<'_>) -> Result<Option<Identity>, Untranslatable> {
    let annotations = &t.annotations;
    let mut user: IndexMap<String, Option<UserAssignedIdentity>> = IndexMap::new();
    for id in annotations.identities.iter().chain(&annotations.pull_identity) {
        if !user.keys().any(|known| known.eq_ignore_ascii_case(id)) {
            user.insert(id.clone(), Some(UserAssignedIdentity::default()));
        }
    }
    let kind = match (annotations.system_identity, user.is_empty()) {
        (false, true) => return Ok(None),
        (false, false) => IdentityType::UserAssigned,
        (true, true) => IdentityType::SystemAssigned,
        (true, false) => IdentityType::Both,
    };
    if t.settings.os_type == OsType::Windows {
        let reason = "Windows container groups have no managed identities";
        return Err(Untranslatable::new(path(&IDENTITY), reason, "remove it, or use a Linux virtual node"));
    }
    let user_assigned_identities = (!user.is_empty()).then_some(user);
    Ok(Some(Identity { user_assigned_identities, kind: Some(kind), ..Identity::default() }))
}

fn note_without_effect(t: &mut Translation<'_>) {
    let Some(given) = &t.pod.metadata.annotations else { return };
    let without_effect: [(&Annotation, bool, &str); 5] = [
        (&GPU_TYPE, true, "Azure retired the GPUs of container groups in July 2025"),
        (&INJECT_KUBE_PROXY, true, "container groups run no kube-proxy"),
        (&IMAGE_CACHE_POD, true, "ACI caches images by itself; the pod runs like any other"),
        (&LOG_ANALYTICS_TYPE, !given.contains_key(LOG_ANALYTICS_SECRET.name), "it goes with a secret"),
        (&DNS_NAME_LABEL_SCOPE, !given.contains_key(DNS_NAME_LABEL.name), "it goes with a label"),
    ];
    for (annotation, applies, why) in without_effect {
        let text = given.get(annotation.name).map_or("", |text| text.trim());
        if applies && !matches!(text, "" | "false") {
            t.notes.info(reasons::ANNOTATION_IGNORED, format!("{}: {why}", path(annotation)));
        }
    }
    let ours = |name: &&String| PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    let unknown = |name: &&String| !ANNOTATIONS.iter().any(|annotation| annotation.name == name.as_str());
    for name in given.keys().filter(ours).filter(unknown) {
        let text = format!("metadata.annotations[{name}]: the provider knows no such annotation");
        t.notes.warn(reasons::ANNOTATION_IGNORED, text);
    }
}

fn diagnostics(t: &Translation<'_>) -> Result<Option<Diagnostics>, Missing> {
    let Some(name) = &t.annotations.log_analytics_secret else {
        return Ok(t.settings.log_analytics.as_ref().map(|workspace| of_node(t, workspace)));
    };
    let at = path(&LOG_ANALYTICS_SECRET);
    let missing = |why: String| Missing::env(reasons::MANDATORY_SECRET_NOT_FOUND, at.clone(), why);
    let secret = t.inputs.secrets.get(name).ok_or_else(|| missing(format!("secret {name:?} not found")))?;
    let text = |key: &str| {
        let bytes = secret.data.as_ref().and_then(|data| data.get(key));
        let text = bytes.map(|bytes| String::from_utf8_lossy(&bytes.0).trim().to_owned());
        text.ok_or_else(|| missing(format!("couldn't find key {key} in Secret {}/{name}", t.namespace())))
    };
    Ok(Some(Diagnostics {
        log_analytics: Some(LogAnalytics {
            workspace_id: Some(text(WORKSPACE_ID)?),
            workspace_key: Some(Secret::new(text(WORKSPACE_KEY)?)),
            log_type: t.annotations.log_analytics_type.clone(),
            metadata: Some(metadata(t)),
            workspace_resource_id: None,
        }),
    }))
}

/// As in the Go provider (`getDiagnostics`): type and metadata where the cluster has a resource id.
fn of_node(t: &Translation<'_>, workspace: &Workspace) -> Diagnostics {
    let cluster = workspace.cluster_resource_id.as_ref();
    let metadata = cluster.map(|id| {
        let mut all = metadata(t);
        all.insert("cluster-resource-id".to_owned(), id.clone());
        all
    });
    Diagnostics {
        log_analytics: Some(LogAnalytics {
            workspace_id: Some(workspace.id.clone()),
            workspace_key: Some(workspace.key.clone()),
            log_type: cluster.map(|_| "ContainerInsights".to_owned()),
            metadata,
            workspace_resource_id: None,
        }),
    }
}

/// What the Go provider sends, of each group its own: there all share one map.
fn metadata(t: &Translation<'_>) -> IndexMap<String, String> {
    IndexMap::from([
        ("node-name".to_owned(), t.settings.node_name.clone()),
        ("pod-uuid".to_owned(), t.pod.metadata.uid.clone().unwrap_or_default()),
    ])
}
