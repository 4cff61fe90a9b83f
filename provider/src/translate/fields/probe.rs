//! The fields of probes and hooks.

use super::When::Given;
use super::{Kind, inside, translated, warned};

const SECONDS: &str = "the same member";

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "Probe",
        of: "Probe",
        at: "livenessProbe, readinessProbe",
        fields: &[
            translated(
                "exec",
                "`exec.command`, with `$(NAME)` replaced by literal variables as on a kubelet",
            ),
            translated("failureThreshold", SECONDS),
            translated("grpc", "the probe is left out, as ACI speaks no gRPC (Warning `ProbeIgnored`)"),
            inside("httpGet", "HTTPGetAction"),
            translated("initialDelaySeconds", SECONDS),
            translated("periodSeconds", SECONDS),
            translated("successThreshold", SECONDS),
            translated(
                "tcpSocket",
                "an `exec` of the shell that looks for the listening port, where the container is known to have a \
                 shell; else the probe is left out (Warning `ProbeIgnored`)",
            ),
            warned(
                "terminationGracePeriodSeconds",
                Given,
                "ACI has no grace period to set for a container that fails its probe",
            ),
            translated("timeoutSeconds", SECONDS),
        ],
    },
    Kind {
        name: "HTTPGetAction",
        of: "HTTPGetAction",
        at: "httpGet",
        fields: &[
            translated("host", "refused unless it is the container itself: ACI probes nobody else"),
            translated("httpHeaders", "`httpGet.httpHeaders`"),
            translated("path", "`httpGet.path`"),
            translated("port", "`httpGet.port`, found by name among the container's ports"),
            translated("scheme", "`httpGet.scheme`"),
        ],
    },
    Kind {
        name: "Lifecycle",
        of: "Lifecycle",
        at: "lifecycle",
        fields: &[
            warned(
                "postStart",
                Given,
                "ACI runs no hooks: what this one would do after the start is not done",
            ),
            warned("preStop", Given, "ACI runs no hooks: what this one would do before the stop is not done"),
            warned("stopSignal", Given, "ACI stops containers with the image's own signal"),
        ],
    },
    Kind {
        name: "SeccompProfile",
        of: "SeccompProfile",
        at: "seccompProfile",
        fields: &[
            translated("localhostProfile", "goes with the type `Localhost`"),
            translated(
                "type",
                "`RuntimeDefault` is ACI's own; `Unconfined` becomes a `securityContext.seccompProfile` that allows \
                 every call; `Localhost` is refused, as a virtual node has no files to read a profile from",
            ),
        ],
    },
];
