//! What Azure itself does to calls and groups that are all right.

use aci_emulator::arm::error::ArmError;
use aci_emulator::arm::error::catalogue::Blanks;
use serde_json::{Value, json};

use crate::body::{self, Body, group};
use crate::recipe::{Az, Recipe, Step, Verb};
use crate::says::{Seen, VARIES};
use crate::table::constraint;
use crate::{Area, Constraint, Says};

fn fault(name: &str, fault: Value) -> Body {
    body::json(json!({ "match": { "name": name }, "fault": fault, "times": { "next": 1 } }))
}

const FAULTS: &str = "/_emulator/faults";
const EVENT_MESSAGES: &str = "/properties/containers/*/properties/instanceView/events/*/message";
const CURRENT: &str = "/properties/containers/*/properties/instanceView/currentState/detailStatus";

/// The chapter.
pub(crate) const CONSTRAINTS: &[Constraint] = &[
    constraint(
        "internal-server-error",
        Area::Platform,
        Says::Error("internal", || {
            let nil = uuid::Uuid::nil();
            let error = ArmError::internal(nil, &nil.to_string());
            let text = error.message().replace(&nil.to_string(), VARIES);
            error.told_as(None, Some(text))
        }),
        "Something broke within Azure. It is on record for a restart during a repair.",
        "Retry with a pause that grows; keep the two ids for a support request.",
        Recipe::refused(Step::post("$groups/internal-server-error/restart"))
            .before(&[
                Step::put("$groups/internal-server-error", || group("internal-server-error")),
                Step::until("$groups/internal-server-error", "/properties/provisioningState", "Succeeded"),
                Step::emulator(Verb::Post, FAULTS, || {
                    fault("internal-server-error", json!({ "kind": "error", "code": "InternalServerError" }))
                }),
            ])
            .az(Az::None("`az` retries a 500 by itself, and the fault befalls one call."))
            .remedy(&[Step::post("$groups/internal-server-error/restart")]),
    ),
    constraint(
        "gateway-timeout",
        Area::Platform,
        Says::Entry("GatewayTimeout", Blanks::default),
        "The provider did not answer Azure Resource Manager in time; the call may have been carried out all the same.",
        "Look whether it was, then retry: PUT and DELETE can be repeated.",
        Recipe::refused(Step::get("$groups/gateway-timeout")).before(&[Step::emulator(
            Verb::Post,
            FAULTS,
            || fault("gateway-timeout", json!({ "kind": "error", "code": "GatewayTimeout" })),
        )]),
    ),
    constraint(
        "client-certificate",
        Area::Platform,
        Says::Entry("AuthorizationFailed", Blanks::default),
        "Azure Resource Manager did not prove to the provider who it is: a passing fault between the two, not the caller's.",
        "Retry. A new token or another role changes nothing.",
        Recipe::refused(Step::put("$groups/client-certificate", || group("client-certificate"))).before(&[
            Step::emulator(Verb::Post, FAULTS, || {
                fault("client-certificate", json!({ "kind": "error", "code": "AuthorizationFailed" }))
            }),
        ]),
    ),
    constraint(
        "infrastructure-error",
        Area::Platform,
        Says::Seen {
            evidence: "REC for the words",
            seen: &[
                Seen { at: "/properties/provisioningState", is: "Repairing" },
                Seen { at: "/properties/instanceView/state", is: "Unknown" },
                Seen { at: CURRENT, is: "Infrastructure Error" },
            ],
        },
        "The host under the group failed. The group is `Repairing` until it runs on another one, with another address and \
         nothing of what was written. The recipe makes the pull slow, so that there is time to look.",
        "Keep state outside of the group; reach it by a name, not by its address.",
        Recipe::comes_to_show(
            Step::emulator(Verb::Post, FAULTS, || {
                fault("infrastructure-error", json!({ "kind": "infrastructureError" }))
            }),
            "$groups/infrastructure-error",
        )
        .before(&[
            Step::put("$groups/infrastructure-error", || group("infrastructure-error")),
            Step::until("$groups/infrastructure-error", "/properties/instanceView/state", "Running"),
            Step::emulator(Verb::Post, FAULTS, || {
                fault("infrastructure-error", json!({ "kind": "slowPull", "seconds": 20 }))
            }),
        ]),
    ),
    constraint(
        "killed-by-the-platform",
        Area::Platform,
        Says::Seen {
            evidence: "REC",
            seen: &[Seen {
                at: EVENT_MESSAGES,
                is: "Killing container killed-by-the-platform (platform initiated).",
            }],
        },
        "Azure maintains its hosts and restarts what is on them.",
        "Be ready for a restart at any time: handle SIGTERM, keep state outside, run work that can be repeated.",
        Recipe::comes_to_show(
            Step::emulator(Verb::Post, FAULTS, || {
                fault("killed-by-the-platform", json!({ "kind": "platformKill" }))
            }),
            "$groups/killed-by-the-platform",
        )
        .before(&[
            Step::put("$groups/killed-by-the-platform", || group("killed-by-the-platform")),
            Step::until("$groups/killed-by-the-platform", "/properties/instanceView/state", "Running"),
        ])
        .real(),
    ),
    constraint(
        "spot-eviction",
        Area::Platform,
        Says::Seen {
            evidence: "ASSUMED; that spot groups are evicted is DOC",
            seen: &[
                Seen { at: "/properties/instanceView/events/*/name", is: "Evicted" },
                Seen {
                    at: "/properties/instanceView/events/*/message",
                    is: "The container group was evicted: the spot capacity is wanted back.",
                },
            ],
        },
        "Spot capacity is lent, and Azure wants it back.",
        "Run work that can be repeated; use `Regular` for what must not go.",
        Recipe::comes_to_show(
            Step::emulator(Verb::Post, FAULTS, || fault("spot-eviction", json!({ "kind": "spotEviction" }))),
            "$groups/spot-eviction",
        )
        .before(&[
            Step::put("$groups/spot-eviction", || {
                group("spot-eviction").with("/properties/priority", json!("Spot"))
            }),
            Step::until("$groups/spot-eviction", "/properties/instanceView/state", "Running"),
        ]),
    ),
];
