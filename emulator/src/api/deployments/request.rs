//! The body of a deployment: what is to be deployed, with what, and how.

use axum::extract::{FromRequest, Request};
use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::arm::error::ArmError;
use crate::arm::reject::{self, JsonBody};
use crate::deployments::record::Mode;
use crate::template::relaxed;

/// Such a body, read.
#[derive(Clone, Debug)]
pub(super) struct DeploymentBody {
    /// Its region.
    pub(super) location: Option<String>,
    /// Its tags.
    pub(super) tags: Option<IndexMap<String, String>>,
    /// What becomes of other resources.
    pub(super) mode: Mode,
    /// The template.
    pub(super) template: Value,
    /// The parameters, as they were written.
    pub(super) parameters: Map<String, Value>,
    /// Whether a comparison tells values or only names.
    pub(super) ids_only: bool,
}

#[derive(Deserialize)]
struct Written {
    #[serde(default)]
    location: Option<String>,
    #[serde(default)]
    tags: Option<IndexMap<String, String>>,
    properties: Properties,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Properties {
    #[serde(default)]
    mode: Option<String>,
    #[serde(default)]
    template: Option<Value>,
    #[serde(default)]
    template_link: Option<Value>,
    #[serde(default)]
    parameters: Option<Value>,
    #[serde(default)]
    parameters_link: Option<Value>,
    #[serde(default)]
    what_if_settings: Option<Settings>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Settings {
    #[serde(default)]
    result_format: Option<String>,
}

impl DeploymentBody {
    fn read(bytes: &[u8]) -> Result<Self, ArmError> {
        // Strict JSON is read as it is; a body with a template file of `az` in it is not strict.
        let written =
            JsonBody::<Written>::parse(bytes).or_else(|error| match std::str::from_utf8(bytes) {
                Ok(text) => JsonBody::<Written>::parse(relaxed::strict(text).as_bytes()),
                Err(_) => Err(error),
            })?;
        let Written { location, tags, properties } = written.value;
        if properties.template_link.is_some() || properties.parameters_link.is_some() {
            return Err(ArmError::template_link());
        }
        let mode = match properties.mode.as_deref().map(str::to_ascii_lowercase).as_deref() {
            None | Some("incremental") => Mode::Incremental,
            Some("complete") => Mode::Complete,
            Some(_) => return Err(ArmError::deployment_mode(&properties.mode.unwrap_or_default())),
        };
        Ok(Self {
            location: location.filter(|text| !text.trim().is_empty()),
            tags,
            mode,
            template: properties
                .template
                .filter(|it| !it.is_null())
                .ok_or_else(ArmError::template_missing)?,
            parameters: parameters(properties.parameters)?,
            ids_only: properties
                .what_if_settings
                .and_then(|settings| settings.result_format)
                .is_some_and(|format| format.eq_ignore_ascii_case("ResourceIdOnly")),
        })
    }
}

/// A whole parameters file is taken too: what counts is its `parameters`.
fn parameters(given: Option<Value>) -> Result<Map<String, Value>, ArmError> {
    match given {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(mut file)) if file.contains_key("$schema") && file.contains_key("parameters") => {
            parameters(file.remove("parameters"))
        }
        Some(Value::Object(given)) => Ok(given),
        Some(_) => Err(ArmError::invalid_request_content(
            "The parameters are not a JSON object. Path 'properties.parameters'.",
        )),
    }
}

impl<S: Send + Sync> FromRequest<S> for DeploymentBody {
    type Rejection = ArmError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ArmError> {
        Self::read(&reject::bytes(request, state).await?)
    }
}
