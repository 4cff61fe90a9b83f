//! Quotas, rates and the capacity of regions.

use aci_emulator::arm::error::ArmError;
use aci_emulator::arm::error::catalogue::Blanks;
use aci_emulator::limits::window::{Counted, UsedUp};
use aci_emulator::limits::{Quota, Rate};
use aci_emulator::validate::Violation;
use serde_json::{Value, json};

use crate::body::{self, Body, group};
use crate::recipe::{Az, Recipe, Step, Verb};
use crate::says::VARIES;
use crate::table::constraint;
use crate::{Area, Constraint, Says};

/// Limits that are enforced while a recipe runs.
const LIMITS: &str = "/_emulator/limits";
/// Azure's again.
const AS_BEFORE: &[Step] = &[Step::emulator(Verb::Put, LIMITS, || body::json(json!({})))];

fn quotas(quotas: Value) -> Body {
    body::json(json!({
        "enforce": { "quotas": true },
        "subscriptions": { "00000000-0000-0000-0000-000000000001": { "swedencentral": quotas } },
    }))
}

/// In a region that no other recipe uses.
fn apart(name: &str) -> Body {
    group(name).with("/location", json!("swedencentral"))
}

fn reached(quota: Quota, limit: u32, usage: u32, requested: u32) -> Violation {
    Violation::QuotaReached {
        quota: quota.name(),
        location: "swedencentral".to_owned(),
        limit,
        usage,
        requested,
    }
}

fn rates(member: &str) -> Body {
    let mut rates = json!({ "creations": [{ "count": 300, "seconds": 3600 }] });
    rates[member] = json!([{ "count": 1, "seconds": 300 }]);
    body::json(json!({ "enforce": { "rates": true }, "rates": rates }))
}

fn used_up(what: Counted) -> ArmError {
    // How long to wait depends on the moment; a text of its own stands in for the minutes.
    let rate = Rate { count: 1, seconds: 300 };
    let error = ArmError::rate_used_up(what, &UsedUp { rate, wait: jiff::SignedDuration::from_secs(300) });
    let text = error.message().replace("5.00", VARIES);
    error.told_as(None, Some(text))
}

