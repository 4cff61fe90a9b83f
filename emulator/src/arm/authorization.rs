//! Who may do what: the action that a call is, the scope that it is at, and the role assignments that allow it.
//!
//! ARM derives action and scope from method and path alone. A request's body can touch other resources (a subnet that
//! a group joins, an identity that it gets); the caller needs an action on each of those too.

use axum::body::Body;
use axum::extract::Request;
use http::Method;
use jiff::Timestamp;
use serde_json::Value;

use super::auth::Caller;
use super::error::ArmError;
use super::reject;
use super::target::Target;
use crate::app::App;
use crate::neighbours::Neighbours;
use crate::neighbours::role::assignment::{RoleAssignment, holds};
use crate::neighbours::role::{Principal, built_in};
use crate::policy::Rbac;

/// What a call does, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// The operation of a resource provider: `Microsoft.Storage/storageAccounts/read`.
    pub name: String,
    /// The id of what it is done to.
    pub scope: String,
}

/// Actions that need no role at their own scope, only one somewhere in the subscription: whoever has a resource group
/// can see which subscription it is in (WELL-KNOWN). What they list is filtered.
const OPEN_WITHIN: &[&str] = &[
    "Microsoft.Resources/subscriptions/read",
    "Microsoft.Resources/subscriptions/locations/read",
    "Microsoft.Resources/subscriptions/operationresults/read",
    "Microsoft.Resources/subscriptions/providers/read",
    READ_RESOURCE_GROUPS,
    READ_RESOURCES,
];
/// To see a resource group.
pub const READ_RESOURCE_GROUPS: &str = "Microsoft.Resources/subscriptions/resourceGroups/read";
/// To see which resources there are.
pub const READ_RESOURCES: &str = "Microsoft.Resources/subscriptions/resources/read";

/// Ends of actions that need no more either: how far an operation is that the caller has begun (in Azure the URL of
/// one is signed).
const OPEN_ENDS: &[&str] =
    &["/locations/operations/read", "/locations/operationresults/read", "/locations/asyncoperations/read"];

impl Action {
    /// What a call is; `None` for one that anybody may make who has a token: reads of what belongs to no subscription.
    pub fn of(method: &Method, target: &Target<'_>) -> Option<Self> {
        let verb = match *method {
            Method::GET | Method::HEAD => "read",
            Method::DELETE => "delete",
            Method::POST => "action",
            _ => "write",
        };
        let scope = target.resource.to_owned();
        let Some(subscription) = target.subscription else {
            let provider = target.provider.as_ref().filter(|_| verb != "read")?;
            return Some(Self { name: format!("{}/{}/{verb}", provider.namespace, provider.kind()), scope });
        };
        let Some(provider) = &target.provider else {
            let below = match (target.resource_group, target.word) {
                (Some(_), None) => "/resourceGroups",
                (Some(_), Some("resources")) => "/resources",
                (Some(_), Some(word)) => return Some(Self::resource_groups(word, verb, scope)),
                (None, None) => "",
                (None, Some("resourceGroups")) => "/resourceGroups",
                (None, Some(word)) => {
                    return Some(Self { name: format!("{SUBSCRIPTIONS}/{word}/{verb}"), scope });
                }
            };
            return Some(Self { name: format!("{SUBSCRIPTIONS}{below}/{verb}"), scope });
        };
        // `/subscriptions/{id}/providers/{namespace}[/register]` is about the provider itself.
        if provider.pairs.is_empty() && target.resource_group.is_none() {
            match provider.word {
                None => {
                    let scope = format!("/subscriptions/{subscription}");
                    return Some(Self { name: format!("{SUBSCRIPTIONS}/providers/{verb}"), scope });
                }
                Some(word) if *method == Method::POST => {
                    return Some(Self { name: format!("{}/{word}/action", provider.namespace), scope });
                }
                Some(_) => {}
            }
        }
        Some(Self { name: format!("{}/{}/{verb}", provider.namespace, provider.kind()), scope })
    }

