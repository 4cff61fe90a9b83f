//! A call about one deployment, or about all of a scope: whom it is about, and in whose name it goes on.

use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams};
use http::header::AUTHORIZATION;
use http::request::Parts;
use serde_json::{Value, json};

use super::client::Client;
use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::headers::CallIds;
use crate::arm::origin::{Origin, Scheme};
use crate::arm::resources::groups::GroupPath;
use crate::arm::resources::subscriptions::Subscription;
use crate::arm::target::Target;
use crate::arm::version::RequestVersion;
use crate::directory::{TENANT_ID, TENANT_NAME};
use crate::resource_groups::ResourceGroup;

/// Such a call; a resource group in it exists.
#[derive(Clone)]
pub(super) struct DeploymentCall {
    /// The resource id of the scope.
    pub(super) scope: String,
    /// The subscription's id.
    pub(super) subscription: String,
    /// The scope's region, where it has one.
    pub(super) location: Option<String>,
    /// What `resourceGroup()` answers.
    pub(super) resource_group: Option<Value>,
    /// The deployment's name; empty in a call about all of them.
    pub(super) name: String,
    /// Where the caller found us.
    pub(super) origin: Origin,
    /// The version.
    pub(super) version: String,
    /// The id that the call shares with others.
    pub(super) correlation: String,
    /// Who calls on in the caller's name.
    pub(super) client: Client,
}

impl DeploymentCall {
    /// The deployment's resource id.
    pub(super) fn id(&self) -> String {
        format!("{}/providers/Microsoft.Resources/deployments/{}", self.scope, self.name)
    }

    /// What `subscription()` answers.
    pub(super) fn subscription(&self) -> Value {
        json!({
            "id": format!("/subscriptions/{}", self.subscription),
            "subscriptionId": self.subscription,
            "tenantId": TENANT_ID,
            "displayName": TENANT_NAME,
        })
    }

    /// Refuses a name that no deployment can have ("Naming rules and restrictions for Azure resources", DOC).
    ///
    /// # Errors
    /// `InvalidDeploymentName`.
    pub(super) fn check_name(&self) -> Result<(), ArmError> {
        let fits = |c: char| c.is_alphanumeric() || "-_.()".contains(c);
        if (1..=64).contains(&self.name.chars().count()) && self.name.chars().all(fits) {
            return Ok(());
        }
        Err(ArmError::deployment_name(&self.name))
    }
}

fn resource_group(group: &ResourceGroup) -> Value {
    let mut shown = json!({
        "id": group.id(),
        "name": group.name,
        "type": "Microsoft.Resources/resourceGroups",
        "location": group.location,
    });
    shown["tags"] = json!(group.tags.clone().unwrap_or_default());
    shown["properties"] = json!({ "provisioningState": group.state.as_str() });
    shown
}

impl FromRequestParts<App> for DeploymentCall {
    type Rejection = ArmError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ArmError> {
        let Subscription(subscription) = Subscription::from_request_parts(parts, app).await?;
        let uri = parts.uri.clone();
        let group = match Target::of(uri.path()).resource_group {
            Some(_) => Some(GroupPath::from_request_parts(parts, app).await?.existing(app)?),
            None => None,
        };
        let params = RawPathParams::from_request_parts(parts, app).await;
        let params = params.map_err(|_| ArmError::missing_subscription())?;
        let name = params.iter().find(|(name, _)| *name == "deployment").map(|(_, name)| name.to_owned());
        let RequestVersion(version) = RequestVersion::of(parts)?;
        let correlation = parts.extensions.get::<CallIds>().map(|ids| ids.correlation.clone());
        let origin = Origin::of(parts);
        let authority = origin.0.split_once("://").map_or("", |(_, host)| host).to_owned();
        let client = Client {
            app: app.clone(),
            router: Arc::default(),
            host: authority,
            scheme: parts.extensions.get::<Scheme>().copied(),
            authorization: parts.headers.get(AUTHORIZATION).cloned(),
            correlation: correlation.clone().unwrap_or_default(),
        };
        Ok(Self {
            scope: group
                .as_ref()
                .map_or_else(|| format!("/subscriptions/{subscription}"), |group| group.id()),
            location: group.as_ref().map(|group| group.location.clone()),
            resource_group: group.as_deref().map(resource_group),
            subscription,
            name: name.unwrap_or_default(),
            origin,
            version,
            correlation: correlation.unwrap_or_default(),
            client,
        })
    }
}
