//! The downward API: what of the pod its containers may read.

use std::collections::BTreeMap;
use std::net::IpAddr;

use k8s_openapi::api::core::v1::{Container, ObjectFieldSelector, ResourceFieldSelector};

use super::{Translation, Untranslatable, resources};
use crate::quantity;

/// Why a field has no value.
pub(super) enum NoValue {
    /// Nobody knows it now, and why.
    Unknown(&'static str),
    /// It is no field to be read.
    Never(Untranslatable),
}

/// The value of the field that `selector` names; `at` is the path of the selector.
///
/// The fields are those of `podFieldSelectorRuntimeValue` in `pkg/kubelet/kubelet_pods.go`.
pub(super) fn field(
    t: &Translation<'_>,
    selector: &ObjectFieldSelector,
    at: &str,
) -> Result<String, NoValue> {
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
        // `spec.host` is its name in the first versions, and still converted (`ConvertDownwardAPIFieldLabel`).
        "spec.nodeName" | "spec.host" => Some(t.settings.node_name.clone()),
        "spec.serviceAccountName" => t.spec.service_account_name.clone(),
        "spec.restartPolicy" => t.spec.restart_policy.clone(),
        "spec.schedulerName" => t.spec.scheduler_name.clone(),
        "spec.terminationGracePeriodSeconds" => {
            Some(t.spec.termination_grace_period_seconds.unwrap_or(30).to_string())
        }
        "status.hostIP" | "status.hostIPs" => {
            let none = NoValue::Unknown("the node has no address (VKUBELET_POD_IP)");
            return t.settings.host_ip.map(|ip: IpAddr| ip.to_string()).ok_or(none);
        }
        "status.podIP" | "status.podIPs" => {
            return Err(NoValue::Unknown("it is not known before the container group runs"));
        }
        _ => {
            let reason = format!("{path} is not a field to read");
            return Err(NoValue::Never(Untranslatable::new(at, reason, "name another one")));
        }
    };
    Ok(value.unwrap_or_default())
}

/// The amount that `selector` names of `own`, or of the container that the selector names.
///
/// What ACI grants is told, not what was asked for: amounts are rounded up to its steps, and a container without
/// a limit may use what the whole group has, where a kubelet would tell what the node has
/// (`defaultPodLimitsForDownwardAPI`). The division rounds up, as `pkg/api/v1/resource` does.
pub(super) fn resource(
    t: &Translation<'_>,
    selector: &ResourceFieldSelector,
    own: Option<&Container>,
    at: &str,
) -> Result<String, Untranslatable> {
    let named = selector.container_name.as_deref().filter(|name| !name.is_empty());
    let containers = || t.spec.containers.iter().chain(t.spec.init_containers.iter().flatten());
    let container = match named {
        Some(name) => containers().find(|container| container.name == name),
        None => own,
    };
    let Some(container) = container else {
        let reason = format!("there is no container named {:?}", named.unwrap_or_default());
        return Err(Untranslatable::new(format!("{at}.containerName"), reason, "name one of the pod's"));
    };
    let Some(amount) = resources::granted(t, container, &selector.resource)? else {
        let reason = format!("{} is not known of an ACI container", selector.resource);
        let remedy = "use limits.cpu, limits.memory, requests.cpu or requests.memory";
        return Err(Untranslatable::new(format!("{at}.resource"), reason, remedy));
    };
    let divisor = selector.divisor.as_ref().map_or(Some(0), |divisor| quantity::parse(&divisor.0));
    let divisor = match divisor {
        Some(0) => quantity::UNIT,
        Some(divisor) if divisor > 0 => divisor,
        _ => {
            return Err(Untranslatable::new(format!("{at}.divisor"), "it is not an amount", "correct it"));
        }
    };
    Ok(quantity::steps(amount, divisor).to_string())
}

type Map = BTreeMap<String, String>;

/// The key of `path` = `prefix['key']`.
fn keyed<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    path.strip_prefix(prefix)?.strip_prefix("['")?.strip_suffix("']")
}

fn lookup(map: Option<&Map>, key: &str) -> String {
    map.and_then(|map| map.get(key)).cloned().unwrap_or_default()
}

/// `key="value"` lines, the kubelet's format of whole maps (`FormatMap` in `pkg/fieldpath`).
fn lines(map: Option<&Map>) -> String {
    let lines: Vec<_> =
        map.into_iter().flatten().map(|(key, value)| format!("{key}={}", quoted(value))).collect();
    lines.join("\n")
}

/// Go's `%q`: Rust's quoting but for the escapes of control characters.
fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            c if u32::from(c) < 0x80 && c.is_control() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_are_written_as_go_writes_them() {
        let map = Map::from([("a".to_owned(), "x\"y\\\n".to_owned()), ("b".to_owned(), "ü\u{1}".to_owned())]);
        assert_eq!(lines(Some(&map)), "a=\"x\\\"y\\\\\\n\"\nb=\"ü\\x01\"");
    }

    #[test]
    fn keys_may_hold_dots_and_slashes() {
        assert_eq!(
            keyed("metadata.labels['app.kubernetes.io/name']", "metadata.labels"),
            Some("app.kubernetes.io/name")
        );
        assert_eq!(keyed("metadata.labels", "metadata.labels"), None);
    }
}
