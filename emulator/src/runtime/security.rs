//! As whom a container runs and what it may do, as a runtime carries it out.

/// The restrictions and privileges of a container; the default is the engine's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecuritySpec {
    /// The user id instead of the image's user.
    pub user: Option<u32>,
    /// The group id instead of the user's group.
    pub group: Option<u32>,
    /// All capabilities and devices.
    pub privileged: bool,
    /// Whether a program may gain more privileges than the one that started it, as by a setuid bit.
    pub no_new_privileges: bool,
    /// Capabilities beyond the engine's default ones, with or without `CAP_`.
    pub capabilities_added: Vec<String>,
    /// Capabilities of the engine's default ones that are taken away; `ALL` is all.
    pub capabilities_dropped: Vec<String>,
    /// The system calls that may be made: a profile in Docker's JSON.
    pub seccomp: Option<String>,
}
