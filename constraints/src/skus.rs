//! SKUs, zones, spot and confidential groups.

use aci_emulator::validate::Violation;
use serde_json::json;

use crate::Constraint;
use crate::body::Body;

/// The same at the spot price.
fn spot(body: Body) -> Body {
    body.with("/properties/priority", json!("Spot"))
}

/// The chapter.
pub(crate) const CONSTRAINTS: &[Constraint] = &[
    rule! {
        "sku" Skus, |name| Violation::Sku { group: name },
        why: "There are three SKUs.",
        way_out: "Leave `sku` out for `Standard`, or use `Confidential` or `Dedicated`.",
        sends: |it| it.with("/properties/sku", json!("Premium")),
        accepted: |it| it.with("/properties/sku", json!("Standard"));
        az: "--sku Premium"
    },
    rule! {
        "zones" Skus, |name| Violation::Zones {
            zones: "7".to_owned(),
            location: "westeurope".to_owned(),
            group: name,
        },
        why: "A group is in one availability zone at most, and the region must have it.",
        way_out: "Use one zone of the region, or leave `zones` out.",
        sends: |it| it.with("/zones", json!(["7"])), accepted: |it| it.with("/zones", json!(["1"]));
        az: "--zone 7"
    },
    rule! {
        "priority" Skus, |name| Violation::Priority { group: name },
        why: "A group is regular or spot.",
        way_out: "Use `Spot`, or leave `priority` out.",
        sends: |it| it.with("/properties/priority", json!("High")), accepted: |it| spot(it);
        az: "--priority High"
    },
    rule! {
        "spot-address" Skus, |name| Violation::SpotAddress { group: name },
        why: "A spot group may go at any time, so nothing may depend on reaching it.",
        way_out: "Drop the address and the subnet: a spot group works outwards only, from a queue.",
        sends: |it| spot(it)
            .with_container("/ports", json!([{ "port": 80 }]))
            .with("/properties/ipAddress", json!({ "type": "Public", "ports": [{ "port": 80 }] })),
        accepted: |it| spot(it);
        az: "--priority Spot --ip-address Public --ports 80"
    },
    rule! {
        "spot-sku" Skus, |_| Violation::SpotSku { sku: "Confidential".to_owned() },
        why: "Only standard groups are sold as spot groups.",
        way_out: "Drop one of `priority` and `sku`.",
        sends: |it| spot(it).with("/properties/sku", json!("Confidential")), accepted: |it| spot(it);
        az: "--priority Spot --sku Confidential"
    },
    rule! {
        "spot-gpu" Skus, |name| Violation::SpotGpu { group: name },
        why: "Spot groups have no GPUs.",
        way_out: "Drop `gpu`.",
        sends: |it| spot(it).with_container("/resources/requests/gpu", json!({ "count": 1, "sku": "V100" })),
        accepted: |it| spot(it)
    },
    rule! {
        "spot-zones" Skus, |name| Violation::SpotZones { group: name },
        why: "Spot capacity is wherever it is left over.",
        way_out: "Drop `zones`.",
        sends: |it| spot(it).with("/zones", json!(["1"])), accepted: |it| spot(it);
        az: "--priority Spot --zone 1"
    },
    rule! {
        "cce-policy" Skus, |_| Violation::CcePolicy {},
        why: "The policy of a confidential group is sent in base64.",
        way_out: "Let `az confcom acipolicygen` write it, or encode it (`base64 -w0`).",
        sends: |it| it
            .with("/properties/sku", json!("Confidential"))
            .with("/properties/confidentialComputeProperties/ccePolicy", json!("package policy")),
        accepted: |it| it
            .with("/properties/sku", json!("Confidential"))
            .with("/properties/confidentialComputeProperties/ccePolicy", json!("cGFja2FnZSBwb2xpY3k="));
        az: "--sku Confidential --cce-policy 'package policy'"
    },
    rule! {
        "privileged" Skus, |name| Violation::Privileged {
            container: name.clone(),
            group: name,
        },
        why: "Only a confidential group has a host of its own that a container may have all rights on.",
        way_out: "Add the capabilities that the program needs, or use the SKU `Confidential`.",
        sends: |it| it.with_container("/securityContext/privileged", json!(true)),
        accepted: |it| it
            .with("/properties/sku", json!("Confidential"))
            .with_container("/securityContext/privileged", json!(true))
    },
    rule! {
        "seccomp-profile" Skus, |name| Violation::SeccompProfile {
            container: name.clone(),
            group: name,
        },
        why: "The profile is sent in base64.",
        way_out: "Encode the JSON of the profile (`base64 -w0`).",
        sends: |it| it.with_container("/securityContext/seccompProfile", json!("{\"defaultAction\": \"SCMP_ACT_ALLOW\"}")),
        accepted: |it| it.with_container("/securityContext/seccompProfile", json!("eyJkZWZhdWx0QWN0aW9uIjogIlNDTVBfQUNUX0FMTE9XIn0="))
    },
];
