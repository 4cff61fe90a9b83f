//! The containers behind container groups, seen through Docker's command line.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::process::run;

/// The label that names a container's group by its resource id.
pub const GROUP_LABEL: &str = "aci-local.group";

/// The label that names a container in its group; sandboxes have none.
pub const CONTAINER_LABEL: &str = "aci-local.container";

/// A container of a group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GroupContainer {
    /// The container's name in the group; empty for the sandbox.
    pub name: String,
    /// Docker's id.
    pub id: String,
    /// When it started, by Docker.
    pub started_at: String,
}

/// The containers of a group, running or not, ordered by name.
///
/// # Errors
/// When Docker does not answer.
pub async fn containers_of(group_id: &str) -> Result<Vec<GroupContainer>> {
    let listed =
        run("docker", &["ps", "-aq", "--no-trunc", "--filter", &format!("label={GROUP_LABEL}={group_id}")])
            .await?;
    let ids: Vec<&str> = listed.split_whitespace().collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut arguments = vec!["inspect"];
    arguments.extend(ids);
    // A container may vanish between the two calls; then there is nothing to tell of it.
    let Ok(inspected) = run("docker", &arguments).await else { return Ok(Vec::new()) };
    let values: Vec<Value> = serde_json::from_str(&inspected).context("docker inspect wrote no JSON")?;
    let mut containers: Vec<GroupContainer> = values
        .iter()
        .map(|value| GroupContainer {
            name: value["Config"]["Labels"][CONTAINER_LABEL].as_str().unwrap_or_default().to_owned(),
            id: value["Id"].as_str().unwrap_or_default().to_owned(),
            started_at: value["State"]["StartedAt"].as_str().unwrap_or_default().to_owned(),
        })
        .collect();
    containers.sort();
    Ok(containers)
}

/// Ends a container's process as the kernel would for want of memory: with SIGKILL.
///
/// # Errors
/// When Docker refuses.
pub async fn kill(id: &str) -> Result<()> {
    run("docker", &["kill", "--signal", "KILL", id]).await.map(drop)
}
