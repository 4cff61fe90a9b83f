//! What every handler can ask, and the whole HTTP surface as one router.

use std::sync::Arc;

use axum::Router;

use crate::arm::token::Authority;
use crate::clock::SharedClock;
use crate::deployments::Deployments;
use crate::faults::Faults;
use crate::groups::Groups;
use crate::ids::SharedIds;
use crate::limits::SharedLimits;
use crate::limits::window::Windows;
use crate::neighbours::Neighbours;
use crate::ngroups::NGroups;
use crate::policy::Policy;
use crate::resource_groups::ResourceGroups;
use crate::resource_groups::deletion::Deletions;
use crate::runtime::SharedRuntime;
use crate::runtime::faulty::FaultyRuntime;
use crate::sessions::Sessions;
use crate::snapshots::Snapshots;
use crate::usage::UsageBook;
use crate::{api, arm};

/// The parts of a running emulator; cheap to clone.
#[derive(Clone)]
pub struct App {
    /// All container groups.
    pub groups: Groups,
    /// Container groups that are kept together.
    pub ngroups: NGroups,
    /// All resource groups.
    pub resource_groups: ResourceGroups,
    /// The resources beside container groups, and what is known about subscriptions and callers.
    pub neighbours: Neighbours,
    /// All deployments of templates.
    pub deployments: Deployments,
    /// The resource groups that are on their way out.
    pub deletions: Deletions,
    /// What is asked of callers beyond Azure's defaults.
    pub policy: Arc<Policy>,
    /// What shall go wrong.
    pub faults: Faults,
    /// Where containers go wrong.
    pub faulty: FaultyRuntime,
    /// States to come back to.
    pub snapshots: Snapshots,
    /// What was made and deleted of late.
    pub windows: Arc<Windows>,
    /// What groups may ask for, where, and how much of it; replaceable while the emulator runs.
    pub limits: SharedLimits,
    /// What containers use over time.
    pub usage: Arc<UsageBook>,
    /// The engine, for the emulator's own endpoints only: everything else goes through `groups`.
    pub runtime: SharedRuntime,
    /// Where times come from.
    pub clock: SharedClock,
    /// Where ids come from.
    pub ids: SharedIds,
    /// Who signs tokens.
    pub authority: Arc<Authority>,
    /// The websockets that were given out.
    pub sessions: Arc<Sessions>,
    /// The certificate of the emulator's CA.
    pub ca_pem: Arc<str>,
}

impl App {
    /// The HTTP surface.
    pub fn router(self) -> Router {
        arm::wrap(api::routes(), self)
    }
}
