//! The annotations that the Go provider understands.

use aci_model::group::settings::ConfidentialComputeProperties;
use aci_model::group::{ContainerGroupProperties, Sku};

use super::Translation;

/// The first label of a public group's host name (spelt without a dash, as the Go provider reads it).
const DNS_NAME_LABEL: &str = "virtualkubelet.io/dnsnamelabel";
/// `Confidential` asks for that SKU.
const CONTAINER_SKU: &str = "virtual-kubelet.io/container-sku";
/// A confidential computing policy, base64; asks for the SKU too.
const CCE_POLICY: &str = "virtual-kubelet.io/confidential-compute-cce-policy";

/// Applies them to the group.
pub(super) fn apply(t: &Translation<'_>, properties: &mut ContainerGroupProperties) {
    let Some(annotations) = &t.pod.metadata.annotations else { return };
    if let (Some(label), Some(address)) = (annotations.get(DNS_NAME_LABEL), &mut properties.ip_address) {
        address.dns_name_label = Some(label.clone());
    }
    if let Some(policy) = annotations.get(CCE_POLICY).filter(|policy| !policy.is_empty()) {
        properties.sku = Some(Sku::Confidential);
        properties.confidential_compute_properties =
            Some(ConfidentialComputeProperties { cce_policy: Some(policy.clone()) });
    } else if annotations.get(CONTAINER_SKU).is_some_and(|sku| sku.eq_ignore_ascii_case("confidential")) {
        properties.sku = Some(Sku::Confidential);
    }
}
