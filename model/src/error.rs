//! The error envelope of Azure Resource Manager.

use serde::{Deserialize, Serialize};

/// `{"error": {…}}`, the body of every failed ARM call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CloudError {
    /// The error itself.
    pub error: CloudErrorBody,
}

/// What went wrong: a code for programs, a message for people.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CloudErrorBody {
    /// A stable word such as `ResourceGroupNotFound`. Failed operations of ACI leave it out.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// Prose for people.
    pub message: String,
    /// The property or resource that the error is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The errors behind this one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<CloudErrorBody>,
}

impl CloudError {
    /// An envelope with code and message alone, as most of them are.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            error: CloudErrorBody { code: code.into(), message: message.into(), ..CloudErrorBody::default() },
        }
    }
}
