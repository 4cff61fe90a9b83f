//! The node's settings, from flags, variables and the provider's file.

use super::error::ConfigError;
use super::provider_file::ProviderFile;
use super::source::Source;
use crate::node::{Capacity, FromQuota, NodeSettings, OperatingSystem, Taint, TaintEffect};
use crate::quantity;

/// The Go provider's defaults of the quota variables (`vk_node.go`).
const DEFAULT_CPU: &str = "10000";
const DEFAULT_MEMORY: &str = "4Ti";
const DEFAULT_PODS: &str = "5000";
/// The longest name of an object (RFC 1123 subdomain).
const LONGEST_NAME: usize = 253;

/// What the command line says about the node.
pub(super) struct Given {
    pub name: String,
    pub os: Option<String>,
    pub disable_taint: bool,
    pub taint_key: Option<String>,
    pub deregister: bool,
}

pub(super) fn resolve(
    source: &Source<'_>,
    given: Given,
    file: &ProviderFile,
    region: &str,
) -> Result<NodeSettings, ConfigError> {
    let os = given.os.as_deref().or(file.operating_system.as_deref()).unwrap_or("Linux");
    Ok(NodeSettings {
        name: name(given.name)?,
        os: match os.to_ascii_lowercase().as_str() {
            "linux" => OperatingSystem::Linux,
            "windows" => OperatingSystem::Windows,
            _ => return Err(ConfigError::invalid("--os", os, "use Linux or Windows")),
        },
        taint: taint(source, given.disable_taint, given.taint_key)?,
        more_taints: more_taints(source)?,
        from_quota: FromQuota {
            cpu: source.get("ACI_QUOTA_CPU").is_none() && file.cpu.is_none(),
            pods: source.get("ACI_QUOTA_POD").is_none() && file.pods.is_none(),
        },
        deregister: given.deregister,
        capacity: Capacity {
            cpu: quantity("ACI_QUOTA_CPU", source, file.cpu.as_deref(), DEFAULT_CPU)?,
            memory: quantity("ACI_QUOTA_MEMORY", source, file.memory.as_deref(), DEFAULT_MEMORY)?,
            pods: quantity("ACI_QUOTA_POD", source, file.pods.as_deref(), DEFAULT_PODS)?,
        },
        internal_ip: source.ip("VKUBELET_POD_IP")?,
        kubelet_port: port(source)?,
        region: region.to_owned(),
    })
}

fn name(name: String) -> Result<String, ConfigError> {
    let label = |label: &str| {
        let inner = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-';
        !label.is_empty()
            && label.as_bytes().iter().all(inner)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    match name.len() <= LONGEST_NAME && name.split('.').all(label) {
        true => Ok(name),
        false => Err(ConfigError::invalid(
            "--nodename",
            &name,
            "must be lower-case letters, digits, '-' and '.', at most 253 characters",
        )),
    }
}

fn taint(source: &Source<'_>, disabled: bool, key: Option<String>) -> Result<Taint, ConfigError> {
    let effect = source.get("VKUBELET_TAINT_EFFECT").unwrap_or("NoSchedule");
    Ok(Taint {
        enabled: !disabled,
        key: key
            .or_else(|| source.get_owned("VKUBELET_TAINT_KEY"))
            .unwrap_or_else(|| "virtual-kubelet.io/provider".to_owned()),
        value: source.get("VKUBELET_TAINT_VALUE").unwrap_or("azure").to_owned(),
        effect: taint_effect("VKUBELET_TAINT_EFFECT", effect)?,
    })
}

fn taint_effect(name: &'static str, effect: &str) -> Result<TaintEffect, ConfigError> {
    match effect {
        "NoSchedule" => Ok(TaintEffect::NoSchedule),
        "NoExecute" => Ok(TaintEffect::NoExecute),
        "PreferNoSchedule" => Ok(TaintEffect::PreferNoSchedule),
        _ => Err(ConfigError::invalid(name, effect, "use NoSchedule, NoExecute or PreferNoSchedule")),
    }
}

/// Taints as `kubectl taint` writes them, separated by commas: `azure.com/aci:NoSchedule`, `key=value:NoExecute`.
fn more_taints(source: &Source<'_>) -> Result<Vec<Taint>, ConfigError> {
    const NAME: &str = "ACI_MORE_TAINTS";
    let texts =
        source.get(NAME).unwrap_or_default().split(',').map(str::trim).filter(|text| !text.is_empty());
    texts
        .map(|text| {
            let (what, effect) =
                text.rsplit_once(':').filter(|(what, _)| !what.is_empty()).ok_or_else(|| {
                    ConfigError::invalid(NAME, text, "write taints as key:effect or key=value:effect")
                })?;
            let (key, value) = what.split_once('=').unwrap_or((what, ""));
            let effect = taint_effect(NAME, effect)?;
            Ok(Taint { enabled: true, key: key.to_owned(), value: value.to_owned(), effect })
        })
        .collect()
}

fn port(source: &Source<'_>) -> Result<u16, ConfigError> {
    /// The kubelet's well-known port.
    const KUBELET_PORT: &str = "10250";
    let value = source.get("KUBELET_PORT").unwrap_or(KUBELET_PORT);
    let remedy = "must be a port from 0 to 65535; 0 picks one";
    value.parse().map_err(|_| ConfigError::invalid("KUBELET_PORT", value, remedy))
}

fn quantity(
    name: &'static str,
    source: &Source<'_>,
    from_file: Option<&str>,
    default: &str,
) -> Result<String, ConfigError> {
    let value = source.get(name).or(from_file).unwrap_or(default);
    match quantity::parse(value).is_some_and(|nanos| nanos >= 0) {
        true => Ok(value.to_owned()),
        false => Err(ConfigError::invalid(name, value, "must be a quantity such as 20, 500m or 4Ti")),
    }
}
