//! Calls about something that extends a scope, whatever the scope is.

use axum::extract::FromRequestParts;
use http::request::Parts;
use percent_encoding::percent_decode_str;

use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::resources::providers;
use crate::arm::target::Target;
use crate::arm::version::RequestVersion;
use crate::directory::is_subscription;

/// A call about an extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtensionCall {
    /// What is extended: empty for the tenant, otherwise an id, in the caller's casing of the names.
    pub scope: String,
    /// The subscription, if the scope is in one.
    pub subscription: Option<String>,
    /// The name of the extension, if one is meant.
    pub name: String,
}

impl ExtensionCall {
    /// What role definitions are shown under: they belong to the tenant, and are shown in the subscription in which
    /// they are asked for (recorded).
    pub fn definition_id(&self, guid: &str) -> String {
        let subscription = self.subscription.as_ref().map(|id| format!("/subscriptions/{id}"));
        format!(
            "{}/providers/Microsoft.Authorization/roleDefinitions/{guid}",
            subscription.unwrap_or_default()
        )
    }
}

impl FromRequestParts<App> for ExtensionCall {
    type Rejection = ArmError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ArmError> {
        let RequestVersion(version) = RequestVersion::of(parts)?;
        let path = percent_decode_str(parts.uri.path()).decode_utf8_lossy();
        let target = Target::of(&path);
        let subscription = target.subscription.map(str::to_owned);
        if let Some(id) = subscription.as_ref().filter(|id| !is_subscription(id)) {
            return Err(ArmError::invalid_subscription(id));
        }
        if let (Some(subscription), Some(group)) = (&subscription, target.resource_group)
            && app.resource_groups.get(subscription, group).is_none()
        {
            return Err(ArmError::resource_group_not_found(group));
        }
        let provider = target.provider.as_ref().ok_or_else(ArmError::missing_subscription)?;
        providers::check_version(provider.namespace, &provider.kind(), &version, None)?;
        let name = provider.pairs.last().map_or("", |(_, name)| name).to_owned();
        Ok(Self { scope: target.scope.to_owned(), subscription, name })
    }
}