    fn resource_groups(word: &str, verb: &str, scope: String) -> Self {
        Self { name: format!("{SUBSCRIPTIONS}/resourceGroups/{word}/{verb}"), scope }
    }
}

const SUBSCRIPTIONS: &str = "Microsoft.Resources/subscriptions";

/// Checks a call against the role assignments, where the emulator's policy asks for that; the request comes back
/// whole.
///
/// # Errors
/// `AuthorizationFailed`, `LinkedAuthorizationFailed`, and `InvalidAuthenticationToken` for a token that does not tell
/// who its bearer is.
pub async fn authorize(
    app: &App,
    caller: &Caller,
    request: Request,
    target: &Target<'_>,
    authority_url: &str,
) -> Result<Request, ArmError> {
    if app.policy.rbac == Rbac::Off {
        return Ok(request);
    }
    let principal =
        caller.principal.as_ref().ok_or_else(|| ArmError::token_without_principal(authority_url))?;
    let Some(action) = Action::of(request.method(), target) else {
        return Ok(request);
    };
    if is_admin(app, principal) {
        return Ok(request);
    }
    make_first_owner(app, principal)?;
    let Action { name, scope } = &action;
    let is_open = OPEN_WITHIN.contains(&name.as_str()) || OPEN_ENDS.iter().any(|end| name.ends_with(end));
    let is_open = is_open && has_role_within(app, principal, subscription_of(scope));
    if !is_open && !app.neighbours.is_allowed(principal, name, scope) {
        return Err(ArmError::not_authorized(&principal.client_id, &principal.object_id, name, scope));
    }
    if matches!(*request.method(), Method::PUT | Method::PATCH) {
        return check_linked(app, principal, &action, request).await;
    }
    Ok(request)
}

/// Whether a principal may see something; handlers of lists ask.
pub fn may_read(app: &App, caller: &Caller, action: &str, scope: &str) -> bool {
    app.policy.rbac == Rbac::Off
        || caller.principal.as_ref().is_some_and(|principal| {
            is_admin(app, principal) || app.neighbours.is_allowed(principal, action, scope)
        })
}

/// Whether the policy lets a principal do everything.
fn is_admin(app: &App, principal: &Principal) -> bool {
    let is_it =
        |id: &str| app.policy.rbac_admin.as_deref().is_some_and(|admin| admin.eq_ignore_ascii_case(id));
    is_it(&principal.object_id) || is_it(&principal.client_id)
}

/// Where the policy names nobody and nobody has any role yet, the first who calls becomes Owner of everything, so that
/// nobody is locked out.
fn make_first_owner(app: &App, principal: &Principal) -> Result<(), ArmError> {
    if app.policy.rbac_admin.is_none() && app.neighbours.role_assignments.count() == 0 {
        let owner = owner_of_everything(app.ids.next(), principal, app.clock.now());
        app.neighbours.role_assignments.put(owner)?;
        let Principal { object_id, client_id } = principal;
        tracing::info!(
            client = client_id,
            principal = object_id,
            "Nobody has a role yet: the first caller becomes Owner"
        );
    }
    Ok(())
}

fn owner_of_everything(name: uuid::Uuid, principal: &Principal, now: Timestamp) -> RoleAssignment {
    let role = format!("/providers/Microsoft.Authorization/roleDefinitions/{}", built_in::OWNER);
    RoleAssignment::new("/", &name.to_string(), &role, &principal.object_id, now)
}

fn has_role_within(app: &App, principal: &Principal, scope: &str) -> bool {
    let assignments = app.neighbours.role_assignments.all();
    assignments.iter().any(|it| it.is_for(principal) && (it.holds_at(scope) || holds(scope, &it.scope)))
}

/// The subscription that a scope is in, as a scope.
fn subscription_of(scope: &str) -> &str {
    let end = scope.match_indices('/').nth(2).map_or(scope.len(), |(at, _)| at);
    &scope[..end]
}

