//! Faults that strike what runs: some time after a start, or when their rule is made.

use uuid::Uuid;

use super::FaultyRuntime;
use super::world::{Attempt, Doom};
use crate::faults::Fault;
use crate::runtime::{Kill, Observation, Runtime as _, SandboxId};

/// What SIGKILL leaves behind: 128 + 9.
const KILLED_CODE: i32 = 137;

impl FaultyRuntime {
    /// Asks the rules about a container that has just started, and about its deployment if it is the first there.
    pub(super) fn strike_begun(&self, sandbox: &SandboxId, name: &str) {
        if let Some((place, image)) = self.world.running(sandbox, name) {
            let subject = place.container(name, &image);
            let faults = self.faults.take(&subject, |it| it.rule.fault.strikes_container());
            self.strike_container(sandbox, name, faults);
        }
        if let Some(place) = self.world.judge(sandbox) {
            let faults = self.faults.take(&place.group(), |it| it.rule.fault.strikes_deployment());
            self.strike_deployment(sandbox, faults);
        }
    }

    /// Lets a new rule strike what runs already.
    pub fn strike_running(&self, rule: Uuid) {
        for (sandbox, place, containers) in self.world.all() {
            let is_meant = |it: &crate::faults::ActiveRule| it.id == rule;
            let faults =
                self.faults.take(&place.group(), |it| is_meant(it) && it.rule.fault.strikes_deployment());
            self.strike_deployment(&sandbox, faults);
            for name in containers {
                let Some((place, image)) = self.world.running(&sandbox, &name) else { continue };
                let subject = place.container(&name, &image);
                let faults =
                    self.faults.take(&subject, |it| is_meant(it) && it.rule.fault.strikes_container());
                self.strike_container(&sandbox, &name, faults);
            }
        }
    }

    fn strike_container(&self, sandbox: &SandboxId, name: &str, faults: Vec<Fault>) {
        let Some(attempt) = self.world.attempt(sandbox, name) else { return };
        for fault in faults {
            let (runtime, attempt) = (self.clone(), attempt.clone());
            tokio::spawn(async move {
                runtime.wait_for(&fault).await;
                if runtime.world.is_live(&attempt) {
                    runtime.end_attempt(attempt, &fault).await;
                }
            });
        }
    }

    async fn end_attempt(&self, attempt: Attempt, fault: &Fault) {
        let (doom, how) = match fault {
            Fault::OomKill { .. } => (Doom { code: KILLED_CODE, oom_killed: true }, Kill::OutOfMemory),
            Fault::Crash { exit_code, .. } => (Doom { code: *exit_code, oom_killed: false }, Kill::Signal),
            _ => (Doom { code: KILLED_CODE, oom_killed: false }, Kill::Signal),
        };
        let (sandbox, container, number) = attempt.clone();
        self.world.doom(attempt.clone(), doom);
        if matches!(fault, Fault::PlatformKill { .. }) {
            let (sandbox, container) = (sandbox.clone(), container.clone());
            self.world.tell(&Observation::KilledByPlatform { sandbox, container, attempt: number });
        }
        if let Err(error) = self.inner.kill(&sandbox, &container, how).await {
            tracing::warn!(sandbox = sandbox.0, container, %error, "An injected fault could not strike");
            self.world.spare(&attempt);
        }
    }

    fn strike_deployment(&self, sandbox: &SandboxId, faults: Vec<Fault>) {
        for fault in faults {
            let (runtime, sandbox) = (self.clone(), sandbox.clone());
            tokio::spawn(async move {
                runtime.wait_for(&fault).await;
                if runtime.world.is_there(&sandbox) {
                    runtime.end_deployment(sandbox, &fault).await;
                }
            });
        }
    }

    async fn end_deployment(&self, sandbox: SandboxId, fault: &Fault) {
        match fault {
            Fault::NodeLoss { .. } => {
                if let Err(error) = self.remove_sandbox(&sandbox).await {
                    tracing::warn!(sandbox = sandbox.0, %error, "An injected fault could not strike");
                }
            }
            Fault::SpotEviction { .. } => {
                self.world.tell(&Observation::Evicted { sandbox: sandbox.clone() });
            }
            _ => {}
        }
        self.world.tell(&Observation::SandboxLost { sandbox });
    }
}
