//! What the node looks like: labels, taint, capacity, addresses and node info.
//!
//! The union of what an AKS virtual node shows (azure-aci `vk_node.go`, virtual-kubelet `nodeutil`) and
//! what any kubelet does, which tools rely on: architecture, region, host name, all conditions.

use std::collections::BTreeMap;

use jiff::Timestamp;
use k8s_openapi::api::core::v1 as core;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use kube::api::ObjectMeta;

use super::readiness::{Readiness, conditions};
use super::{NodeSettings, Taint};

/// Container groups run on amd64 only.
const ARCHITECTURE: &str = "amd64";
/// The label by which workloads ask for a virtual node, and by which we know our own.
pub(super) const TYPE_LABEL: (&str, &str) = ("type", "virtual-kubelet");
/// The kubelet that the provider stands in for, in the Go provider's form: AKS shows the same release.
const KUBELET_VERSION: &str = concat!("v1.25.0-vk-azure-aci-", env!("CARGO_PKG_VERSION"));
/// What `kubectl get nodes -o wide` shows; container ids start with `aci://` too.
const CONTAINER_RUNTIME: &str = concat!("aci://", env!("CARGO_PKG_VERSION"));

/// The node as it is registered, not Ready yet.
pub fn node_object(settings: &NodeSettings, now: Timestamp) -> core::Node {
    core::Node {
        metadata: ObjectMeta {
            name: Some(settings.name.clone()),
            labels: Some(labels(settings)),
            ..ObjectMeta::default()
        },
        spec: Some(core::NodeSpec {
            taints: Some(settings.taints().filter(|it| it.enabled).map(taint).collect::<Vec<_>>())
                .filter(|taints| !taints.is_empty()),
            ..core::NodeSpec::default()
        }),
        status: Some(status(settings, &Readiness::Starting, &[], now)),
    }
}

/// The status at a time; `previous` conditions say since when each has been as it is.
pub(super) fn status(
    settings: &NodeSettings,
    readiness: &Readiness,
    previous: &[core::NodeCondition],
    now: Timestamp,
) -> core::NodeStatus {
    let resources = resources(settings);
    core::NodeStatus {
        addresses: Some(addresses(settings)),
        allocatable: Some(resources.clone()),
        capacity: Some(resources),
        conditions: Some(conditions(readiness, previous, now)),
        daemon_endpoints: Some(core::NodeDaemonEndpoints {
            kubelet_endpoint: Some(core::DaemonEndpoint { port: i32::from(settings.kubelet_port) }),
        }),
        node_info: Some(core::NodeSystemInfo {
            architecture: ARCHITECTURE.to_owned(),
            container_runtime_version: CONTAINER_RUNTIME.to_owned(),
            kubelet_version: KUBELET_VERSION.to_owned(),
            operating_system: settings.os.as_str().to_owned(),
            os_image: "Azure Container Instances".to_owned(),
            ..core::NodeSystemInfo::default()
        }),
        ..core::NodeStatus::default()
    }
}

