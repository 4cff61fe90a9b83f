//! The downward API: fields of the pod that its containers may read.

use k8s_openapi::api::core::v1::ObjectFieldSelector;

use super::{Translation, Untranslatable};

/// The value of the field that `selector` names; `at` is the path of the selector.
pub(super) fn field(
    t: &Translation<'_>,
    selector: &ObjectFieldSelector,
    at: &str,
) -> Result<String, Untranslatable> {
    let meta = &t.pod.metadata;
    let path = selector.field_path.as_str();
    if let Some(key) = keyed(path, "metadata.labels") {
        return Ok(lookup(meta.labels.as_ref(), key));
    }
    if let Some(key) = keyed(path, "metadata.annotations") {
        return Ok(lookup(meta.annotations.as_ref(), key));
    }
    let value = match path {
        "metadata.name" => meta.name.clone(),
        "metadata.namespace" => meta.namespace.clone(),
        "metadata.uid" => meta.uid.clone(),
        "metadata.labels" => Some(lines(meta.labels.as_ref())),
        "metadata.annotations" => Some(lines(meta.annotations.as_ref())),
        "spec.nodeName" => Some(t.settings.node_name.clone()),
        "spec.serviceAccountName" => t.spec.service_account_name.clone(),
        "status.podIP" | "status.podIPs" | "status.hostIP" | "status.hostIPs" => {
            return Err(Untranslatable::new(
                at,
                format!("{path} is not known before the container group runs"),
                "read the address inside the container, for example with `hostname -i`",
            ));
        }
        _ => return Err(Untranslatable::new(at, format!("{path} is not a field to read"), "remove it")),
    };
    Ok(value.unwrap_or_default())
}

type Map = std::collections::BTreeMap<String, String>;

/// The key of `path` = `prefix['key']`.
fn keyed<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    path.strip_prefix(prefix)?.strip_prefix("['")?.strip_suffix("']")
}

fn lookup(map: Option<&Map>, key: &str) -> String {
    map.and_then(|map| map.get(key)).cloned().unwrap_or_default()
}

/// `key="value"` lines, the kubelet's format of whole maps.
fn lines(map: Option<&Map>) -> String {
    let lines: Vec<_> = map.into_iter().flatten().map(|(key, value)| format!("{key}={value:?}")).collect();
    lines.join("\n")
}