/// The chapter.
pub(crate) const CONSTRAINTS: &[Constraint] = &[
    rule! {
        "more-than-the-region-has" Quotas, |_| Violation::RegionCannotServe {
            location: "westeurope".to_owned(),
            cpu: 32.0,
            memory: 1.0,
        },
        why: "Azure answers a group that is larger than the region allows in the words of one that does not fit in at the \
              moment: 31 cores and 240 GB are the most, 4 cores and 16 GB at the spot price, 180 GB for a confidential group.",
        way_out: "Ask for less, or split the group. Retrying does not help.",
        sends: |it| it.with_container("/resources/requests/cpu", json!(32)),
        accepted: |it| it.with_container("/resources/requests/cpu", json!(31)),
        command(
            "az container create -g constraints -n more-than-the-region-has -l westeurope --image mcr.microsoft.com/azuredocs/aci-helloworld --os-type Linux --cpu 32 --memory 1"
        )
    },
    rule! {
        "more-than-spot-has" Quotas, |_| Violation::RegionCannotServe {
            location: "westeurope".to_owned(),
            cpu: 5.0,
            memory: 1.0,
        },
        why: "A spot group has 4 cores and 16 GB at most.",
        way_out: "Ask for less, or drop `priority`.",
        sends: |it| it
            .with("/properties/priority", json!("Spot"))
            .with_container("/resources/requests/cpu", json!(5)),
        accepted: |it| it
            .with("/properties/priority", json!("Spot"))
            .with_container("/resources/requests/cpu", json!(4)),
        command(
            "az container create -g constraints -n more-than-spot-has -l westeurope --image mcr.microsoft.com/azuredocs/aci-helloworld --os-type Linux --cpu 5 --memory 1 --priority Spot"
        )
    },
    constraint(
        "no-capacity",
        Area::Quotas,
        Says::Entry("ServiceUnavailable", || Blanks {
            location: "westeurope".to_owned(),
            cpu: 1.0,
            memory: 1.0,
            ..Blanks::default()
        }),
        "The region has no host with so much free at this moment.",
        "Retry later, ask for less, or go to another region; keep the region a parameter of your deployment.",
        Recipe::refused(Step::put("$groups/no-capacity", || group("no-capacity")))
            .before(&[Step::emulator(Verb::Post, "/_emulator/faults", || {
                body::json(json!({
                    "match": { "name": "no-capacity", "operation": "*/containerGroups/write" },
                    "fault": { "kind": "noCapacity" },
                    "times": { "next": 1 },
                }))
            })])
            .command(create!("no-capacity", ""))
            .remedy(&[Step::put("$groups/no-capacity", || group("no-capacity"))]),
    ),
    constraint(
        "quota-groups",
        Area::Quotas,
        Says::Rule(|| reached(Quota::ContainerGroups, 0, 0, 1)),
        "A subscription has 100 groups a region unless Azure raises it; stopped and finished ones count.",
        "Delete groups that have ended, use another region, or ask for a higher quota.",
        Recipe::refused(Step::put("$groups/quota-groups", || apart("quota-groups")))
            .before(&[Step::emulator(Verb::Patch, LIMITS, || quotas(json!({ "ContainerGroups": 0 })))])
            .after(AS_BEFORE)
            .remedy(&[Step::put("$groups/quota-groups", || apart("quota-groups"))]),
    ),
    constraint(
        "quota-cores",
        Area::Quotas,
        Says::Rule(|| reached(Quota::StandardCores, 10, 0, 11)),
        "A subscription has so many cores a region: 100, and 10 where it is new. What the groups that are not stopped request \
         counts, in whole cores.",
        "Stop or delete groups, ask for less, use another region, or ask for a higher quota.",
        Recipe::refused(Step::put("$groups/quota-cores", || {
            apart("quota-cores").with_container("/resources/requests/cpu", json!(11))
        }))
        .before(&[Step::emulator(Verb::Patch, LIMITS, || quotas(json!({ "StandardCores": 10 })))])
        .after(AS_BEFORE)
        .remedy(&[
            Step::emulator(Verb::Patch, LIMITS, || quotas(json!({ "StandardCores": 10 }))),
            Step::put("$groups/quota-cores", || {
                apart("quota-cores").with_container("/resources/requests/cpu", json!(10))
            }),
        ]),
    ),
    constraint(
        "quota-spot-cores",
        Area::Quotas,
        Says::Rule(|| reached(Quota::StandardSpotCores, 2, 0, 3)),
        "Cores at the spot price have a quota of their own.",
        "Ask for less, use another region, or ask for a higher quota.",
        Recipe::refused(Step::put("$groups/quota-spot-cores", || {
            apart("quota-spot-cores")
                .with("/properties/priority", json!("Spot"))
                .with_container("/resources/requests/cpu", json!(3))
        }))
        .before(&[Step::emulator(Verb::Patch, LIMITS, || quotas(json!({ "StandardSpotCores": 2 })))])
        .after(AS_BEFORE),
    ),
    constraint(
        "too-many-creations",
        Area::Quotas,
        Says::Error("rate_used_up", || used_up(Counted::ContainerGroupCreation)),
        "A subscription may create 100 groups in five minutes and 300 in an hour, a region. The recipe lowers it to one.",
        "Wait as long as `Retry-After` says; start stopped groups anew rather than make others; use NGroups or several regions.",
        Recipe::refused(Step::put("$groups/too-many-creations", || apart("too-many-creations")))
            .before(&[
                Step::emulator(Verb::Patch, LIMITS, || rates("creations")),
                Step::put("$groups/first-creation", || apart("first-creation")),
            ])
            .after(AS_BEFORE)
            .remedy(&[Step::put("$groups/too-many-creations", || apart("too-many-creations"))]),
    ),
    constraint(
        "too-many-deletions",
        Area::Quotas,
        Says::Error("rate_used_up", || used_up(Counted::ContainerGroupDeletion)),
        "Deletions are counted as creations are.",
        "Wait as long as `Retry-After` says; delete the resource group in one go.",
        Recipe::refused(Step::delete("$groups/too-many-deletions"))
            .before(&[
                Step::put("$groups/first-deletion", || apart("first-deletion")),
                Step::put("$groups/too-many-deletions", || apart("too-many-deletions")),
                Step::emulator(Verb::Patch, LIMITS, || rates("deletions")),
                Step::delete("$groups/first-deletion"),
            ])
            .az(Az::None(
                "`az` waits as long as `Retry-After` says, five minutes here, and deletes the group then.",
            ))
            .after(AS_BEFORE)
            .remedy(&[Step::delete("$groups/too-many-deletions")]),
    ),
    constraint(
        "throttled",
        Area::Quotas,
        Says::Entry("TooManyRequests", || Blanks {
            subscription: "00000000-0000-0000-0000-000000000001".to_owned(),
            operation: "Microsoft.ContainerInstance/containerGroups/read".to_owned(),
            ..Blanks::default()
        }),
        "Azure Resource Manager counts the calls of a subscription and of a client: 12,000 reads, 1,200 writes and 15,000 \
         deletions an hour, and since 2024 a bucket of some 200 of each that fills up again.",
        "Wait as long as `Retry-After` says; list groups instead of reading them one by one; poll less.",
        Recipe::refused(Step::get("$groups/throttled")).before(&[Step::emulator(
            Verb::Post,
            "/_emulator/faults",
            || {
                body::json(json!({
                    "match": { "name": "throttled" },
                    "fault": { "kind": "throttled", "retryAfterSeconds": 17 },
                    "times": { "next": 1 },
                }))
            },
        )]),
    ),
];
