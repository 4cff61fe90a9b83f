//! The annotations by name: the one table behind their meaning and `docs/PROVIDER.md`.

/// An annotation that the provider knows.
#[derive(Debug)]
pub struct Annotation {
    /// Its name.
    pub name: &'static str,
    /// Who else knows it.
    pub origin: Origin,
    /// What its values mean.
    pub meaning: &'static str,
}

/// Where an annotation comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The Go provider, virtual-kubelet/azure-aci.
    GoProvider,
    /// Microsoft's virtual nodes on ACI, the second version.
    VirtualNodes2,
    /// This provider.
    Ours,
}

macro_rules! annotations {
    ($($variable:ident = $name:literal, $origin:ident: $meaning:literal;)+) => {
        $(pub(crate) const $variable: Annotation =
            Annotation { name: $name, origin: Origin::$origin, meaning: $meaning };)+

        /// All of them.
        pub const ANNOTATIONS: &[&Annotation] = &[$(&$variable),+];
    };
}

annotations! {
    DNS_NAME_LABEL = "virtualkubelet.io/dnsnamelabel", GoProvider:
        "the first label of a public group's host name (spelt without a dash)";
    DNS_NAME_LABEL_SCOPE = "virtual-kubelet.io/dns-name-label-scope", Ours:
        "who may have the label again: `Unsecure`, `TenantReuse`, `SubscriptionReuse`, `ResourceGroupReuse`, `Noreuse`";
    CONTAINER_SKU = "virtual-kubelet.io/container-sku", GoProvider:
        "`Standard`, `Dedicated` or `Confidential`";
    CCE_POLICY = "virtual-kubelet.io/confidential-compute-cce-policy", GoProvider:
        "a confidential computing policy in base64; asks for the SKU `Confidential`";
    CCE_POLICY_V2 = "microsoft.containerinstance.virtualnode.ccepolicy", VirtualNodes2:
        "the same";
    GPU_TYPE = "virtual-kubelet.io/gpu-type", GoProvider:
        "no effect (told): Azure retired the GPUs of container groups";
    IDENTITY = "microsoft.containerinstance.virtualnode.identity", VirtualNodes2:
        "resource ids of managed identities, separated by commas, and `SystemAssigned` for one of the group's own";
    PULL_IDENTITY = "virtual-kubelet.io/image-pull-identity", Ours:
        "the resource id of the identity that pulls from Azure's registries, where no pull secret fits; the group gets it";
    ZONES = "microsoft.containerinstance.virtualnode.zones", VirtualNodes2:
        "availability zones, separated by commas or semicolons";
    PRIORITY = "virtual-kubelet.io/priority", Ours:
        "`Regular` or `Spot`; a spot group may be evicted and has neither address nor subnet";
    CUSTOM_TAGS = "microsoft.containerinstance.virtualnode.customtags", VirtualNodes2:
        "`name=value;name=value`, beside the provider's own tags";
    LOG_ANALYTICS_SECRET = "virtual-kubelet.io/log-analytics-secret", Ours:
        "a secret of the pod's namespace with the keys `workspaceId` and `workspaceKey` of a Log Analytics workspace";
    LOG_ANALYTICS_TYPE = "virtual-kubelet.io/log-analytics-type", Ours:
        "`ContainerInsights` or `ContainerInstanceLogs`";
    SUBNET = "microsoft.containerinstance.virtualnode.subnets.primary", VirtualNodes2:
        "the resource id of a subnet instead of the node's";
    ADDRESS = "virtual-kubelet.io/ip-address-type", Ours:
        "`Public`, `Private` or `None` instead of the node's way: private with a subnet, public without";
    INJECT_DNS = "microsoft.containerinstance.virtualnode.injectdns", VirtualNodes2:
        "`false` leaves name resolution to Azure";
    INJECT_KUBE_PROXY = "microsoft.containerinstance.virtualnode.injectkubeproxy", VirtualNodes2:
        "no effect (told): groups run no kube-proxy";
    IMAGE_CACHE_POD = "microsoft.containerinstance.virtualnode.imagecachepod", VirtualNodes2:
        "no effect (told): the pod runs like any other";
}

/// Annotations that begin so are refused: encryption with keys of one's own is not to be had.
pub(super) const CMK_PREFIX: &str = "microsoft.containerinstance.virtualnode.cmk.";

/// Annotations that begin so are for a provider like this one: an unknown one is misspelt, and told.
pub(super) const PREFIXES: [&str; 3] =
    ["virtualkubelet.io/", "virtual-kubelet.io/", "microsoft.containerinstance.virtualnode."];
