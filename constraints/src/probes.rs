//! The shapes of probes; what a probe that fails does is in the chapter about the lifecycle.

use aci_emulator::validate::Violation;
use serde_json::json;

use crate::Constraint;

const LIVENESS: &str = "livenessProbe";

/// The chapter's third part.
pub(crate) const CONSTRAINTS: &[Constraint] = &[
    rule! {
        "probe-action" Names, |name| Violation::ProbeAction {
            probe: LIVENESS,
            container: name.clone(),
            group: name,
        },
        why: "A probe runs a command or sends a request; there are no TCP and no gRPC probes.",
        way_out: "Set exactly one of `exec` and `httpGet`. For a TCP probe run a command that connects.",
        sends: |it| it.with_container("/livenessProbe", json!({ "periodSeconds": 5 })),
        accepted: |it| it.with_container("/livenessProbe", json!({ "exec": { "command": ["true"] } }))
    },
    rule! {
        "probe-command" Names, |name| Violation::ProbeCommand {
            probe: LIVENESS,
            container: name.clone(),
            group: name,
        },
        why: "There is nothing to run.",
        way_out: "Give the program and its arguments, an element each.",
        sends: |it| it.with_container("/livenessProbe", json!({ "exec": { "command": [] } })),
        accepted: |it| it.with_container("/livenessProbe", json!({ "exec": { "command": ["true"] } }))
    },
    rule! {
        "probe-port" Names, |name| Violation::ProbePort {
            probe: LIVENESS,
            port: 0,
            container: name.clone(),
            group: name,
        },
        why: "Ports are numbers from 1 to 65535; the names of a pod's ports are not known here.",
        way_out: "Use the number on which the container listens.",
        sends: |it| it.with_container("/livenessProbe", json!({ "httpGet": { "port": 0, "path": "/" } })),
        accepted: |it| it.with_container("/livenessProbe", json!({ "httpGet": { "port": 80, "path": "/" } }))
    },
    rule! {
        "probe-scheme" Names, |name| Violation::ProbeScheme {
            probe: LIVENESS,
            scheme: "ftp".to_owned(),
            container: name.clone(),
            group: name,
        },
        why: "Probes speak HTTP and HTTPS.",
        way_out: "Use `http` or `https`.",
        sends: |it| it.with_container("/livenessProbe", json!({ "httpGet": { "port": 80, "scheme": "ftp" } })),
        accepted: |it| it.with_container("/livenessProbe", json!({ "httpGet": { "port": 80, "scheme": "https" } }))
    },
    rule! {
        "probe-request" Names, |name| Violation::ProbeRequest {
            probe: LIVENESS,
            member: "path",
            container: name.clone(),
            group: name,
        },
        why: "The path or a header cannot stand in an HTTP request.",
        way_out: "Encode what is special (`%20` for a space).",
        sends: |it| it.with_container("/livenessProbe", json!({ "httpGet": { "port": 80, "path": "/is it up" } })),
        accepted: |it| it.with_container("/livenessProbe", json!({ "httpGet": { "port": 80, "path": "/is%20it%20up" } }))
    },
    rule! {
        "probe-number" Names, |name| Violation::ProbeNumber {
            probe: "readinessProbe",
            member: "periodSeconds",
            number: 0,
            least: 1,
            container: name.clone(),
            group: name,
        },
        why: "A probe without a pause would never let go.",
        way_out: "Use 1 or more; `initialDelaySeconds` may be 0.",
        sends: |it| it.with_container("/readinessProbe", json!({ "exec": { "command": ["true"] }, "periodSeconds": 0 })),
        accepted: |it| it.with_container("/readinessProbe", json!({ "exec": { "command": ["true"] }, "periodSeconds": 1 }))
    },
];
