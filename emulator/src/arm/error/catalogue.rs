//! The refusals that can be asked for by their code: those that depend on Azure's side, which nobody can bring about.
//!
//! `DOC`, `REC`, `USER` and so on are the evidence marks of [`super`].

use http::StatusCode;
use http::header::RETRY_AFTER;

use super::ArmError;
use crate::limits::window::{Counted, UsedUp};
use crate::limits::{Quota, Rate};
use crate::validate::Violation;

/// What the words of a refusal name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Blanks {
    /// The subscription.
    pub subscription: String,
    /// The resource group.
    pub resource_group: String,
    /// The container group.
    pub name: String,
    /// The operation.
    pub operation: String,
    /// The region.
    pub location: String,
    /// The subscription of the subnet that a group is to join.
    pub linked_subscription: String,
    /// The first container's image.
    pub image: String,
    /// What the containers ask for together.
    pub cpu: f64,
    /// In gigabytes.
    pub memory: f64,
    /// The id of the call.
    pub activity: uuid::Uuid,
}

/// A refusal by its code.
pub struct Entry {
    /// The code.
    pub code: &'static str,
    /// Where the words are from.
    pub evidence: &'static str,
    /// The refusal.
    pub make: fn(&Blanks) -> ArmError,
}

const fn entry(code: &'static str, evidence: &'static str, make: fn(&Blanks) -> ArmError) -> Entry {
    Entry { code, evidence, make }
}

/// All of them.
pub const ENTRIES: &[Entry] = &[
    entry("ContainerGroupTransitioning", "DOC", |it| ArmError::transitioning(&it.name)),
    entry("ServiceUnavailable", "DOC, USER", |it| {
        let (location, cpu, memory) = (it.location.clone(), it.cpu, it.memory);
        Violation::RegionCannotServe { location, cpu, memory }.into()
    }),
    entry("ContainerGroupQuotaReached", "DOC, USER", |it| {
        let (quota, location) = (Quota::StandardCores, it.location.clone());
        let limit = quota.default_limit();
        Violation::QuotaReached { quota: quota.name(), location, limit, usage: limit, requested: 1 }.into()
    }),
    entry("ServiceAssociationLinkNotReady", "USER", |it| {
        let text = format!("Network is not ready for container group '{}'. Please try again.", it.name);
        ArmError::new(StatusCode::CONFLICT, "ServiceAssociationLinkNotReady", text)
    }),
    entry("InaccessibleImage", "DOC", |it| inaccessible(it).into()),
    entry("MultipleErrorsOccurred", "USER", |it| {
        let one = format!("'BadRequest':'InaccessibleImage':'{}'", inaccessible(it));
        ArmError::bad_request("MultipleErrorsOccurred", format!("Multiple error occurred: {one};{one}."))
    }),
    entry("RegistryErrorResponse", "DOC; the status USER", |_| {
        let text =
            "An error response is received from the docker registry 'index.docker.io'. Please retry later.";
        ArmError::new(StatusCode::CONFLICT, "RegistryErrorResponse", text)
    }),
    entry("OsVersionNotSupported", "DOC", |it| {
        let text = format!("The OS version of image '{}' is not supported.", it.image);
        ArmError::bad_request("OsVersionNotSupported", text)
    }),
    entry("ImageOsTypeNotMatchContainerGroup", "USER", |it| {
        let (image, group) = (it.image.clone(), it.name.clone());
        Violation::ImageOs { image, os: "Linux", group }.into()
    }),
    entry("InternalServerError", "REC", |it| ArmError::internal(it.activity, &it.activity.to_string())),
    entry("GatewayTimeout", "REC", |_| {
        let text = "The gateway did not receive a response from 'Microsoft.ContainerInstance' within the specified \
                    time period.";
        ArmError::new(StatusCode::GATEWAY_TIMEOUT, "GatewayTimeout", text).by_gateway()
    }),
    entry("TooManyRequests", "DOC", throttled),
    entry(
        "AuthorizationFailed",
        "USER: a passing fault between Azure Resource Manager and the provider",
        |_| {
            let text = "A client certificate was not provided.";
            ArmError::new(StatusCode::UNAUTHORIZED, "AuthorizationFailed", text)
        },
    ),
    entry("LinkedAuthorizationFailed", "REC", linked_subscription_not_found),
    entry("ContainerGroupNotFound", "REC", |it| ArmError::container_group_not_found(&it.name)),
    entry("ResourceGroupNotFound", "REC", |it| ArmError::resource_group_not_found(&it.resource_group)),
    entry("ResourceGroupBeingDeleted", "WELL-KNOWN", |it| {
        ArmError::resource_group_being_deleted(&it.resource_group)
    }),
    entry("ReadOnlyDisabledSubscription", "USER", |it| ArmError::subscription_disabled(&it.subscription)),
    entry("MissingSubscriptionRegistration", "USER", |_| {
        ArmError::subscription_not_registered(aci_model::PROVIDER_NAMESPACE)
    }),
    entry("SubscriptionNotFound", "WELL-KNOWN", |it| {
        let text = format!("The subscription '{}' could not be found.", it.subscription);
        ArmError::not_found("SubscriptionNotFound", text).by_gateway()
    }),
];

