//! Writes statuses: only what changed, and never over somebody else's change.

use k8s_openapi::api::core::v1::{Pod, PodStatus};
use kube::api::{Patch, PatchParams};
use kube::{Api, Client};
use serde_json::{Map, Value, json};

/// Attempts before the next observation has to bring the status.
const MAX_CONFLICTS: usize = 5;

/// Gives `pod` the status that `make` derives from it; answers the pod as it is then, `None` when it is gone.
///
/// A merge patch with the version and the UID that the status was derived from: when either has moved on,
/// the status is derived anew from the pod as it is.
///
/// # Errors
/// The API server's.
pub(super) async fn write(
    client: &Client,
    pod: &Pod,
    make: impl Fn(&Pod) -> PodStatus,
) -> Result<Option<Pod>, kube::Error> {
    let meta = &pod.metadata;
    let name = meta.name.as_deref().unwrap_or_default();
    let api: Api<Pod> = Api::namespaced(client.clone(), meta.namespace.as_deref().unwrap_or("default"));
    let mut current = pod.clone();
    for _ in 0..MAX_CONFLICTS {
        let Some(patch) = patch(&current, &make(&current))? else { return Ok(Some(current)) };
        match api.patch_status(name, &PatchParams::default(), &Patch::Merge(&patch)).await {
            Ok(updated) => return Ok(Some(updated)),
            Err(kube::Error::Api(status)) if status.code == 404 => return Ok(None),
            Err(kube::Error::Api(status)) if status.code == 409 => {}
            Err(error) => return Err(error),
        }
        match api.get_opt(name).await? {
            Some(fresh) if fresh.metadata.uid == meta.uid => current = fresh,
            _ => return Ok(None),
        }
    }
    tracing::debug!(pod.name = name, "the pod changes faster than its status can be written");
    Ok(Some(current))
}

/// The patch from the present status of `pod` to `wanted`; `None` when there is nothing to change.
fn patch(pod: &Pod, wanted: &PodStatus) -> Result<Option<Value>, kube::Error> {
    let value = |status: &PodStatus| serde_json::to_value(status).map_err(kube::Error::SerdeError);
    let old = value(&pod.status.clone().unwrap_or_default())?;
    Ok(merge_diff(&old, &value(wanted)?).map(|status| {
        json!({
            "metadata": {"uid": pod.metadata.uid, "resourceVersion": pod.metadata.resource_version},
            "status": status,
        })
    }))
}

/// The RFC 7386 patch that turns `old` into `new`; `None` when they are equal.
fn merge_diff(old: &Value, new: &Value) -> Option<Value> {
    let (Value::Object(old), Value::Object(new)) = (old, new) else {
        return (old != new).then(|| new.clone());
    };
    let removed = old.keys().filter(|key| !new.contains_key(*key)).map(|key| (key.clone(), Value::Null));
    let changed = new.iter().filter_map(|(key, value)| {
        let change = match old.get(key) {
            Some(before) => merge_diff(before, value)?,
            None => value.clone(),
        };
        Some((key.clone(), change))
    });
    let patch: Map<String, Value> = removed.chain(changed).collect();
    (!patch.is_empty()).then_some(Value::Object(patch))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_holds_for_the_version_that_it_was_made_from() {
        let mut pod = Pod::default();
        (pod.metadata.uid, pod.metadata.resource_version) = (Some("u".to_owned()), Some("41".to_owned()));
        let wanted = PodStatus { phase: Some("Running".to_owned()), ..PodStatus::default() };
        let patch = patch(&pod, &wanted).unwrap().unwrap();
        assert_eq!(patch["metadata"], json!({"uid": "u", "resourceVersion": "41"}));
    }

    #[test]
    fn a_patch_names_what_changed_and_what_vanished() {
        let old = json!({"phase": "Pending", "reason": "ProviderFailed", "hostIP": "10.0.0.1"});
        let new = json!({"phase": "Running", "hostIP": "10.0.0.1", "podIP": "10.1.0.4"});
        let expected = json!({"phase": "Running", "reason": null, "podIP": "10.1.0.4"});
        assert_eq!(merge_diff(&old, &new), Some(expected));
        assert_eq!(merge_diff(&new, &new), None);
    }
}
