//! What a group's state forbids, and what becomes of its containers.

use aci_emulator::validate::Violation;
use serde_json::{Value, json};

use crate::body::{self, Body, group};
use crate::error;
use crate::recipe::{Recipe, Step, Verb};
use crate::says::Seen;
use crate::table::constraint;
use crate::{Area, Constraint, Says};

/// A fault of the group's containers, the next time.
fn fault(name: &str, fault: Value) -> Body {
    body::json(json!({ "match": { "name": name }, "fault": fault, "times": { "next": 1 } }))
}

/// A container that ends at once with a code, on Docker and in the simulation.
fn ends(name: &str, code: &str, policy: &str) -> Body {
    group(name)
        .with("/properties/restartPolicy", json!(policy))
        .with_container("/command", json!(["sh", "-c", format!("exit {code}")]))
        .with_container("/environmentVariables", json!([{ "name": "ACI_SIM_EXIT_CODE", "value": code }]))
}

const EVENT_NAMES: &str = "/properties/containers/*/properties/instanceView/events/*/name";
const EVENT_MESSAGES: &str = "/properties/containers/*/properties/instanceView/events/*/message";
const CURRENT: &str = "/properties/containers/*/properties/instanceView/currentState/detailStatus";
const PREVIOUS: &str = "/properties/containers/*/properties/instanceView/previousState/detailStatus";
const PREVIOUS_CODE: &str = "/properties/containers/*/properties/instanceView/previousState/exitCode";

const EXEC: fn() -> Body =
    || body::json(json!({ "command": "sh", "terminalSize": { "rows": 24, "cols": 80 } }));

