//! The fields of containers.

use super::When::{Given, Is, Not};
use super::{Kind, elsewhere, inside, noted, refused, translated, warned};

const NAME: &str = "`name`";
const IMAGE: &str = "`image`";
const COMMAND: &str = "`command`, with `$(NAME)` replaced by variables";
const ARGS: &str = "the end of `command`; without a command the image's entry point is read from the emulator or \
                    from the registry and goes first";
const WORKING_DIR: &str = "/bin/sh of the image changes to it before the command, as ACI starts containers in the \
                           image's own directory; nothing is added where the image says the same";
const ENV: &str = "EnvVar";
const MOUNTS: &str = "VolumeMount";
const NO_INPUT: &str = "ACI gives containers neither an input nor a terminal";
const NO_DEVICES: &str = "ACI has no block devices";
const USE_FILES: &str = "use a file system volume";
const MESSAGE: &str = "ACI reads no termination message; the log has what the container wrote last";
const PULLS: &str = "ACI pulls images for every group, there are none on a node";
const NO_RESIZE: &str = "ACI resizes no containers, so there is nothing to choose";

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "Container",
        of: "Container",
        at: "spec.containers[*], and spec.initContainers[*] with restartPolicy: Always",
        fields: &[
            translated("args", ARGS),
            translated("command", COMMAND),
            inside("env", ENV),
            inside("envFrom", "EnvFromSource"),
            translated("image", IMAGE),
            noted("imagePullPolicy", Is("Never"), PULLS),
            inside("lifecycle", "Lifecycle"),
            inside("livenessProbe", "Probe"),
            translated("name", NAME),
            inside("ports", "ContainerPort"),
            inside("readinessProbe", "Probe"),
            elsewhere("resizePolicy", NO_RESIZE),
            inside("resources", "ResourceRequirements"),
            translated(
                "restartPolicy",
                "`Always` on an init container (a sidecar): an ordinary container before the others; refused in a \
                 pod that is to end, as the group would not",
            ),
            inside("securityContext", "SecurityContext"),
            translated(
                "startupProbe",
                "ACI has none: its delay and all its tries become the least delay of the liveness probe (Warning \
                 `StartupProbeIgnored`)",
            ),
            noted("stdin", Given, NO_INPUT),
            noted("stdinOnce", Given, NO_INPUT),
            noted("terminationMessagePath", Not("/dev/termination-log"), MESSAGE),
            noted("terminationMessagePolicy", Not("File"), MESSAGE),
            noted("tty", Given, NO_INPUT),
            refused("volumeDevices", Given, NO_DEVICES, USE_FILES),
            inside("volumeMounts", MOUNTS),
            translated("workingDir", WORKING_DIR),
        ],
    },
    Kind {
        name: "InitContainer",
        of: "Container",
        at: "spec.initContainers[*]",
        fields: &[
            translated("args", ARGS),
            translated("command", COMMAND),
            inside("env", ENV),
            inside("envFrom", "EnvFromSource"),
            translated("image", IMAGE),
            noted("imagePullPolicy", Is("Never"), PULLS),
            inside("lifecycle", "Lifecycle"),
            elsewhere("livenessProbe", "the API server refuses it here"),
            translated("name", NAME),
            noted("ports", Given, "ACI opens no ports of init containers"),
            elsewhere("readinessProbe", "the API server refuses it here"),
            elsewhere("resizePolicy", NO_RESIZE),
            // Limit ranges put resources on every container, so they are no reason to refuse one.
            noted("resources", Given, "ACI's init containers use what the group has"),
            translated("restartPolicy", "`Always`: see above"),
            inside("securityContext", "SecurityContext"),
            elsewhere("startupProbe", "the API server refuses it here"),
            noted("stdin", Given, NO_INPUT),
            noted("stdinOnce", Given, NO_INPUT),
            noted("terminationMessagePath", Not("/dev/termination-log"), MESSAGE),
            noted("terminationMessagePolicy", Not("File"), MESSAGE),
            noted("tty", Given, NO_INPUT),
            refused("volumeDevices", Given, NO_DEVICES, USE_FILES),
            inside("volumeMounts", MOUNTS),
            translated("workingDir", WORKING_DIR),
        ],
    },
    Kind {
        name: "ContainerPort",
        of: "ContainerPort",
        at: "ports[*]",
        fields: &[
            translated(
                "containerPort",
                "`ports`; without a subnet also `ipAddress.ports`, five at most. Refused when two containers \
                 declare it, as they share one address",
            ),
            warned("hostIP", Given, "a virtual node has no host whose address could be taken"),
            warned(
                "hostPort",
                Given,
                "a virtual node has no host whose port could be taken; the pod has its own",
            ),
            translated("name", "probes find the port by it"),
            refused("protocol", Is("SCTP"), "ACI has no SCTP", "use TCP or UDP"),
        ],
    },
    Kind {
        name: "EnvFromSource",
        of: "EnvFromSource",
        at: "envFrom[*]",
        fields: &[
            translated(
                "configMapRef",
                "values, as on a kubelet; names that ACI refuses are skipped and told",
            ),
            translated("prefix", "before each name"),
            translated("secretRef", "secure values, which Azure shows to nobody"),
        ],
    },
    Kind {
        name: "EnvVar",
        of: "EnvVar",
        at: "env[*]",
        fields: &[
            translated("name", "`name`; refused unless it is letters, digits and underscores, 63 at most"),
            translated(
                "value",
                "`value` with `$(NAME)` replaced, also when empty; a secure value when a secret was put in",
            ),
            inside("valueFrom", "EnvVarSource"),
        ],
    },
    Kind {
        name: "EnvVarSource",
        of: "EnvVarSource",
        at: "env[*].valueFrom",
        fields: &[
            translated("configMapKeyRef", "a value"),
            translated(
                "fieldRef",
                "a value: name, namespace, uid, labels, annotations, node, service account, host addresses. The \
                 pod's own addresses are not known before the group runs: the variable is left out (Warning \
                 `PodIPUnknown`), and refused where a command or another variable is made of it",
            ),
            translated(
                "resourceFieldRef",
                "a value, of what ACI grants: rounded up, and the group's total where no limit is set",
            ),
            translated("secretKeyRef", "a secure value"),
        ],
    },
    Kind {
        name: "ResourceRequirements",
        of: "ResourceRequirements",
        at: "resources",
        fields: &[
            refused("claims", Given, "ACI has no devices to claim", "remove them"),
            translated(
                "limits",
                "`resources.limits`, rounded up like requests and brought down to the group's total (Warning \
                 `LimitLowered`)",
            ),
            translated(
                "requests",
                "`resources.requests`: cpu in hundredths and memory in tenths of 10⁹ bytes, rounded up; 1.0 and 1.5 \
                 where nothing is said. Told: ephemeral-storage and hugepages. Refused: GPUs, which Azure retired, \
                 and other devices",
            ),
        ],
    },
];
