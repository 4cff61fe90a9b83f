//! What all ARM resources have in common.

use serde::{Deserialize, Serialize};

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
