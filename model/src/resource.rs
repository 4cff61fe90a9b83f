//! What all ARM resources have in common.

use serde::{Deserialize, Serialize};

/// Who made a resource and who changed it last; read-only.
///
/// Source: "System Metadata for all Azure resources" in ARM's contract with resource providers. What is not known is
/// left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SystemData {
    /// Who made it: the name of a person, the id of a program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    /// `User`, `Application` or `ManagedIdentity`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by_type: Option<String>,
    /// When, by ISO 8601 in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// Who changed it last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_modified_by: Option<String>,
    /// What that one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_modified_by_type: Option<String>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_modified_at: Option<String>,
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The resources of this page.
    pub value: Vec<T>,
    /// Where the next page is; ACI never pages, other providers do.
    #[serde(rename = "nextLink", skip_serializing_if = "Option::is_none", default)]
    pub next_link: Option<String>,
}

impl<T> Page<T> {
    /// A list that fits one page.
    pub fn whole(value: Vec<T>) -> Self {
        Self { value, next_link: None }
    }
}

/// The body of `GET …/containers/{name}/logs`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Logs {
    /// The text of the log, newest last; absent when the container wrote nothing.
    pub content: Option<String>,
}
