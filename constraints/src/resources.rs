//! What containers ask for.

use aci_emulator::validate::Violation;
use serde_json::json;

use crate::Constraint;
use crate::body::container;

/// The chapter.
pub(crate) const CONSTRAINTS: &[Constraint] = &[
    rule! {
        "requests-missing" Resources, |name| Violation::RequestsMissing {
            container: name.clone(),
            group: name,
        },
        why: "A container has no default size: it is what you pay for.",
        way_out: "Set `resources.requests` with `cpu` and `memoryInGB` for every container (not for init containers).",
        sends: |it| it.without("/properties/containers/0/properties/resources"), accepted: |it| it
    },
    rule! {
        "memory-missing" Resources, |name| Violation::RequestMissing {
            resource: "MemoryInGB",
            container: name.clone(),
            group: name,
        },
        why: "Both amounts are needed.",
        way_out: "Set `memoryInGB` beside `cpu`.",
        sends: |it| it.with_container("/resources/requests", json!({ "cpu": 1 })), accepted: |it| it
    },
    rule! {
        "amount-not-positive" Resources, |name| Violation::AmountNotPositive {
            resource: "Cpu",
            container: name.clone(),
            group: name,
        },
        why: "A container without processor or memory cannot run.",
        way_out: "Ask for 0.1 at least.",
        sends: |it| it.with_container("/resources/requests/cpu", json!(0)),
        accepted: |it| it.with_container("/resources/requests/cpu", json!(0.1)),
        az(crate::recipe::Az::Command(
            "az container create -g constraints -n amount-not-positive -l westeurope --image mcr.microsoft.com/azuredocs/aci-helloworld --os-type Linux --cpu 0 --memory 1"
        ))
    },
    rule! {
        "limit-below-request" Resources, |name| Violation::LimitBelowRequest {
            requirement: r#"{"requests":{"memoryInGB":1.0,"cpu":1.0},"limits":{"cpu":0.5}}"#.to_owned(),
            resource: "Cpu",
            container: name.clone(),
            group: name,
        },
        why: "A limit is how far a container may go beyond what it asks for.",
        way_out: "Raise the limit to the request, or drop it.",
        sends: |it| it.with_container("/resources/limits", json!({ "cpu": 0.5 })),
        accepted: |it| it.with_container("/resources/limits", json!({ "cpu": 1 }))
    },
    rule! {
        "limit-above-group" Resources, |name| Violation::LimitAboveGroupTotal {
            resource: "Cpu",
            limit: 2.0,
            container: name.clone(),
            total: 1.0,
            group: name,
        },
        why: "The group has what its containers request together, and no container can use more than there is.",
        way_out: "Lower the limit to the sum of all requests, or raise a request: a second container that requests a core \
                  lends it to the first.",
        sends: |it| it.with_container("/resources/limits", json!({ "cpu": 2 })),
        accepted: |it| it
            .with_container("/resources/limits", json!({ "cpu": 2 }))
            .with("/properties/containers/1", container("sidecar"))
    },
    rule! {
        "gpu-retired" Resources, |_| Violation::NotSupported {
            path: "properties.containers[0].properties.resources.requests.gpu".to_owned(),
            remedy: "Remove it; Azure itself retired GPUs in July 2025.",
        },
        why: "Azure has retired GPUs; what it answers to such a request since then is not on record.",
        way_out: "Use another service for GPUs, such as Azure Container Apps or AKS.",
        sends: |it| it.with_container("/resources/requests/gpu", json!({ "count": 1, "sku": "V100" })),
        accepted: |it| it
    },
];