fn labels(settings: &NodeSettings) -> BTreeMap<String, String> {
    let os = settings.os.as_str();
    [
        TYPE_LABEL,
        ("alpha.service-controller.kubernetes.io/exclude-balancer", "true"),
        ("beta.kubernetes.io/arch", ARCHITECTURE),
        ("beta.kubernetes.io/os", os),
        ("kubernetes.azure.com/managed", "false"),
        ("kubernetes.io/arch", ARCHITECTURE),
        ("kubernetes.io/hostname", &settings.name),
        ("kubernetes.io/os", os),
        ("kubernetes.io/role", "agent"),
        ("node.kubernetes.io/exclude-from-external-load-balancers", "true"),
        ("topology.kubernetes.io/region", &settings.region),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .into()
}

pub(super) fn taint(taint: &Taint) -> core::Taint {
    core::Taint {
        key: taint.key.clone(),
        value: Some(taint.value.clone()).filter(|value| !value.is_empty()),
        effect: taint.effect.as_str().to_owned(),
        time_added: None,
    }
}

fn resources(settings: &NodeSettings) -> BTreeMap<String, Quantity> {
    let capacity = &settings.capacity;
    [("cpu", &capacity.cpu), ("memory", &capacity.memory), ("pods", &capacity.pods)]
        .map(|(name, quantity)| (name.to_owned(), Quantity(quantity.clone())))
        .into()
}

fn addresses(settings: &NodeSettings) -> Vec<core::NodeAddress> {
    let address = |type_: &str, address: String| core::NodeAddress { address, type_: type_.to_owned() };
    settings
        .internal_ip
        .map(|ip| address("InternalIP", ip.to_string()))
        .into_iter()
        .chain([address("Hostname", settings.name.clone())])
        .collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::node::{Capacity, FromQuota, OperatingSystem, TaintEffect};

    pub(in crate::node) fn settings() -> NodeSettings {
        NodeSettings {
            name: "virtual-node-aci-linux".to_owned(),
            os: OperatingSystem::Linux,
            taint: Taint {
                enabled: true,
                key: "virtual-kubelet.io/provider".to_owned(),
                value: "azure".to_owned(),
                effect: TaintEffect::NoSchedule,
            },
            more_taints: Vec::new(),
            from_quota: FromQuota::default(),
            deregister: false,
            capacity: Capacity { cpu: "10000".to_owned(), memory: "4Ti".to_owned(), pods: "5000".to_owned() },
            internal_ip: Some([10, 244, 0, 7].into()),
            kubelet_port: 10250,
            region: "westeurope".to_owned(),
        }
    }

    #[test]
    fn the_node_looks_like_an_aks_virtual_node_and_like_a_kubelet_s() {
        let node = node_object(&settings(), "2026-01-02T03:04:05Z".parse().unwrap());
        insta::assert_json_snapshot!(node, {
            ".status.nodeInfo.kubeletVersion" => insta::dynamic_redaction(|value, _| {
                assert!(value.as_str().unwrap().starts_with("v1.25.0-vk-azure-aci-"));
                "[version]"
            }),
            ".status.nodeInfo.containerRuntimeVersion" => "[version]",
        });
    }

    #[test]
    fn quota_fills_in_what_nobody_said() {
        let mut settings = settings();
        settings.from_quota.pods = true;
        settings.apply_quota(&crate::arm::Quota { cores: Some(10), groups: Some(100) });
        assert_eq!((settings.capacity.cpu.as_str(), settings.capacity.pods.as_str()), ("10000", "100"));
    }

    #[test]
    fn the_node_carries_all_taints_that_it_is_given() {
        let mut settings = settings();
        let second =
            Taint { key: "azure.com/aci".to_owned(), value: String::new(), ..settings.taint.clone() };
        settings.more_taints = vec![second];
        let taints = node_object(&settings, Timestamp::UNIX_EPOCH).spec.unwrap().taints.unwrap();
        let keys: Vec<_> = taints.iter().map(|taint| (taint.key.as_str(), taint.value.as_deref())).collect();
        assert_eq!(keys, [("virtual-kubelet.io/provider", Some("azure")), ("azure.com/aci", None)]);
    }

    #[test]
    fn a_disabled_taint_is_not_on_the_node() {
        let mut settings = settings();
        settings.taint.enabled = false;
        assert_eq!(node_object(&settings, Timestamp::UNIX_EPOCH).spec.unwrap().taints, None);
    }

    #[test]
    fn a_node_without_an_address_is_known_by_its_host_name_alone() {
        let settings = NodeSettings { internal_ip: None, ..settings() };
        let addresses = addresses(&settings);
        assert_eq!(addresses.len(), 1);
        assert_eq!(
            (addresses[0].type_.as_str(), addresses[0].address.as_str()),
            ("Hostname", "virtual-node-aci-linux")
        );
    }
}
