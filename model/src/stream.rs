//! The bodies of exec and attach: where a websocket is, and what opens it.

use serde::{Deserialize, Serialize};

use crate::secret::Secret;

/// The body of `POST …/containers/{name}/exec` (since 2018-02-01-preview).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ContainerExecRequest {
    /// The program with its arguments, on one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// The size of the caller's terminal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terminal_size: Option<TerminalSize>,
}

/// The size of a terminal in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TerminalSize {
    /// Rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<u16>,
    /// Columns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cols: Option<u16>,
}

/// The answer to exec and to attach (since 2020-11-01), in Azure's order (recorded).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebSocketAccess {
    /// Where the websocket is.
    pub web_socket_uri: String,
    /// What opens it, once: the first message of exec, the `Authorization` header of attach.
    pub password: Secret,
}
