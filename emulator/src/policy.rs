//! What the emulator asks of its callers beyond Azure's defaults: settings that are off until somebody wants them.

/// The settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Whether role assignments decide who may do what.
    pub rbac: Rbac,
    /// Who may do everything in any case, by client id or object id.
    pub rbac_admin: Option<String>,
    /// Whether other machines may use the endpoints that move the emulator.
    pub open_control: bool,
    /// Whether a subscription must be registered with a provider before it can use it.
    pub require_registration: bool,
}

/// Whether role assignments decide who may do what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Rbac {
    /// Everybody may do everything; assignments are kept and shown.
    #[default]
    Off,
    /// A call needs an assignment whose role allows it.
    Enforce,
}