/// The chapter.
pub(crate) const CONSTRAINTS: &[Constraint] = &[
    constraint(
        "transitioning",
        Area::Lifecycle,
        error!(transitioning("transitioning")),
        "The group is between two states: it is being created, updated or repaired. Stop and delete are taken even then.",
        "Wait for the operation before, or retry on 409.",
        Recipe::refused(Step::put("$groups/transitioning", || {
            group("transitioning").with_container("/command", json!(["sleep", "60"]))
        }))
        .before(&[
            Step::emulator(Verb::Post, "/_emulator/faults", || {
                fault("transitioning", json!({ "kind": "slowPull", "seconds": 20 }))
            }),
            Step::put("$groups/transitioning", || group("transitioning")),
        ])
        .command(create!("transitioning", "--command-line 'sleep 60'"))
        .remedy(&[
            Step::until("$groups/transitioning", "/properties/provisioningState", "Succeeded"),
            Step::put("$groups/transitioning", || {
                group("transitioning").with_container("/command", json!(["sleep", "60"]))
            }),
        ]),
    ),
    constraint(
        "restart-of-a-stopped-group",
        Area::Lifecycle,
        error!(group_is_stopped("restart-of-a-stopped-group", "constraints")),
        "A stopped group has no containers to restart.",
        "Start it: `az container start`.",
        Recipe::refused(Step::post("$groups/restart-of-a-stopped-group/restart"))
            .before(&[
                Step::put("$groups/restart-of-a-stopped-group", || group("restart-of-a-stopped-group")),
                Step::until("$groups/restart-of-a-stopped-group", "/properties/provisioningState", "Succeeded"),
                Step::post("$groups/restart-of-a-stopped-group/stop"),
            ])
            .command("az container restart -g constraints -n restart-of-a-stopped-group")
            .remedy(&[Step::post("$groups/restart-of-a-stopped-group/start")]),
    ),
    constraint(
        "immutable",
        Area::Lifecycle,
        Says::Rule(|| Violation::ImmutableChanged { group: "immutable".to_owned() }),
        "An update restarts the containers on the host where they are, which was chosen for their size and network.",
        "Delete the group and create it anew. Image, command, environment, volumes and tags can be changed in place.",
        Recipe::refused(Step::put("$groups/immutable", || {
            group("immutable").with_container("/resources/requests/cpu", json!(2))
        }))
        .before(&[
            Step::put("$groups/immutable", || group("immutable")),
            Step::until("$groups/immutable", "/properties/provisioningState", "Succeeded"),
        ])
        .command(
            "az container create -g constraints -n immutable -l westeurope --image mcr.microsoft.com/azuredocs/aci-helloworld --os-type Linux --cpu 2 --memory 1",
        )
        .remedy(&[
            Step::delete("$groups/immutable"),
            Step::put("$groups/immutable", || {
                group("immutable").with_container("/resources/requests/cpu", json!(2))
            }),
        ]),
    ),
    constraint(
        "group-not-found",
        Area::Lifecycle,
        error!(container_group_not_found("group-not-found")),
        "The resource provider has no such row: there never was such a group, or its PUT was seconds ago. A GET of the group \
         itself is answered by Azure Resource Manager, with `ResourceNotFound`.",
        "Create the group first; seconds after a PUT, ask again.",
        Recipe::refused(Step::get("$groups/group-not-found/containers/web/logs")),
    ),
    constraint(
        "container-not-found",
        Area::Lifecycle,
        error!(container_not_found("other", "container-not-found")),
        "The group has no container of this name.",
        "Name one of the group's containers; `az container create` names the container after the group.",
        Recipe::refused(Step::post("$groups/container-not-found/containers/other/exec").body(EXEC))
            .before(&[Step::put("$groups/container-not-found", || group("container-not-found"))])
            .remedy(&[
                Step::until("$groups/container-not-found", "/properties/provisioningState", "Succeeded"),
                Step::post("$groups/container-not-found/containers/container-not-found/exec").body(EXEC),
            ]),
    ),
    constraint(
        "log-not-available",
        Area::Lifecycle,
        error!(log_not_available("log-not-available", "log-not-available")),
        "The container has not started yet, so there is no log.",
        "Wait until the container runs; look at its events if it never does.",
        Recipe::refused(Step::get("$groups/log-not-available/containers/log-not-available/logs"))
            .before(&[
                Step::emulator(Verb::Post, "/_emulator/faults", || {
                    fault("log-not-available", json!({ "kind": "slowPull", "seconds": 20 }))
                }),
                Step::put("$groups/log-not-available", || group("log-not-available")),
            ])
            .remedy(&[
                Step::until("$groups/log-not-available", "/properties/provisioningState", "Succeeded"),
                Step::get("$groups/log-not-available/containers/log-not-available/logs"),
            ]),
    ),
    constraint(
        "exec-command",
        Area::Lifecycle,
        error!(invalid_exec_command(
            "exec-command",
            "exec-command",
            "a quotation mark or an escape is not closed"
        )),
        "Azure starts one program, without a shell; words and quotes are a shell's, pipes and variables are not.",
        "Close the quotes; for more than one program run a shell: `sh -c '…'`.",
        Recipe::refused(Step::post("$groups/exec-command/containers/exec-command/exec").body(|| {
            body::json(json!({ "command": "echo 'hello", "terminalSize": { "rows": 24, "cols": 80 } }))
        }))
        .before(&[
            Step::put("$groups/exec-command", || group("exec-command")),
            Step::until("$groups/exec-command", "/properties/provisioningState", "Succeeded"),
        ])
        .remedy(&[Step::post("$groups/exec-command/containers/exec-command/exec").body(EXEC)]),
    ),
    constraint(
        "out-of-memory",
        Area::Lifecycle,
        Says::Seen {
            evidence: "DOC for the exit code 137; the detail `OOMKilled` is ASSUMED, the kubelet's word",
            seen: &[Seen { at: PREVIOUS, is: "OOMKilled" }, Seen { at: PREVIOUS_CODE, is: "137" }],
        },
        "The container used more memory than it requests, or than its limit: the kernel kills it with SIGKILL.",
        "Raise `memoryInGB`, or make the program use less: tell a JVM or Node.js its limit.",
        Recipe::comes_to_show(Step::put("$groups/out-of-memory", || group("out-of-memory")), "$groups/out-of-memory")
            .before(&[Step::emulator(Verb::Post, "/_emulator/faults", || {
                fault("out-of-memory", json!({ "kind": "oomKill" }))
            })])
            .command(create!("out-of-memory", "--no-wait"))
            .real(),
    ),
    constraint(
        "crash-loop",
        Area::Lifecycle,
        Says::Seen {
            evidence: "REC",
            seen: &[
                Seen { at: CURRENT, is: "CrashLoopBackOff: Back-off … restarting failed" },
                Seen { at: PREVIOUS_CODE, is: "3" },
                Seen { at: EVENT_NAMES, is: "BackOff" },
                Seen { at: EVENT_MESSAGES, is: "Back-off restarting failed container" },
            ],
        },
        "The container ends again and again, and each restart waits longer: 10 seconds, 20, up to five minutes. The group is \
         `Running` all the while.",
        "Read the log of the attempt before; run what ends by intention with `OnFailure` or `Never`.",
        Recipe::comes_to_show(
            Step::put("$groups/crash-loop", || ends("crash-loop", "3", "Always")),
            "$groups/crash-loop",
        )
        .command(create!(
            "crash-loop",
            "--command-line 'sh -c \"exit 3\"' --environment-variables ACI_SIM_EXIT_CODE=3 --no-wait"
        ))
        .real(),
    ),
    constraint(
        "failed-for-good",
        Area::Lifecycle,
        Says::Seen {
            evidence: "REC",
            seen: &[
                Seen { at: "/properties/instanceView/state", is: "Failed" },
                Seen { at: "/properties/provisioningState", is: "Succeeded" },
                Seen { at: CURRENT, is: "Error" },
            ],
        },
        "With the policy `Never` a container that ends with another code than 0 makes the group `Failed`; it was provisioned all \
         the same.",
        "Look at `instanceView.state` and the exit codes, not at `provisioningState`, to see whether a job succeeded.",
        Recipe::comes_to_show(
            Step::put("$groups/failed-for-good", || ends("failed-for-good", "2", "Never")),
            "$groups/failed-for-good",
        )
        .command(create!(
            "failed-for-good",
            "--command-line 'sh -c \"exit 2\"' --environment-variables ACI_SIM_EXIT_CODE=2 --restart-policy Never --no-wait"
        ))
        .real(),
    ),
    constraint(
        "liveness-probe-fails",
        Area::Lifecycle,
        Says::Seen {
            evidence: "DOC for the events' names; the words are ASSUMED, the kubelet's",
            seen: &[
                Seen { at: EVENT_NAMES, is: "Unhealthy" },
                Seen { at: EVENT_MESSAGES, is: "Liveness probe failed: …" },
                Seen { at: EVENT_NAMES, is: "Killing" },
            ],
        },
        "The probe failed as often as `failureThreshold` says, and the platform kills the container.",
        "Give the program time (`initialDelaySeconds`), and probe what tells that it cannot go on, not what it depends on.",
        Recipe::comes_to_show(
            Step::put("$groups/liveness-probe-fails", || {
                group("liveness-probe-fails").with_container(
                    "/livenessProbe",
                    json!({ "exec": { "command": ["false"] }, "periodSeconds": 1, "failureThreshold": 2 }),
                )
            }),
            "$groups/liveness-probe-fails",
        )
        .before(&[Step::emulator(Verb::Post, "/_emulator/faults", || {
            body::json(json!({ "match": { "name": "liveness-probe-fails" }, "fault": { "kind": "probeFails" }, "times": { "next": 2 } }))
        })])
        .real(),
    ),
    constraint(
        "readiness-probe-fails",
        Area::Lifecycle,
        Says::Seen {
            evidence: "DOC for the event's name; the words are ASSUMED, the kubelet's",
            seen: &[
                Seen { at: EVENT_NAMES, is: "Unhealthy" },
                Seen { at: EVENT_MESSAGES, is: "Readiness probe failed: …" },
            ],
        },
        "The container runs and is not ready. Azure keeps traffic away and tells of it in no other way than this event.",
        "Make the probe ask what the program serves, on the port on which it listens.",
        Recipe::comes_to_show(
            Step::put("$groups/readiness-probe-fails", || {
                group("readiness-probe-fails").with_container(
                    "/readinessProbe",
                    json!({ "exec": { "command": ["false"] }, "periodSeconds": 1 }),
                )
            }),
            "$groups/readiness-probe-fails",
        )
        .before(&[Step::emulator(Verb::Post, "/_emulator/faults", || {
            body::json(json!({ "match": { "name": "readiness-probe-fails" }, "fault": { "kind": "probeFails" }, "times": { "next": 2 } }))
        })])
        .real(),
    ),
];
