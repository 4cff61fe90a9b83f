//! Operations on one container of a group.

pub mod attach;
pub mod exec;
pub mod logs;

/// The resource type in refusals of an api-version (assumed: no recording has one of a nested type).
const KIND: &str = "containerGroups/containers";
