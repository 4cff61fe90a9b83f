//! What becomes of a pod's containers, and of the machine beneath them.

use serde_json::json;

use super::{NO_FAULTS, befalls, of, shown};
use crate::recipe::{Recipe, Step, Verb};
use crate::says::Seen;
use crate::{Constraint, Says};

/// The image of the pod cannot be pulled, as a kubelet shows it.
const PULL_FAILED: &[Seen] = &[
    Seen { at: "/phase", is: "Pending" },
    Seen { at: "/containerStatuses/*/state/waiting/reason", is: "…ImagePull…" },
];

/// What befalls the group of the pod with this name, and what the pod shows.
macro_rules! befall {
    (
        $id:literal, $evidence:literal, $fault:tt $($times:literal times)?, $reason:literal, $message:literal, $status:expr,
        $why:literal, $way_out:literal $(,)?
    ) => {
        of(
            $id,
            Says::Pod { evidence: $evidence, reason: $reason, message: $message },
            $why,
            $way_out,
            Recipe::pod(shown($reason, $message, $status))
                .before(&[Step::emulator(Verb::Post, super::FAULTS, || {
                    befalls($id, json!($fault)) $(.with("/times/next", json!($times)))?
                })])
                .after(NO_FAULTS)
                .real(),
        )
    };
}

/// The chapter.
pub(crate) const CONSTRAINTS: &[Constraint] = &[
    befall!(
        "pod-image-missing",
        "USER",
        { "kind": "imagePull", "failure": "notFound" },
        "Failed",
        "Failed to pull image \"…\": …not found",
        PULL_FAILED,
        "There is no such image or tag. It is pulled again and again, with a growing back-off.",
        "Correct the image's name.",
    ),
    befall!(
        "pod-registry-credential",
        "USER",
        { "kind": "imagePull", "failure": "unauthorized" },
        "Failed",
        "Failed to pull image \"…\": …401 Unauthorized",
        PULL_FAILED,
        "The registry does not take the credential of the pull secret, or wants one where there is none.",
        "Put the right credential into a secret of the pod's `imagePullSecrets`, with the server as in the image's \
         name.",
    ),
    befall!(
        "pod-registry-unreachable",
        "ASSUMED",
        { "kind": "imagePull", "failure": "unreachable" },
        "Failed",
        "Failed to pull image \"…\": …no such host",
        PULL_FAILED,
        "The registry's name is not to be resolved from where groups run; a private registry's needs a DNS zone that \
         their network knows.",
        "Correct the name, or make the registry reachable from the subnet.",
    ),
    befall!(
        "pod-registry-rate-limit",
        "ASSUMED",
        { "kind": "imagePull", "failure": "rateLimited" },
        "Failed",
        "Failed to pull image \"…\": …toomanyrequests",
        PULL_FAILED,
        "Docker Hub lets an address pull so many images in six hours, and groups share addresses.",
        "Log in with a pull secret, or use a registry of your own.",
    ),
    befall!(
        "pod-wrong-architecture",
        "ASSUMED",
        { "kind": "imagePull", "failure": "wrongPlatform" },
        "Failed",
        "Failed to pull image \"…\": …no match for platform",
        PULL_FAILED,
        "Container Instances runs on amd64, and the image is for something else.",
        "Build the image for linux/amd64.",
    ),
    befall!(
        "pod-oom-kill",
        "DOC",
        { "kind": "oomKill" },
        "BackOff",
        "Back-off restarting failed container",
        &[
            Seen { at: "/containerStatuses/*/lastState/terminated/reason", is: "OOMKilled" },
            Seen { at: "/containerStatuses/*/lastState/terminated/exitCode", is: "137" },
        ],
        "The container uses more memory than its limit, or than the group has, and the kernel ends it.",
        "Raise the memory request, or the limit where one is set, or make the program use less.",
    ),
    befall!(
        "pod-crash-loop",
        "REC",
        { "kind": "crash", "exitCode": 3 },
        "BackOff",
        "Back-off restarting failed container",
        &[
            Seen { at: "/containerStatuses/*/state/waiting/reason", is: "CrashLoopBackOff" },
            Seen { at: "/containerStatuses/*/lastState/terminated/exitCode", is: "3" },
        ],
        "The container ends soon after each start, and waits longer before each next one.",
        "Read the log of the attempt (`kubectl logs`) and mend the program.",
    ),
    befall!(
        "pod-liveness-probe",
        "DOC",
        { "kind": "probeFails", "message": "connection refused" },
        "Unhealthy",
        "Liveness probe failed: connection refused",
        &[Seen { at: "/containerStatuses/*/lastState/terminated/exitCode", is: "…" }],
        "The probe fails as often in a row as its threshold says, and the container is ended and started again.",
        "Give the program time (`initialDelaySeconds`), raise `failureThreshold`, or mend what is probed.",
    ),
    befall!(
        "pod-readiness-probe",
        "DOC",
        { "kind": "probeFails", "message": "connection refused" },
        "Unhealthy",
        "Readiness probe failed: connection refused",
        &[Seen { at: "/phase", is: "Running" }, Seen { at: "/containerStatuses/*/ready", is: "false" }],
        "The container runs and no service sends it anything while its probe fails.",
        "Mend what is probed; nothing restarts the container.",
    ),
    befall!(
        "pod-mount-fails",
        "USER",
        { "kind": "mountFails" },
        "FailedMountAzureFileVolume",
        "Failed to mount Azure File Volume.",
        &[Seen { at: "/phase", is: "Failed" }],
        "The share is not there, or account name or key are wrong.",
        "Correct the share's name and the secret, and delete the pod: a failed group does not come back.",
    ),
    befall!(
        "pod-killed-by-platform",
        "REC",
        { "kind": "platformKill" } 1 times,
        "Killing",
        "Killing container … (platform initiated).",
        &[Seen { at: "/containerStatuses/*/lastState/terminated/exitCode", is: "…" }],
        "Azure maintains the machine beneath the group.",
        "Nothing: let the program end on SIGTERM and begin anew; it is restarted.",
    ),
    befall!(
        "pod-spot-eviction",
        "DOC",
        { "kind": "spotEviction" } 1 times,
        "Evicted",
        "The container group was evicted: the spot capacity is wanted back.",
        &[],
        "Azure wants the capacity of a spot group back.",
        "Use the priority `Regular` for what has to stay, or let the work be resumed.",
    ),
];
