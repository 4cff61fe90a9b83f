//! Azure Resource Manager, before any group is looked at: versions, tokens, subscriptions, resource groups, rights.

use aci_emulator::api::surface::Operation;
use aci_emulator::arm::error::catalogue::Blanks;
use aci_emulator::directory::object_id;
use aci_model::ResourceId;
use serde_json::{Value, json};

use crate::body::{self, Body, group};
use crate::error;
use crate::recipe::{Az, Caller, Recipe, Step, Verb};
use crate::table::constraint;
use crate::{Area, Constraint, Says};

const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000001";
/// Where a client is told to get a token; only headers carry it.
const AUTHORITY: &str = "";
/// `az` does the part of the call that is wrong.
const AZ_SIGNS: Az = Az::None("`az` brings a token of its own.");
const AZ_VERSIONS: Az = Az::None(
    "`az` brings a version of its own; `az rest` sends what it is told, and the answer is the same.",
);

/// A fault of the next call, by its code.
fn refusal(name: &str, code: &str) -> Body {
    body::json(json!({
        "match": { "name": name }, "fault": { "kind": "error", "code": code }, "times": { "next": 1 },
    }))
}

fn location() -> Body {
    body::json(json!({ "location": "westeurope" }))
}

/// The role `Contributor` at the resource group, for a client.
fn contributor(client: &str) -> Value {
    json!({ "properties": {
        "roleDefinitionId": "/subscriptions/00000000-0000-0000-0000-000000000001/providers/Microsoft.Authorization/roleDefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c",
        "principalId": object_id(client),
        "principalType": "ServicePrincipal",
    } })
}

const ENFORCE: &[&str] = &["--rbac enforce", "--rbac-admin me"];
const ASSIGNMENT: &str =
    "$rg/providers/Microsoft.Authorization/roleAssignments/11111111-1111-1111-1111-111111111111";

