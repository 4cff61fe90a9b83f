//! The API server's word on tokens and on what users may do.

use async_trait::async_trait;
use k8s_openapi::api::authentication::v1::{TokenReview, TokenReviewSpec};
use k8s_openapi::api::authorization::v1::{ResourceAttributes, SubjectAccessReview, SubjectAccessReviewSpec};
use kube::api::{Api, PostParams};
use kube::{Client, Resource};
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use super::User;
use super::attributes::Attributes;

/// There was no answer.
#[derive(Debug, Error)]
#[error("the API server did not review: {0}")]
pub struct ReviewError(pub String);

/// Who knows users and what they may do.
#[async_trait]
pub trait Reviews: Send + Sync + 'static {
    /// Whose a token is; `None` for nobody's.
    async fn owner(&self, token: &str) -> Result<Option<User>, ReviewError>;

    /// Whether a user may do something.
    async fn allows(&self, user: &User, attributes: &Attributes) -> Result<bool, ReviewError>;
}

/// The API server itself.
#[derive(Clone)]
pub struct KubeReviews(Client);

impl KubeReviews {
    /// Asks with the provider's own rights.
    pub fn new(client: Client) -> Self {
        Self(client)
    }

    async fn create<T>(&self, review: &T) -> Result<T, ReviewError>
    where
        T: Clone + std::fmt::Debug + Serialize + DeserializeOwned + Resource<DynamicType = ()>,
        T: Resource<Scope = k8s_openapi::ClusterResourceScope>,
    {
        let reviews: Api<T> = Api::all(self.0.clone());
        let made = reviews.create(&PostParams::default(), review).await;
        made.map_err(|error| ReviewError(error.to_string()))
    }
}

#[async_trait]
impl Reviews for KubeReviews {
    async fn owner(&self, token: &str) -> Result<Option<User>, ReviewError> {
        let spec = TokenReviewSpec { token: Some(token.to_owned()), audiences: None };
        let review = self.create(&TokenReview { spec, ..TokenReview::default() }).await?;
        let status = review.status.unwrap_or_default();
        if status.authenticated != Some(true) {
            return Ok(None);
        }
        let user = status.user.unwrap_or_default();
        Ok(user.username.filter(|name| !name.is_empty()).map(|name| User {
            name,
            uid: user.uid,
            groups: user.groups.unwrap_or_default(),
            extra: user.extra.unwrap_or_default(),
        }))
    }

    async fn allows(&self, user: &User, attributes: &Attributes) -> Result<bool, ReviewError> {
        let User { name, uid, groups, extra } = user.clone();
        let Attributes { node, verb, subresource } = attributes;
        let spec = SubjectAccessReviewSpec {
            user: Some(name),
            uid,
            groups: Some(groups),
            extra: Some(extra).filter(|extra| !extra.is_empty()),
            resource_attributes: Some(ResourceAttributes {
                verb: Some((*verb).to_owned()),
                version: Some("v1".to_owned()),
                resource: Some("nodes".to_owned()),
                subresource: Some((*subresource).to_owned()),
                name: Some(node.clone()),
                ..ResourceAttributes::default()
            }),
            ..SubjectAccessReviewSpec::default()
        };
        let review = self.create(&SubjectAccessReview { spec, ..SubjectAccessReview::default() }).await?;
        Ok(review.status.is_some_and(|status| status.allowed))
    }
}
