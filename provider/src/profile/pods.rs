//! What of a pod meets the constraints of the add-on, each by a function of its own.

use std::net::Ipv6Addr;

use k8s_openapi::api::core::v1::{Container, EnvVarSource, Pod, PodSpec, Probe, Volume};
use serde_json::Value;

use super::Found;
use crate::translate::annotations::{Annotation, IDENTITY, PULL_IDENTITY};
use crate::translate::is_automounted;

/// The one driver of the Container Storage Interface that the add-on translates.
const AZURE_FILES: &str = "file.csi.azure.com";
/// What the add-on translates of a volume, beside its name; claims, downward API and drivers have rows of their own.
const VOLUME_KINDS: [&str; 10] = [
    "name",
    "azureFile",
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "gitRepo",
    "persistentVolumeClaim",
    "projected",
    "secret",
];
/// The fields that the virtual-kubelet library reads (`internal/podutils/env.go`), beside single labels and
/// annotations.
const FIELDS: [&str; 8] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "metadata.labels",
    "metadata.annotations",
    "spec.nodeName",
    "spec.serviceAccountName",
    "spec.host",
];

fn spec(pod: &Pod) -> impl Iterator<Item = &PodSpec> {
    pod.spec.iter()
}

/// The containers with their paths, those that run first before the others.
fn containers(pod: &Pod) -> impl Iterator<Item = (String, &Container)> {
    let init = spec(pod).flat_map(|spec| spec.init_containers.iter().flatten()).enumerate();
    let init = init.map(|(i, container)| (format!("spec.initContainers[{i}]"), container));
    let ordinary = spec(pod).flat_map(|spec| &spec.containers).enumerate();
    init.chain(ordinary.map(|(i, container)| (format!("spec.containers[{i}]"), container)))
}

fn volumes(pod: &Pod) -> impl Iterator<Item = (String, &Volume)> {
    let all = spec(pod).flat_map(|spec| spec.volumes.iter().flatten()).enumerate();
    all.map(|(i, volume)| (format!("spec.volumes[{i}]"), volume))
}

/// The sources of variables, with their paths.
fn sources(pod: &Pod) -> impl Iterator<Item = (String, &EnvVarSource)> {
    containers(pod).flat_map(|(at, container)| {
        let variables = container.env.iter().flatten().enumerate();
        variables.filter_map(move |(i, variable)| {
            Some((format!("{at}.env[{i}].valueFrom"), variable.value_from.as_ref()?))
        })
    })
}

fn probe(pod: &Pod, kind: &str, is_kind: fn(&Probe) -> bool) -> Option<Found> {
    containers(pod).find_map(|(at, container)| {
        let probes =
            [("livenessProbe", &container.liveness_probe), ("readinessProbe", &container.readiness_probe)];
        let mut probes = probes.into_iter().filter_map(|(name, probe)| Some((name, probe.as_ref()?)));
        let (name, _) = probes.find(|(_, probe)| is_kind(probe))?;
        Some(Found::at(format!("{at}.{name}.{kind}")))
    })
}

fn annotated(pod: &Pod, annotation: &Annotation) -> Option<Found> {
    let value = pod.metadata.annotations.as_ref()?.get(annotation.name)?;
    (!value.trim().is_empty()).then(|| Found::at(format!("metadata.annotations[{}]", annotation.name)))
}

fn in_volume(volume: &Volume, at: String) -> Found {
    Found::at(at).naming("volume", &volume.name)
}

pub(super) fn init_containers(pod: &Pod) -> Option<Found> {
    let has = spec(pod).any(|spec| spec.init_containers.as_ref().is_some_and(|list| !list.is_empty()));
    has.then(|| Found::at("spec.initContainers"))
}

pub(super) fn pull_identity(pod: &Pod) -> Option<Found> {
    annotated(pod, &PULL_IDENTITY)
}

pub(super) fn identity(pod: &Pod) -> Option<Found> {
    annotated(pod, &IDENTITY)
}

pub(super) fn host_aliases(pod: &Pod) -> Option<Found> {
    let has = spec(pod).any(|spec| spec.host_aliases.as_ref().is_some_and(|list| !list.is_empty()));
    has.then(|| Found::at("spec.hostAliases"))
}

pub(super) fn lifecycle_hooks(pod: &Pod) -> Option<Found> {
    containers(pod).find_map(|(at, container)| {
        let hooks = container.lifecycle.as_ref()?;
        let name = match (&hooks.post_start, &hooks.pre_stop) {
            (Some(_), _) => "postStart",
            (None, Some(_)) => "preStop",
            (None, None) => return None,
        };
        Some(Found::at(format!("{at}.lifecycle.{name}")))
    })
}

pub(super) fn startup_probe(pod: &Pod) -> Option<Found> {
    let (at, _) = containers(pod).find(|(_, container)| container.startup_probe.is_some())?;
    Some(Found::at(format!("{at}.startupProbe")))
}

pub(super) fn tcp_probe(pod: &Pod) -> Option<Found> {
    probe(pod, "tcpSocket", |probe| probe.tcp_socket.is_some())
}

pub(super) fn grpc_probe(pod: &Pod) -> Option<Found> {
    probe(pod, "grpc", |probe| probe.grpc.is_some())
}

