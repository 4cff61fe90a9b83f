//! Reads about a region, and what their requests have in common.

use aci_model::ApiVersion;
use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;

pub mod cached_images;
pub mod capabilities;
pub mod usages;

use super::surface::Operation;
use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::resources::subscriptions::Subscription;
use crate::arm::version::RequestVersion;
use crate::regions::{self, Region};

/// A call about a region of a subscription.
#[derive(Clone, Debug)]
pub struct RegionCall {
    /// The subscription, as the caller wrote it.
    pub subscription: String,
    location: String,
    version: RequestVersion,
}

impl RegionCall {
    /// The region and the version.
    ///
    /// # Errors
    /// `NoRegisteredProviderFound`: ARM finds providers by location, so that an unknown one gets the same words
    /// as an unknown version.
    pub fn check(&self, app: &App, operation: Operation) -> Result<(&'static Region, ApiVersion), ArmError> {
        let version = operation.version_in(&self.location, &self.version)?;
        let unknown = || ArmError::no_registered_provider(&self.location, version.as_str(), operation);
        let region = regions::find(&self.location).ok_or_else(unknown)?;
        if !app.limits.now().region(region.name).serves(version) {
            return Err(unknown());
        }
        Ok((region, version))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for RegionCall {
    type Rejection = ArmError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ArmError> {
        let Subscription(subscription) = Subscription::from_request_parts(parts, state).await?;
        let params = RawPathParams::from_request_parts(parts, state).await;
        let params = params.map_err(|_| ArmError::missing_subscription())?;
        let location = params.iter().find(|(name, _)| *name == "location").map(|(_, value)| value.to_owned());
        let version = RequestVersion::of(parts)?;
        Ok(Self { subscription, location: location.unwrap_or_default(), version })
    }
}