/// The chapter.
pub(crate) const CONSTRAINTS: &[Constraint] = &[
    constraint(
        "api-version-missing",
        Area::FrontDoor,
        error!(missing_api_version()),
        "Each call says for which version of the API it was written.",
        "Add `?api-version=2023-05-01`, or another one that the resource type has.",
        Recipe::refused(Step::get("$groups/web").no_version()).az(AZ_VERSIONS),
    ),
    constraint(
        "api-version-malformed",
        Area::FrontDoor,
        error!(invalid_api_version("latest")),
        "A version is a date, with `-preview` behind some.",
        "Use one of the versions that the text lists.",
        Recipe::refused(Step::get("$groups/web").version("latest")),
    ),
    constraint(
        "api-version-unknown",
        Area::FrontDoor,
        error!(no_registered_provider("westeurope", "2016-01-01", Operation::Get)),
        "The version is well formed and this resource type does not have it; or the region does not have it yet.",
        "Use one of the versions that the text lists.",
        Recipe::refused(Step::get("$groups/web").version("2016-01-01")),
    ),
    constraint(
        "api-version-unknown-in-a-list",
        Area::FrontDoor,
        error!(operation_not_in_version("2016-01-01", Operation::ListByResourceGroup)),
        "The same on a list, where Azure knows no location: another code, another status.",
        "Use one of the versions that the text lists.",
        Recipe::refused(Step::get("$groups").version("2016-01-01")),
    ),
    constraint(
        "resource-type-unknown",
        Area::FrontDoor,
        error!(invalid_resource_type("gadgets", "2023-05-01")),
        "The provider has no such type; most often it is misspelt.",
        "Correct the path: `containerGroups`, `containerGroupProfiles`, `ngroups`, `locations`.",
        Recipe::refused(Step::get("$sub/providers/Microsoft.ContainerInstance/gadgets")),
    ),
    constraint(
        "namespace-unknown",
        Area::FrontDoor,
        error!(invalid_resource_namespace("Contoso.Gadgets")),
        "There is no such provider.",
        "Correct the path: `Microsoft.ContainerInstance`.",
        Recipe::refused(Step::get("$sub/providers/Contoso.Gadgets/gadgets")),
    ),
    constraint(
        "no-subscription-in-the-path",
        Area::FrontDoor,
        error!(missing_subscription()),
        "The path names neither a subscription nor a provider.",
        "Begin it with `/subscriptions/{id}`; an empty variable in a script leaves nothing between two slashes.",
        Recipe::refused(Step::get("/resourceGroups/constraints")),
    ),
    constraint(
        "method-not-allowed",
        Area::FrontDoor,
        error!(method_not_allowed(&http::Method::GET)),
        "The path exists for another method.",
        "Use POST for actions, PUT to create.",
        Recipe::refused(Step::get("$groups/web/restart")),
    ),
    constraint(
        "no-token",
        Area::FrontDoor,
        error!(authentication_missing(AUTHORITY)),
        "Each call proves who calls.",
        "Send `Authorization: Bearer` with a token for `https://management.azure.com/`.",
        Recipe::refused(Step::get("$groups").by(Caller::Nobody)).az(AZ_SIGNS),
    ),
    constraint(
        "no-bearer-token",
        Area::FrontDoor,
        error!(authentication_scheme(AUTHORITY)),
        "Azure Resource Manager takes bearer tokens alone.",
        "Get a token for the user or the service principal, and send it as `Bearer`.",
        Recipe::refused(Step::get("$groups").by(Caller::Header("Basic dXNlcjpwYXNz"))).az(AZ_SIGNS),
    ),
    constraint(
        "broken-token",
        Area::FrontDoor,
        error!(invalid_token(AUTHORITY)),
        "What was sent is no token, most often because a script cut it or put quotes around it.",
        "Send the token as it was issued.",
        Recipe::refused(Step::get("$groups").by(Caller::Header("Bearer cut in two"))).az(AZ_SIGNS),
    ),
    constraint(
        "expired-token",
        Area::FrontDoor,
        error!(expired_token(AUTHORITY)),
        "Tokens are good for an hour or so. The recipe moves the emulator's clock by two.",
        "Get a new token for each call through a library that keeps and renews it. Here: run the line `auth=` again.",
        Recipe::refused(Step::get("$groups").by(Caller::AnHourAgo))
            .before(&[
                Step::emulator(Verb::Post, "/_emulator/clock", || body::json(json!({ "mode": "stepped" }))),
                Step::emulator(Verb::Post, "/_emulator/clock/advance", || body::json(json!({ "seconds": 7200 }))),
            ])
            .after(&[Step::emulator(Verb::Post, "/_emulator/clock", || body::json(json!({ "mode": "running" })))])
            .az(Az::None("`az` renews its token in time.")),
    ),
    constraint(
        "token-for-another-audience",
        Area::FrontDoor,
        error!(token_for_another(
            "https://vault.azure.net",
            &[
                "https://management.core.windows.net/",
                "https://management.core.windows.net",
                "https://management.azure.com/",
                "https://management.azure.com"
            ],
            AUTHORITY
        )),
        "The token was issued for another service.",
        "Ask for the scope `https://management.azure.com/.default`.",
        Recipe::refused(Step::get("$groups").by(Caller::Audience("https://vault.azure.net/.default"))).az(AZ_SIGNS),
    ),
    constraint(
        "token-of-nobody",
        Area::FrontDoor,
        error!(token_without_principal(AUTHORITY)),
        "Roles are given to principals, and the token names none: the service principal was never made in the tenant.",
        "Create the service principal (`az ad sp create`).",
        Recipe::refused(Step::get("$groups").by(Caller::Header("Bearer of-nobody"))).flags(ENFORCE).az(AZ_SIGNS),
    ),
    constraint(
        "not-authorized",
        Area::FrontDoor,
        error!(not_authorized(
            "somebody",
            &object_id("somebody").to_string(),
            "Microsoft.ContainerInstance/containerGroups/write",
            "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/constraints/providers/Microsoft.ContainerInstance/containerGroups/not-authorized"
        )),
        "No role of the caller allows the action at this scope, or the assignment was made minutes ago.",
        "Assign a role with the action, such as `Contributor`, at the resource group or above; get a new token.",
        Recipe::refused(Step::put("$groups/not-authorized", || group("not-authorized")).by(Caller::Client("somebody")))
            .flags(ENFORCE)
            .remedy(&[
                Step::put(ASSIGNMENT, || body::json(contributor("somebody"))).version("2022-04-01"),
                Step::put("$groups/not-authorized", || group("not-authorized")).by(Caller::Client("somebody")),
            ])
            .az(Az::None("Sign in as `somebody` first; then it is `az container create` as ever.")),
    ),
    constraint(
        "not-authorized-to-join",
        Area::FrontDoor,
        error!(not_authorized_linked(
            ("somebody", &object_id("somebody").to_string()),
            (
                "Microsoft.ContainerInstance/containerGroups/write",
                "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/constraints/providers/Microsoft.ContainerInstance/containerGroups/not-authorized-to-join"
            ),
            ("Microsoft.Network/virtualNetworks/subnets/join/action", OTHER_SUBNET)
        )),
        "The caller may create groups here and not use that subnet. An AKS virtual node meets this where its identity has no \
         role at the cluster's network.",
        "Assign `Network Contributor` at the subnet to the caller.",
        Recipe::refused(
            Step::put("$groups/not-authorized-to-join", || {
                group("not-authorized-to-join").with("/properties/subnetIds", json!([{ "id": OTHER_SUBNET }]))
            })
            .by(Caller::Client("somebody")),
        )
        .flags(ENFORCE)
        .before(&[Step::put(ASSIGNMENT, || body::json(contributor("somebody"))).version("2022-04-01")])
        .az(Az::None("Sign in as `somebody` first; then it is `az container create` as ever.")),
    ),
    constraint(
        "linked-subscription-not-found",
        Area::FrontDoor,
        Says::Entry("LinkedAuthorizationFailed", || Blanks {
            subscription: SUBSCRIPTION.to_owned(),
            resource_group: "constraints".to_owned(),
            name: "linked-subscription-not-found".to_owned(),
            linked_subscription: "00000000-0000-0000-0000-000000000002".to_owned(),
            ..Blanks::default()
        }),
        "The subnet's id names a subscription that does not exist, or that the caller's tenant does not have.",
        "Correct the id of the subnet.",
        Recipe::refused(Step::put("$groups/linked-subscription-not-found", || {
            group("linked-subscription-not-found").with("/properties/subnetIds", json!([{ "id": OTHER_SUBNET }]))
        }))
        .before(&[Step::emulator(Verb::Post, "/_emulator/faults", || {
            refusal("linked-subscription-not-found", "LinkedAuthorizationFailed")
        })]),
    ),
    constraint(
        "subscription-malformed",
        Area::FrontDoor,
        error!(invalid_subscription("mine")),
        "Subscriptions have ids, not names, in paths.",
        "Use the id that `az account show --query id` prints.",
        Recipe::refused(Step::get("/subscriptions/mine/providers/Microsoft.ContainerInstance/containerGroups")),
    ),
    constraint(
        "subscription-not-found",
        Area::FrontDoor,
        Says::Entry("SubscriptionNotFound", || Blanks { subscription: SUBSCRIPTION.to_owned(), ..Blanks::default() }),
        "There is no such subscription, or the caller's tenant does not have it. Here every subscription exists, until a fault \
         says otherwise.",
        "Correct the id; sign in to the right tenant.",
        Recipe::refused(Step::get("$groups/subscription-not-found")).before(&[Step::emulator(
            Verb::Post,
            "/_emulator/faults",
            || refusal("subscription-not-found", "SubscriptionNotFound"),
        )]),
    ),
    constraint(
        "subscription-disabled",
        Area::FrontDoor,
        Says::Entry("ReadOnlyDisabledSubscription", || Blanks {
            subscription: SUBSCRIPTION.to_owned(),
            ..Blanks::default()
        }),
        "The subscription's credit or time is used up; it can be read only.",
        "Pay, or move to another subscription.",
        Recipe::refused(Step::put("$groups/subscription-disabled", || group("subscription-disabled")))
            .before(&[Step::emulator(Verb::Post, "/_emulator/faults", || {
                refusal("subscription-disabled", "ReadOnlyDisabledSubscription")
            })])
            .command(create!("subscription-disabled", "")),
    ),
    constraint(
        "not-registered",
        Area::FrontDoor,
        error!(subscription_not_registered("Microsoft.ContainerInstance")),
        "A subscription uses a provider only after it has registered with it, once.",
        "`az provider register --namespace Microsoft.ContainerInstance`, and wait until it is `Registered`.",
        Recipe::refused(Step::put("$groups/not-registered", || group("not-registered")))
            .flags(&["--require-registration"])
            .command(create!("not-registered", ""))
            .remedy(&[
                Step::post("$sub/providers/Microsoft.ContainerInstance/register").version("2021-04-01"),
                Step::put("$groups/not-registered", || group("not-registered")),
            ]),
    ),
    constraint(
        "resource-group-not-found",
        Area::FrontDoor,
        error!(resource_group_not_found("nowhere")),
        "The resource group does not exist in this subscription.",
        "Create it (`az group create`), or correct name and subscription.",
        Recipe::refused(Step::put(
            "$sub/resourceGroups/nowhere/providers/Microsoft.ContainerInstance/containerGroups/web",
            || group("web"),
        ))
        .command(
            "az container create -g nowhere -n web -l westeurope --image mcr.microsoft.com/azuredocs/aci-helloworld --os-type Linux --cpu 1 --memory 1",
        ),
    ),
    constraint(
        "resource-group-name",
        Area::FrontDoor,
        error!(resource_group_name("mine!")),
        "Names of resource groups have letters, digits and a few signs.",
        "Use the characters that the text lists.",
        Recipe::refused(Step::put("$sub/resourceGroups/mine!", location).version("2021-04-01")),
    ),
    constraint(
        "resource-group-elsewhere",
        Area::FrontDoor,
        error!(resource_group_moved("elsewhere", "eastus", "westeurope")),
        "A resource group stays in the region in which it was made; what is in it need not be there.",
        "Leave its location as it is, or delete it first.",
        Recipe::refused(
            Step::put("$sub/resourceGroups/elsewhere", || body::json(json!({ "location": "eastus" })))
                .version("2021-04-01"),
        )
        .before(&[Step::put("$sub/resourceGroups/elsewhere", location).version("2021-04-01")])
        .after(&[Step::delete("$sub/resourceGroups/elsewhere").version("2021-04-01")]),
    ),
    constraint(
        "resource-group-being-deleted",
        Area::FrontDoor,
        Says::Entry("ResourceGroupBeingDeleted", || Blanks {
            resource_group: "constraints".to_owned(),
            ..Blanks::default()
        }),
        "The deletion of a resource group takes minutes, in which nothing can be made in it.",
        "Wait until it is gone, or use another one: a pipeline should not take the name of the run before.",
        Recipe::refused(Step::put("$groups/resource-group-being-deleted", || {
            group("resource-group-being-deleted")
        }))
        .before(&[Step::emulator(Verb::Post, "/_emulator/faults", || {
            refusal("resource-group-being-deleted", "ResourceGroupBeingDeleted")
        })])
        .command(create!("resource-group-being-deleted", "")),
    ),
    constraint(
        "resource-not-found",
        Area::FrontDoor,
        error!(resource_not_found(&ResourceId::container_group(
            SUBSCRIPTION,
            "constraints",
            "resource-not-found"
        ))),
        "Azure Resource Manager has no record of the group; the provider was not even asked.",
        "Correct name, resource group and subscription.",
        Recipe::refused(Step::get("$groups/resource-not-found"))
            .command("az container show -g constraints -n resource-not-found")
            .remedy(&[
                Step::put("$groups/resource-not-found", || group("resource-not-found")),
                Step::get("$groups/resource-not-found"),
            ]),
    ),
    constraint(
        "parent-not-found",
        Area::FrontDoor,
        error!(parent_not_found("parent-not-found")),
        "The subnet's virtual network does not exist.",
        "Create the network first, or the subnet within its PUT.",
        Recipe::refused(
            Step::put("$rg/providers/Microsoft.Network/virtualNetworks/parent-not-found/subnets/groups", || {
                body::json(json!({ "properties": { "addressPrefix": "10.7.0.0/24" } }))
            })
            .version("2023-05-01"),
        ),
    ),
    constraint(
        "operation-not-found",
        Area::FrontDoor,
        error!(operation_not_found("22222222-2222-2222-2222-222222222222")),
        "Operations are kept for a while only, and ids are not made up.",
        "Poll the URL of `Azure-AsyncOperation`, as it is; ask for the group itself afterwards.",
        Recipe::refused(Step::get(
            "$sub/providers/Microsoft.ContainerInstance/locations/westeurope/operations/22222222-2222-2222-2222-222222222222",
        )),
    ),
];

const OTHER_SUBNET: &str = "/subscriptions/00000000-0000-0000-0000-000000000002/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/network/subnets/groups";
