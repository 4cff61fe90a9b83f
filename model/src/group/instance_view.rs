//! What the platform sees of a group and its containers; read-only.
//!
//! Times are text here: Azure writes whole seconds, milliseconds or seven digits depending on the field and
//! its age, and a client that reads any of them must not lose the others' digits.

use serde::{Deserialize, Serialize};

/// The group as a whole.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct GroupInstanceView {
    /// Events of the group itself: empty when all goes well, absent before 2018.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<Event>>,
    /// `Pending`, `Running`, `Succeeded`, `Failed`, `Stopped` or `Unknown`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
}

/// One container.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ContainerInstanceView {
    /// Restarts by policy or probe; an asked-for restart does not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restart_count: Option<i32>,
    /// Now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_state: Option<ContainerState>,
    /// Before the last restart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_state: Option<ContainerState>,
    /// What happened to it, oldest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<Event>>,
}

/// The state of a container; in Azure's order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ContainerState {
    /// `Waiting`, `Running` or `Terminated`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// When it started, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time: Option<String>,
    /// What it exited with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// When it ended, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finish_time: Option<String>,
    /// Why, in Azure's words: `CrashLoopBackOff: …`, `Completed`, `Error`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail_status: Option<String>,
}

/// Something that happened, perhaps several times; in Azure's order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Event {
    /// How often.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<i32>,
    /// When first, whole seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_timestamp: Option<String>,
    /// When last, whole seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_timestamp: Option<String>,
    /// `Pulling`, `Pulled`, `Started`, `Killing`, `BackOff`, `Failed`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Prose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// `Normal` or `Warning`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}
