//! The fields of a pod as a whole.

use super::When::{Given, Is, Not};
use super::{Kind, elsewhere, inside, noted, refused, translated, warned};

const SCHEDULER: &str = "the scheduler reads it";
const API_SERVER: &str = "the API server has acted on it";
const NO_HOST: &str = "a virtual node has no host to share";
const OFF_VIRTUAL_NODES: &str =
    "set it to false, or keep the pod off virtual nodes by removing its toleration";

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "PodSpec",
        of: "PodSpec",
        at: "spec",
        fields: &[
            translated("activeDeadlineSeconds", "the provider itself keeps the deadline"),
            elsewhere("affinity", SCHEDULER),
            elsewhere("automountServiceAccountToken", API_SERVER),
            inside("containers", "Container"),
            inside("dnsConfig", "PodDNSConfig"),
            translated(
                "dnsPolicy",
                "in a subnet `dnsConfig`, as a kubelet writes resolv.conf: `ClusterFirst` needs the cluster's DNS \
                 (`KUBE_DNS_IP`) and asks for `ndots:5`; `Default` and `None` start empty. A group with a public \
                 address keeps Azure's resolver",
            ),
            translated("enableServiceLinks", "whether the services of the namespace become variables"),
            warned("ephemeralContainers", Given, "ACI adds no containers to a group that runs"),
            refused(
                "hostAliases",
                Given,
                "ACI writes /etc/hosts itself and mounts no single files over it",
                "remove them and use names that DNS resolves",
            ),
            refused("hostIPC", Given, NO_HOST, OFF_VIRTUAL_NODES),
            refused("hostNetwork", Given, NO_HOST, OFF_VIRTUAL_NODES),
            refused("hostPID", Given, NO_HOST, OFF_VIRTUAL_NODES),
            noted("hostUsers", Is("false"), "groups have machines of their own instead of user namespaces"),
            noted("hostname", Given, "ACI chooses the host name; the containers find this one in $HOSTNAME"),
            translated(
                "imagePullSecrets",
                "`imageRegistryCredentials`, for the registries that the pod's images come from",
            ),
            inside("initContainers", "InitContainer"),
            elsewhere("nodeName", SCHEDULER),
            elsewhere("nodeSelector", SCHEDULER),
            translated("os", "refused when it is another one than the node's"),
            elsewhere("overhead", SCHEDULER),
            elsewhere("preemptionPolicy", SCHEDULER),
            elsewhere("priority", SCHEDULER),
            elsewhere("priorityClassName", SCHEDULER),
            translated("readinessGates", "the pod is Ready when they hold, too"),
            refused("resourceClaims", Given, "ACI has no devices to claim", "remove them"),
            warned(
                "resources",
                Given,
                "a group has what its containers request together; resources of the pod as a whole are not added",
            ),
            translated("restartPolicy", "`restartPolicy`"),
            refused("runtimeClassName", Given, "ACI has one runtime", "remove it"),
            elsewhere("schedulerName", SCHEDULER),
            elsewhere("schedulingGates", SCHEDULER),
            inside("securityContext", "PodSecurityContext"),
            elsewhere("serviceAccount", "an old name of serviceAccountName"),
            translated("serviceAccountName", "tokens and the downward API"),
            noted("setHostnameAsFQDN", Given, "ACI chooses the host name"),
            warned("shareProcessNamespace", Given, "containers of a group do not see each other's processes"),
            noted(
                "subdomain",
                Given,
                "ACI chooses the domain; other pods resolve the name by the headless service",
            ),
            noted(
                "terminationGracePeriodSeconds",
                Not("30"),
                "ACI has no grace period to set; the pod is gone as soon as its group is",
            ),
            elsewhere("tolerations", SCHEDULER),
            elsewhere("topologySpreadConstraints", SCHEDULER),
            inside("volumes", "Volume"),
        ],
    },
    Kind {
        name: "PodDNSConfig",
        of: "PodDNSConfig",
        at: "spec.dnsConfig",
        fields: &[
            translated(
                "nameservers",
                "`dnsConfig.nameServers`, after the policy's, three at most as on a kubelet",
            ),
            translated("options", "`dnsConfig.options`, over the policy's"),
            translated(
                "searches",
                "`dnsConfig.searchDomains`, after the policy's; 32 domains and 2048 characters at most as on a \
                 kubelet",
            ),
        ],
    },
];
