//! What an emulator shall have from the start: resources in a file, made by the ordinary PUTs.
//!
//! ```yaml
//! resources:
//! - id: /subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg
//!   body: { location: westeurope }
//! ```

use std::path::Path;

use axum::Router;
use axum::body::{Body, to_bytes};
use http::header::AUTHORIZATION;
use http::{Method, Request};
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;
use tower::ServiceExt as _;

use crate::arm::resources::providers;
use crate::arm::target::Target;
use crate::limits::BODY_BYTES;

/// The newest version of container groups that is no preview.
const CONTAINER_GROUPS: &str = "2023-05-01";

/// A file of resources, in JSON or YAML.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seed {
    resources: Vec<Resource>,
}

/// One of them.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Resource {
    id: String,
    /// The newest that the type has, unless given.
    api_version: Option<String>,
    body: Value,
}

/// Why a seed does not come up.
#[derive(Debug, Error)]
pub enum SeedError {
    /// No such file, or not ours to read.
    #[error("cannot read the seed {path}: {source}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// Not such a file.
    #[error("the seed {path} is malformed: {detail}")]
    Malformed {
        /// The file.
        path: String,
        /// Where and why.
        detail: String,
    },
    /// A resource was refused.
    #[error("the seed's {id} was refused: {answer}")]
    Refused {
        /// The resource.
        id: String,
        /// The answer.
        answer: String,
    },
}

impl Seed {
    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read or is not such a file.
    pub fn read(path: &Path) -> Result<Self, SeedError> {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|source| SeedError::Unreadable { path: shown.clone(), source })?;
        // JSON is YAML too.
        serde_saphyr::from_str(&text)
            .map_err(|error| SeedError::Malformed { path: shown, detail: error.to_string() })
    }

    /// Puts the resources, in the order of the file.
    ///
    /// # Errors
    /// The first that is refused; those before it stay.
    pub async fn put(&self, router: &Router, token: &str) -> Result<(), SeedError> {
        for resource in &self.resources {
            let refused = |answer: String| SeedError::Refused { id: resource.id.clone(), answer };
            let uri = format!("{}?api-version={}", resource.id, resource.version());
            let request = Request::builder().method(Method::PUT).uri(uri);
            let request = request
                .header(AUTHORIZATION, format!("Bearer {token}"))
                .body(Body::from(resource.body.to_string()))
                .map_err(|error| refused(error.to_string()))?;
            let Ok(answer) = router.clone().oneshot(request).await;
            if !answer.status().is_success() {
                let body = to_bytes(answer.into_body(), BODY_BYTES).await.unwrap_or_default();
                return Err(refused(String::from_utf8_lossy(&body).into_owned()));
            }
        }
        Ok(())
    }
}

impl Resource {
    fn version(&self) -> &str {
        let namespace = || Target::of(&self.id).provider.map(|provider| provider.namespace);
        let newest = || match namespace() {
            Some(namespace) if namespace.eq_ignore_ascii_case(aci_model::PROVIDER_NAMESPACE) => None,
            Some(namespace) => providers::versions(namespace)?.first().copied(),
            None => None,
        };
        self.api_version.as_deref().or_else(newest).unwrap_or(CONTAINER_GROUPS)
    }
}