/// The refusal with a code.
pub fn find(code: &str) -> Option<&'static Entry> {
    ENTRIES.iter().find(|entry| entry.code.eq_ignore_ascii_case(code))
}

fn inaccessible(blanks: &Blanks) -> Violation {
    Violation::InaccessibleImage { image: blanks.image.clone(), group: blanks.name.clone() }
}

/// The trailing space is Azure's.
fn linked_subscription_not_found(blanks: &Blanks) -> ArmError {
    let Blanks { subscription, resource_group, name, .. } = blanks;
    let scope = aci_model::ResourceId::container_group(subscription, resource_group, name);
    let text = format!(
        "The client has permission to perform action 'Microsoft.Network/virtualNetworks/subnets/join/action' on scope \
         '{scope}', however the linked subscription '{}' was not found. ",
        blanks.linked_subscription
    );
    ArmError::new(StatusCode::FORBIDDEN, "LinkedAuthorizationFailed", text).by_gateway()
}

fn throttled(blanks: &Blanks) -> ArmError {
    let Blanks { subscription, operation, .. } = blanks;
    let text = format!(
        "Number of requests for subscription '{subscription}' and operation '{operation}' exceeded the limit. Please \
         try again later."
    );
    ArmError::new(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", text).by_gateway()
}

impl ArmError {
    /// OURS: a refusal that somebody asked for in words of their own.
    pub fn asked_for(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST), code, message)
    }

    /// The same refusal with another status and other words.
    pub fn told_as(mut self, status: Option<u16>, message: Option<String>) -> Self {
        if let Some(status) = status.and_then(|status| StatusCode::from_u16(status).ok()) {
            self.status = status;
        }
        if let Some(message) = message {
            self.body.error.message = message;
        }
        self
    }

    /// Asks the client to wait.
    pub fn retry_after(self, seconds: u32) -> Self {
        self.with(RETRY_AFTER, &seconds.to_string())
    }

    /// OURS: a rule for failures that is none.
    pub fn invalid_fault(text: impl Into<String>) -> Self {
        Self::bad_request("InvalidFault", text)
    }

    /// OURS.
    pub fn fault_not_found(id: &str) -> Self {
        Self::not_found("FaultNotFound", format!("There is no fault '{id}'."))
    }

    /// OURS.
    pub fn snapshot_not_found(name: &str) -> Self {
        Self::not_found("SnapshotNotFound", format!("There is no snapshot '{name}'."))
    }

    /// OURS: a test's own clock.
    pub fn clock_is_anothers() -> Self {
        Self::new(StatusCode::CONFLICT, "ClockCannotBeSet", "The emulator's clock is moved by others.")
    }

    /// OURS.
    pub fn clock_runs() -> Self {
        let text =
            "The clock runs by itself. Stop it first: POST {\"mode\": \"stepped\"} to /_emulator/clock.";
        Self::new(StatusCode::CONFLICT, "ClockRuns", text)
    }

    /// OURS.
    pub fn clock_step() -> Self {
        Self::bad_request("InvalidStep", "'seconds' must be 0 or more.")
    }

    /// OURS.
    pub fn nothing_waits() -> Self {
        Self::new(StatusCode::CONFLICT, "NothingWaits", "Nothing waits for a time to come.")
    }

    /// USER for the words, the opening ones approximate; the code is ASSUMED.
    pub fn rate_used_up(what: Counted, used_up: &UsedUp) -> Self {
        let Rate { count, seconds } = used_up.rate;
        let span = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
        let minutes = used_up.wait.as_secs_f64() / 60.0;
        let text = format!(
            "The requests for action '{}' exceeded the limit of '{count}' for time interval '{span}'. Please try again \
             after '{minutes:.2}' minutes.",
            what.as_str()
        );
        let wait = u32::try_from(used_up.wait.as_secs_f64().ceil() as u64).unwrap_or(u32::MAX);
        Self::new(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", text).retry_after(wait)
    }

    /// OURS: the endpoints that move the emulator are for its own machine.
    pub fn not_from_here() -> Self {
        let text = "This endpoint answers callers on the emulator's own machine only; '--open-control' opens it to all.";
        Self::new(StatusCode::FORBIDDEN, "ControlIsLocal", text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_makes_the_refusal_that_it_is_named_after() {
        for entry in ENTRIES {
            let error = (entry.make)(&Blanks::default());
            assert_eq!(error.code(), entry.code);
            assert!(!error.message().is_empty() && error.status.as_u16() >= 400, "{}", entry.code);
        }
    }
}