async fn check_linked(
    app: &App,
    principal: &Principal,
    action: &Action,
    request: Request,
) -> Result<Request, ArmError> {
    let (parts, body) = request.into_parts();
    let bytes = reject::bytes(Request::from_parts(parts.clone(), body), &()).await?;
    // What is no JSON touches nothing, and its own handler refuses it.
    let given: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    for (linked, id) in Neighbours::linked_actions(&given) {
        let id = id.to_string();
        if !app.neighbours.is_allowed(principal, linked, &id) {
            let who = (principal.client_id.as_str(), principal.object_id.as_str());
            let what = (action.name.as_str(), action.scope.as_str());
            return Err(ArmError::not_authorized_linked(who, what, (linked, &id)));
        }
    }
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn action(method: &Method, path: &str) -> (String, String) {
        let Action { name, scope } = Action::of(method, &Target::of(path)).unwrap();
        (name, scope)
    }

    #[test]
    fn calls_are_actions_of_their_resources() {
        const GROUP: &str = "/subscriptions/s/resourceGroups/rg";
        let web = format!("{GROUP}/providers/Microsoft.ContainerInstance/containerGroups/web");
        for (method, path, name, scope) in [
            (Method::PUT, web.clone(), "Microsoft.ContainerInstance/containerGroups/write", web.clone()),
            (
                Method::POST,
                format!("{web}/start"),
                "Microsoft.ContainerInstance/containerGroups/start/action",
                web.clone(),
            ),
            (
                Method::HEAD,
                GROUP.to_owned(),
                "Microsoft.Resources/subscriptions/resourceGroups/read",
                GROUP.to_owned(),
            ),
            (
                Method::GET,
                "/subscriptions/s/resources".to_owned(),
                READ_RESOURCES,
                "/subscriptions/s".to_owned(),
            ),
            (
                Method::GET,
                "/subscriptions/s/providers/Microsoft.ContainerInstance/containerGroups".to_owned(),
                "Microsoft.ContainerInstance/containerGroups/read",
                "/subscriptions/s".to_owned(),
            ),
            (
                Method::POST,
                "/subscriptions/s/providers/Microsoft.Network/register".to_owned(),
                "Microsoft.Network/register/action",
                "/subscriptions/s".to_owned(),
            ),
            (
                Method::GET,
                "/subscriptions/s/providers/Microsoft.Network".to_owned(),
                "Microsoft.Resources/subscriptions/providers/read",
                "/subscriptions/s".to_owned(),
            ),
            (
                Method::PUT,
                format!("{web}/providers/Microsoft.Authorization/roleAssignments/x"),
                "Microsoft.Authorization/roleAssignments/write",
                format!("{web}/providers/Microsoft.Authorization/roleAssignments/x"),
            ),
            (
                Method::PUT,
                "/providers/Microsoft.Authorization/roleAssignments/x".to_owned(),
                "Microsoft.Authorization/roleAssignments/write",
                "/providers/Microsoft.Authorization/roleAssignments/x".to_owned(),
            ),
            (
                Method::POST,
                format!("{GROUP}/moveResources"),
                "Microsoft.Resources/subscriptions/resourceGroups/moveResources/action",
                GROUP.to_owned(),
            ),
        ] {
            assert_eq!(action(&method, &path), (name.to_owned(), scope), "{method} {path}");
        }
    }

    #[test]
    fn a_scope_is_in_its_subscription() {
        assert_eq!(subscription_of("/subscriptions/s/resourceGroups/rg"), "/subscriptions/s");
        assert_eq!(subscription_of("/subscriptions/s"), "/subscriptions/s");
    }

    #[test]
    fn reads_of_what_is_in_no_subscription_need_a_token_alone() {
        for path in ["/subscriptions", "/tenants", "/providers/Microsoft.ContainerInstance/operations"] {
            assert_eq!(Action::of(&Method::GET, &Target::of(path)), None, "{path}");
        }
    }
}
