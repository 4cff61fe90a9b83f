//! Operations on one container of a group.

pub mod logs;