pub(super) fn args_without_command(pod: &Pod) -> Option<Found> {
    let given = |words: &Option<Vec<String>>| words.as_ref().is_some_and(|words| !words.is_empty());
    let (at, _) =
        containers(pod).find(|(_, container)| given(&container.args) && !given(&container.command))?;
    Some(Found::at(format!("{at}.args")))
}

pub(super) fn daemon_set(pod: &Pod) -> Option<Found> {
    let owners = pod.metadata.owner_references.iter().flatten();
    let at = owners.enumerate().find(|(_, owner)| owner.kind == "DaemonSet")?.0;
    Some(Found::at(format!("metadata.ownerReferences[{at}].kind")))
}

pub(super) fn ipv6(pod: &Pod) -> Option<Found> {
    let servers = spec(pod).filter_map(|spec| spec.dns_config.as_ref()?.nameservers.as_ref()).flatten();
    let at = servers.enumerate().find(|(_, server)| server.parse::<Ipv6Addr>().is_ok())?.0;
    Some(Found::at(format!("spec.dnsConfig.nameservers[{at}]")))
}

pub(super) fn claim(pod: &Pod) -> Option<Found> {
    let (at, volume) = volumes(pod).find(|(_, volume)| volume.persistent_volume_claim.is_some())?;
    Some(in_volume(volume, format!("{at}.persistentVolumeClaim")))
}

pub(super) fn csi_driver(pod: &Pod) -> Option<Found> {
    volumes(pod).find_map(|(at, volume)| {
        let driver = &volume.csi.as_ref()?.driver;
        (driver != AZURE_FILES)
            .then(|| in_volume(volume, format!("{at}.csi.driver")).naming("driver", driver))
    })
}

pub(super) fn volume_kind(pod: &Pod) -> Option<Found> {
    volumes(pod).find_map(|(at, volume)| {
        let Ok(Value::Object(members)) = serde_json::to_value(volume) else { return None };
        let kind = members.keys().find(|member| !VOLUME_KINDS.contains(&member.as_str()))?;
        Some(in_volume(volume, format!("{at}.{kind}")))
    })
}

pub(super) fn downward_volume(pod: &Pod) -> Option<Found> {
    let (at, volume) = volumes(pod).find(|(_, volume)| volume.downward_api.is_some())?;
    Some(in_volume(volume, format!("{at}.downwardAPI")))
}

/// The namespace beside the token that admission adds is no wish of the pod's owner; the add-on leaves it out, and
/// every pod would be refused.
pub(super) fn downward_projection(pod: &Pod) -> Option<Found> {
    volumes(pod).filter(|(_, volume)| !is_automounted(&volume.name)).find_map(|(at, volume)| {
        let mut sources = volume.projected.iter().flat_map(|it| it.sources.iter().flatten());
        let i = sources.position(|source| source.downward_api.is_some())?;
        Some(in_volume(volume, format!("{at}.projected.sources[{i}].downwardAPI")))
    })
}

pub(super) fn downward_field(pod: &Pod) -> Option<Found> {
    sources(pod).find_map(|(at, source)| {
        let path = &source.field_ref.as_ref()?.field_path;
        let keyed = ["metadata.labels['", "metadata.annotations['"].iter().any(|key| path.starts_with(key));
        (!keyed && !FIELDS.contains(&path.as_str()))
            .then(|| Found::at(format!("{at}.fieldRef")).naming("path", path))
    })
}

pub(super) fn downward_resource(pod: &Pod) -> Option<Found> {
    let (at, _) = sources(pod).find(|(_, source)| source.resource_field_ref.is_some())?;
    Some(Found::at(format!("{at}.resourceFieldRef")))
}

pub(super) fn gpu(pod: &Pod) -> Option<Found> {
    /// What the Go provider looks for (`gpuResourceName`).
    const GPU: &str = "nvidia.com/gpu";
    let (at, _) = containers(pod).find(|(_, container)| {
        let limits = container.resources.as_ref().and_then(|resources| resources.limits.as_ref());
        limits.and_then(|limits| limits.get(GPU)).is_some_and(|amount| amount.0 != "0")
    })?;
    Some(Found::at(format!("{at}.resources.limits[{GPU}]")))
}

pub(super) fn host_namespaces(pod: &Pod) -> Option<Found> {
    spec(pod).find_map(|spec| {
        let all =
            [("hostNetwork", spec.host_network), ("hostPID", spec.host_pid), ("hostIPC", spec.host_ipc)];
        let (name, _) = all.into_iter().find(|(_, shared)| *shared == Some(true))?;
        Some(Found::at(format!("spec.{name}")))
    })
}

pub(super) fn host_port(pod: &Pod) -> Option<Found> {
    containers(pod).find_map(|(at, container)| {
        let mut ports = container.ports.iter().flatten();
        let i = ports.position(|port| port.host_port.is_some_and(|port| port != 0))?;
        Some(Found::at(format!("{at}.ports[{i}].hostPort")))
    })
}

pub(super) fn privileged(pod: &Pod) -> Option<Found> {
    let (at, _) = containers(pod).find(|(_, container)| {
        container.security_context.as_ref().and_then(|context| context.privileged) == Some(true)
    })?;
    Some(Found::at(format!("{at}.securityContext.privileged")))
}

pub(super) fn windows(pod: &Pod) -> Option<Found> {
    let os = spec(pod).find_map(|spec| spec.os.as_ref())?;
    os.name.eq_ignore_ascii_case("windows").then(|| Found::at("spec.os.name"))
}
