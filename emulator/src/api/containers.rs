//! Operations on one container of a group.

pub mod attach;
pub mod exec;
pub mod logs;
