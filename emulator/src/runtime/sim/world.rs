//! The state of the simulation.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv4Addr};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{mpsc, watch};

use super::SimScript;
use crate::runtime::{
    ContainerSpec, Exit, FoundContainer, FoundSandbox, LogQuery, MetadataCall, NetworkSpec, Observation,
    RegistryAuth, RuntimeError, SandboxId, SandboxSpec, SandboxUsage, SubnetRange,
};

#[derive(Default)]
pub(super) struct World {
    pub(super) sandboxes: BTreeMap<SandboxId, SimSandbox>,
    pub(super) scripts: HashMap<String, SimScript>,
    pub(super) observers: Vec<mpsc::UnboundedSender<Observation>>,
    /// How each image was last pulled.
    pub(super) sign_ins: HashMap<String, Option<RegistryAuth>>,
    pub(super) pull_time: SignedDuration,
    pub(super) start_time: SignedDuration,
    pub(super) is_down: bool,
    addresses: u32,
}

pub(super) struct SimSandbox {
    pub(super) spec: SandboxSpec,
    pub(super) ip: Option<IpAddr>,
    /// Where its containers' questions go.
    pub(super) metadata: Option<mpsc::UnboundedSender<MetadataCall>>,
    pub(super) containers: BTreeMap<String, SimContainer>,
}

pub(super) struct SimContainer {
    pub(super) spec: ContainerSpec,
    pub(super) started_at: Timestamp,
    pub(super) exit: Option<Exit>,
    pub(super) script: SimScript,
    /// Becomes true at the end; closed when the container is removed.
    pub(super) ended: watch::Sender<bool>,
}

/// Azure keeps the first four addresses of a subnet for itself.
const FIRST_ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 4);

impl World {
    /// Addresses are not given twice, so a test can tell a new one from an old one.
    pub(super) fn next_ip(&mut self) -> IpAddr {
        let address = Ipv4Addr::from_bits(FIRST_ADDRESS.to_bits().wrapping_add(self.addresses));
        self.addresses = self.addresses.wrapping_add(1);
        IpAddr::V4(address)
    }

    /// The lowest address of a subnet that no sandbox has.
    pub(super) fn ip_in(&self, range: &SubnetRange) -> Result<IpAddr, RuntimeError> {
        let used = self.sandboxes.values().filter_map(|sandbox| match (&sandbox.spec.network, sandbox.ip) {
            (NetworkSpec::Subnet { range: Some(other), .. }, Some(IpAddr::V4(ip))) => {
                (other.network == range.network).then_some(ip)
            }
            _ => None,
        });
        let free = range.lowest_free(&used.collect());
        free.map(IpAddr::V4).ok_or_else(|| range.full())
    }

    pub(super) fn script_for(&self, spec: &ContainerSpec) -> SimScript {
        let script = self.scripts.get(&spec.name).or_else(|| self.scripts.get(&spec.image));
        script.cloned().unwrap_or_default().with_environment(spec)
    }

    pub(super) fn container(&self, sandbox: &SandboxId, name: &str) -> Result<&SimContainer, RuntimeError> {
        let container = self.sandboxes.get(sandbox).and_then(|sandbox| sandbox.containers.get(name));
        container.ok_or_else(|| RuntimeError::Gone(format!("container {name}")))
    }

    /// Ends a container that runs, and the attempt is the given one where one is given.
    pub(super) fn exit(&mut self, sandbox: &SandboxId, name: &str, attempt: Option<u32>, exit: Exit) {
        let container = self.sandboxes.get_mut(sandbox).and_then(|sandbox| sandbox.containers.get_mut(name));
        let Some(container) = container.filter(|container| container.exit.is_none()) else { return };
        let running = container.spec.attempt;
        if attempt.is_some_and(|attempt| attempt != running) {
            return;
        }
        container.exit = Some(exit);
        container.ended.send_replace(true);
        self.tell(&Observation::Exited {
            sandbox: sandbox.clone(),
            container: name.to_owned(),
            attempt: running,
            exit,
        });
    }

    pub(super) fn tell(&mut self, observation: &Observation) {
        self.observers.retain(|observer| observer.send(observation.clone()).is_ok());
    }
}

impl SimSandbox {
    /// What its containers have used by now, at the pace of their scripts.
    pub(super) fn usage(&self, names: &[String], now: Timestamp) -> SandboxUsage {
        let running = self.containers.iter().filter(|(name, it)| names.contains(name) && it.exit.is_none());
        let mut sum = SandboxUsage::default();
        for (name, container) in running {
            let (script, age) = (container.script.usage, now.duration_since(container.started_at));
            sum.containers.insert(name.clone(), script.container(age));
            sum.received += script.over(script.received_per_second, age);
            sum.transmitted += script.over(script.transmitted_per_second, age);
        }
        sum
    }

    pub(super) fn found(&self) -> FoundSandbox {
        let containers = self.containers.values().map(|container| FoundContainer {
            name: container.spec.name.clone(),
            attempt: container.spec.attempt,
            started_at: Some(container.started_at),
            exit: container.exit,
        });
        FoundSandbox {
            id: self.spec.id.clone(),
            group: self.spec.group.clone(),
            ip: self.ip,
            alive: true,
            containers: containers.collect(),
        }
    }
}

impl SimContainer {
    pub(super) fn log_text(&self, query: LogQuery) -> String {
        let lines: Vec<&str> = self.script.log.lines().collect();
        let most = query.tail.map_or(lines.len(), |tail| usize::try_from(tail).unwrap_or(usize::MAX));
        let stamp = if query.timestamps { format!("{:.9} ", self.started_at) } else { String::new() };
        lines[lines.len().saturating_sub(most)..].iter().map(|line| format!("{stamp}{line}\n")).collect()
    }
}
