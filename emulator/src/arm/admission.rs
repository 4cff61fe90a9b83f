//! What stands before every write: a subscription that may be written, a resource group that stays, and a provider
//! that the subscription is registered with.

use http::Method;

use super::error::ArmError;
use super::target::Target;
use crate::app::App;
use crate::neighbours::subscription::{Subscription, SubscriptionState};
use crate::resource_groups::ResourceGroupState;

/// Providers that every subscription can use without being registered (DOC: "Azure resource providers and types").
const ALWAYS_REGISTERED: &[&str] =
    &["Microsoft.Authorization", "Microsoft.Resources", "Microsoft.Insights", "Microsoft.Features"];

/// Checks a call.
///
/// # Errors
/// `ReadOnlyDisabledSubscription`, `ResourceGroupBeingDeleted`, `MissingSubscriptionRegistration`.
pub fn admit(app: &App, method: &Method, target: &Target<'_>) -> Result<(), ArmError> {
    let (false, Some(subscription)) = (matches!(*method, Method::GET | Method::HEAD), target.subscription)
    else {
        return Ok(());
    };
    let record = app.neighbours.subscriptions.get(&Subscription::key_of(subscription));
    if record.as_ref().is_some_and(|it| it.state == SubscriptionState::Disabled) {
        return Err(ArmError::subscription_disabled(subscription));
    }
    if *method == Method::DELETE {
        return Ok(());
    }
    if let Some(name) = target.resource_group
        && app
            .resource_groups
            .get(subscription, name)
            .is_some_and(|it| it.state == ResourceGroupState::Deleting)
    {
        return Err(ArmError::resource_group_being_deleted(name));
    }
    let provider = target.provider.as_ref().filter(|provider| !provider.pairs.is_empty());
    match provider.map(|provider| provider.namespace) {
        Some(namespace) if !is_registered(app, record.as_deref(), namespace) => {
            Err(ArmError::subscription_not_registered(namespace))
        }
        _ => Ok(()),
    }
}

/// Whether a subscription is registered with a provider, for the purposes of the emulator's policy.
pub fn is_registered(app: &App, subscription: Option<&Subscription>, namespace: &str) -> bool {
    if !app.policy.require_registration {
        return true;
    }
    let always = ALWAYS_REGISTERED.iter().any(|it| it.eq_ignore_ascii_case(namespace));
    always || subscription.and_then(|it| it.is_registered(namespace)).unwrap_or(false)
}
