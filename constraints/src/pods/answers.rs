//! What Azure answers when a pod's group is to be made.

use aci_emulator::arm::error::catalogue::Blanks;
use serde_json::json;

use super::{CREATE_FAILED, NO_FAULTS, PROVIDER_FAILED, answers, of, shown};
use crate::body;
use crate::recipe::{Recipe, Step, Verb};
use crate::says::Seen;
use crate::{Constraint, Says};

/// What a pod shows whose image is in the way: the waiting reason of a kubelet.
const IMAGE_PULL: &[Seen] = &[
    Seen { at: "/phase", is: "Pending" },
    Seen { at: "/containerStatuses/*/state/waiting/reason", is: "ErrImagePull" },
];

/// Azure refuses the group of the pod with this name and code.
macro_rules! answer {
    ($id:literal, $code:literal, $status:expr, $why:literal, $way_out:literal $(,)?) => {
        of(
            $id,
            Says::Entry($code, blanks),
            $why,
            $way_out,
            Recipe::pod(shown(CREATE_FAILED, concat!($code, ": "), $status))
                .before(&[Step::emulator(Verb::Post, super::FAULTS, || {
                    answers($id, json!({ "kind": "error", "code": $code }))
                })])
                .after(NO_FAULTS),
        )
    };
}

fn blanks() -> Blanks {
    Blanks {
        subscription: "00000000-0000-0000-0000-000000000001".to_owned(),
        resource_group: "aci-local".to_owned(),
        name: "…".to_owned(),
        operation: "Microsoft.ContainerInstance/containerGroups/write".to_owned(),
        location: "westus2".to_owned(),
        image: body::IMAGE.to_owned(),
        cpu: 1.0,
        memory: 1.5,
        ..Blanks::default()
    }
}

/// The chapter.
pub(crate) const CONSTRAINTS: &[Constraint] = &[
    answer!(
        "pod-quota-reached",
        "ContainerGroupQuotaReached",
        PROVIDER_FAILED,
        "A subscription has so many groups and cores in a region, and every pod of a virtual node is a group. The pod \
         is tried again, slowly.",
        "Delete pods or groups, spread them over regions, or ask Azure for a larger quota.",
    ),
    answer!(
        "pod-no-capacity",
        "ServiceUnavailable",
        PROVIDER_FAILED,
        "The region has not got at this moment what the pod's containers request together. The pod is tried again.",
        "Request less, or use a node in another region.",
    ),
    answer!(
        "pod-throttled",
        "TooManyRequests",
        PROVIDER_FAILED,
        "The subscription asks Azure Resource Manager for more than it may. The provider waits as long as the answer \
         says, for all pods.",
        "Wait; make fewer pods at once, and let fewer programs share the subscription.",
    ),
    answer!(
        "pod-not-registered",
        "MissingSubscriptionRegistration",
        PROVIDER_FAILED,
        "A subscription registers the resource providers that it uses, once.",
        "Run `az provider register --namespace Microsoft.ContainerInstance` and wait; the pod is tried again.",
    ),
    answer!(
        "pod-read-only",
        "ReadOnlyDisabledSubscription",
        PROVIDER_FAILED,
        "The subscription is disabled, as one is whose bill is open or whose credit is spent.",
        "Enable the subscription; the pod is tried again.",
    ),
    answer!(
        "pod-no-resource-group",
        "ResourceGroupNotFound",
        PROVIDER_FAILED,
        "The node's resource group is gone, or its name is wrong. The node becomes NotReady, too, where it stays so.",
        "Create the resource group of `ACI_RESOURCE_GROUP`; the pod is tried again.",
    ),
    answer!(
        "pod-resource-group-ends",
        "ResourceGroupBeingDeleted",
        PROVIDER_FAILED,
        "Somebody deletes the node's resource group.",
        "Wait for its end and create it again.",
    ),
    answer!(
        "pod-network-not-ready",
        "ServiceAssociationLinkNotReady",
        PROVIDER_FAILED,
        "Azure makes the link between subnet and Container Instances with the first group, and others come too early.",
        "Wait: the pod is tried again.",
    ),
    answer!(
        "pod-transitioning",
        "ContainerGroupTransitioning",
        PROVIDER_FAILED,
        "The group is between two states.",
        "Wait: the pod is tried again.",
    ),
    answer!(
        "pod-image-inaccessible",
        "InaccessibleImage",
        IMAGE_PULL,
        "Azure looks for the image before it makes the group: there is none of that name, or the registry wants other \
         credentials. The pod is tried again, slowly.",
        "Correct the name, or name a secret in `imagePullSecrets` whose server is written as in the image's name.",
    ),
    answer!(
        "pod-registry-error",
        "RegistryErrorResponse",
        PROVIDER_FAILED,
        "The registry answers Azure with an error; Docker Hub does when the address that Azure asks from has pulled \
         too much.",
        "Wait, or use a registry of your own.",
    ),
    answer!(
        "pod-os-version",
        "OsVersionNotSupported",
        PROVIDER_FAILED,
        "The image is for a release of Windows that Container Instances does not run. It is not tried again before \
         the pod changes.",
        "Use an image for a supported release.",
    ),
    answer!(
        "pod-wrong-os",
        "ImageOsTypeNotMatchContainerGroup",
        PROVIDER_FAILED,
        "The image is for another operating system than the node's. It is not tried again before the pod changes.",
        "Use an image for the node's operating system.",
    ),
    answer!(
        "pod-server-error",
        "InternalServerError",
        PROVIDER_FAILED,
        "Something in Azure went wrong, and nothing with the pod.",
        "Wait: the pod is tried again.",
    ),
    answer!(
        "pod-gateway-timeout",
        "GatewayTimeout",
        PROVIDER_FAILED,
        "Container Instances did not answer Azure Resource Manager in time; the group may have been made nevertheless, \
         and is found then.",
        "Wait: the pod is tried again.",
    ),
    of(
        "pod-too-large",
        Says::Entry("ServiceUnavailable", || Blanks { cpu: 64.0, memory: 1.5, ..blanks() }),
        "A group has what its containers request together, and no region gives one so much. What Azure says is what \
         it says of a region that is full.",
        "Request less, or spread the work over several pods.",
        Recipe::pod(shown(CREATE_FAILED, "ServiceUnavailable: ", PROVIDER_FAILED)),
    ),
    of(
        "pod-subnet-not-delegated",
        Says::Pod {
            evidence: "USER",
            reason: CREATE_FAILED,
            message: "SubnetMissingRequiredDelegation: Subnet … requires any of the following delegation(s)",
        },
        "A subnet holds container groups when it is delegated to Container Instances, and nothing else then.",
        "Delegate the subnet to `Microsoft.ContainerInstance/containerGroups`, or name another one.",
        Recipe::pod(shown(
            CREATE_FAILED,
            "SubnetMissingRequiredDelegation: Subnet … requires any of the following delegation(s)",
            PROVIDER_FAILED,
        ))
        .before(&[
            Step::put("$rg", || body::json(json!({ "location": "westeurope" }))),
            Step::put("$rg/providers/Microsoft.Network/virtualNetworks/pods", || {
                let subnet = json!({ "name": "plain", "properties": { "addressPrefix": "10.8.0.0/24" } });
                body::json(json!({
                    "location": "westus2",
                    "properties": { "addressSpace": { "addressPrefixes": ["10.8.0.0/16"] }, "subnets": [subnet] },
                }))
            }),
        ]),
    ),
];
