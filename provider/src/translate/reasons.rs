//! The reasons of a translation's events: the one table behind them and `docs/PROVIDER.md`.

/// The reason of an event.
#[derive(Debug)]
pub struct Reason {
    /// The reason.
    pub name: &'static str,
    /// When it is told.
    pub meaning: &'static str,
}

macro_rules! reasons {
    ($($variable:ident = $name:literal: $meaning:literal;)+) => {
        $(pub(super) const $variable: &str = $name;)+

        /// All of them, in the order of their names.
        pub const REASONS: &[Reason] = &[$(Reason { name: $name, meaning: $meaning }),+];
    };
}

// Those that a kubelet or the virtual-kubelet library tells, too, are spelt as there.
reasons! {
    ANNOTATION_IGNORED = "AnnotationIgnored": "an annotation has no effect";
    DNS_CONFIG_FORMING = "DNSConfigForming":
        "name servers or search domains are more than resolvers take (as on a kubelet)";
    DNS_CONFIG_IGNORED = "DNSConfigIgnored": "what the pod says of name resolution has no place in its group";
    FAILED_MOUNT = "FailedMount":
        "something that a volume is made of is not there; the pod waits (as on a kubelet)";
    FAILED_TO_RETRIEVE_IMAGE_PULL_SECRET = "FailedToRetrieveImagePullSecret":
        "a pull secret is not there; the image is pulled without it (as on a kubelet)";
    FIELD_IGNORED = "FieldIgnored": "a field has no equivalent, see below";
    FOLDER_HIDDEN = "FolderHidden": "of a folder only the mounted files are seen";
    IMAGE_PULL_SECRET_IGNORED = "ImagePullSecretIgnored": "a credential is not used";
    INSPECT_FAILED = "InspectFailed": "the entry point of an image is needed and cannot be read; the pod waits";
    INVALID_ENVIRONMENT_VARIABLE_NAMES = "InvalidEnvironmentVariableNames":
        "keys of a source are no names that ACI takes (as in the library)";
    LIMIT_LOWERED = "LimitLowered": "a limit is above what the group requests in total";
    MANDATORY_CONFIG_MAP_KEY_NOT_FOUND = "MandatoryConfigMapKeyNotFound":
        "a variable's key is not there; the pod waits (as in the library)";
    MANDATORY_CONFIG_MAP_NOT_FOUND = "MandatoryConfigMapNotFound":
        "a config map is not there; the pod waits (as in the library)";
    MANDATORY_SECRET_KEY_NOT_FOUND = "MandatorySecretKeyNotFound":
        "a variable's key is not there; the pod waits (as in the library)";
    MANDATORY_SECRET_NOT_FOUND = "MandatorySecretNotFound":
        "a secret is not there; the pod waits (as in the library)";
    MISSING_CLUSTER_DNS = "MissingClusterDNS": "the provider does not know the cluster's DNS (as on a kubelet)";
    NO_ADDRESS = "NoAddress": "nobody can reach the pod, as its group has no address";
    OPTIONAL_CONFIG_MAP_KEY_NOT_FOUND = "OptionalConfigMapKeyNotFound":
        "a variable is left out (as in the library)";
    OPTIONAL_CONFIG_MAP_NOT_FOUND = "OptionalConfigMapNotFound": "variables are left out (as in the library)";
    OPTIONAL_SECRET_KEY_NOT_FOUND = "OptionalSecretKeyNotFound": "a variable is left out (as in the library)";
    OPTIONAL_SECRET_NOT_FOUND = "OptionalSecretNotFound": "variables are left out (as in the library)";
    POD_IP_UNKNOWN = "PodIPUnknown": "a variable with the pod's own address is left out";
    PORTS_NOT_OPEN = "PortsNotOpen": "the pod has more ports than a public address";
    PROBE_IGNORED = "ProbeIgnored": "a probe is left out";
    RESOURCE_IGNORED = "ResourceIgnored": "a resource other than cpu and memory is not reserved";
    SERVICE_ACCOUNT_TOKEN_NOT_RENEWED = "ServiceAccountTokenNotRenewed": "when a token of the pod expires";
    SERVICE_ACCOUNT_TOKEN_OMITTED = "ServiceAccountTokenOmitted":
        "the pod has no token, as the provider may create none";
    SERVICE_ACCOUNT_VOLUME_OMITTED = "ServiceAccountVolumeOmitted": "a Windows group has no volumes";
    SIDECAR_NOT_FIRST = "SidecarNotFirst": "a sidecar runs as an ordinary container";
    STARTED_BY_SHELL = "StartedByShell":
        "the image's shell starts the program: the image has to have one at /bin/sh";
    STARTUP_PROBE_IGNORED = "StartupProbeIgnored": "a startup probe became a delay";
    USER_NOT_CHECKED = "UserNotChecked": "nobody checks that the image's own user is not root";
}
