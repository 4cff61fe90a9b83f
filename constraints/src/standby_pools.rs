//! Groups from standby pools.

use aci_emulator::validate::Violation;
use serde_json::json;

use crate::body::{self, Body, LOCATION, container};
use crate::error;
use crate::recipe::{Recipe, Step};
use crate::table::constraint;
use crate::{Area, Constraint, Says};

/// A version that has pools.
const VERSION: &str = "2024-05-01-preview";

/// A version of the pools' own provider.
const POOLS: &str = "2025-03-01";

const PROFILE: &str = "$rg/providers/Microsoft.ContainerInstance/containerGroupProfiles/web";
const POOL: &str = "$rg/providers/Microsoft.StandbyPool/standbyContainerGroupPools/web-pool";

const PROFILE_ID: &str = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/constraints/providers/Microsoft.ContainerInstance/containerGroupProfiles/web";
const POOL_ID: &str = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/constraints/providers/Microsoft.StandbyPool/standbyContainerGroupPools/web-pool";

fn profile() -> Body {
    let properties = json!({ "osType": "Linux", "containers": [container("web")] });
    body::json(json!({ "location": LOCATION, "properties": properties }))
}

/// A pool that is empty for good.
fn pool() -> Body {
    let profile = json!({ "id": PROFILE_ID, "revision": 1 });
    body::json(json!({ "location": LOCATION, "properties": {
        "elasticityProfile": { "maxReadyCapacity": 0, "refillPolicy": "always" },
        "containerGroupProperties": { "containerGroupProfile": profile },
    } }))
}

const EMPTY_POOL: &[Step] =
    &[Step::put(PROFILE, profile).version(VERSION), Step::put(POOL, pool).version(POOLS)];

/// A group from the pool, or nothing.
fn drawn() -> Body {
    let config_map = json!({ "keyValuePairs": { "key": "value" } });
    body::json(json!({ "location": LOCATION, "properties": {
        "containers": [{ "name": "web", "properties": { "configMap": config_map } }],
        "containerGroupProfile": { "id": PROFILE_ID, "revision": 1 },
        "standbyPoolProfile": { "id": POOL_ID, "failContainerGroupCreateOnReuseFailure": true },
    } }))
}

fn drawn_or_made() -> Body {
    drawn().with("/properties/standbyPoolProfile/failContainerGroupCreateOnReuseFailure", json!(false))
}

/// The chapter.
pub(crate) const CONSTRAINTS: &[Constraint] = &[
    constraint(
        "reuse-properties",
        Area::StandbyPools,
        Says::Rule(|| Violation::ReuseProperties {}),
        "The containers of a pool run before anybody asks for them: nothing but their config maps can be changed any more.",
        "Say the rest in the container group profile. Older versions of `az container create` send defaults: use a newer one.",
        Recipe::refused(
            Step::put("$groups/reuse-properties", || {
                drawn().with("/properties/restartPolicy", json!("Never"))
            })
            .version(VERSION),
        )
        .before(EMPTY_POOL)
        .remedy(&[Step::put("$groups/reuse-properties", drawn_or_made).version(VERSION)]),
    ),
    constraint(
        "standby-pool-empty",
        Area::StandbyPools,
        error!(standby_pool_empty(POOL_ID, "standby-pool-empty")),
        "No group of the pool is ready: all were given away, or are of another revision, region or subnet; and the request \
         asks to fail then.",
        "Retry when the pool has refilled, make it larger, or set `failContainerGroupCreateOnReuseFailure` to false.",
        Recipe::refused(Step::put("$groups/standby-pool-empty", drawn).version(VERSION))
            .before(EMPTY_POOL)
            .remedy(&[Step::put("$groups/standby-pool-empty", drawn_or_made).version(VERSION)]),
    ),
];
