//! What runs where, as far as faults must know.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aci_model::ResourceId;
use tokio::sync::mpsc;

use crate::faults::Subject;
use crate::runtime::{Exit, FoundSandbox, Observation, SandboxId};

/// Whose deployment it is.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) group: ResourceId,
}

impl Place {
    /// The group, as rules see it.
    pub(super) fn group(&self) -> Subject<'_> {
        Subject {
            subscription: Some(&self.group.subscription),
            resource_group: Some(&self.group.resource_group),
            name: Some(self.group.name()),
            ..Subject::default()
        }
    }

    /// One of its containers, as rules see it.
    pub(super) fn container<'a>(&'a self, name: &'a str, image: &'a str) -> Subject<'a> {
        Subject { container: Some(name), image: Some(image), ..self.group() }
    }
}

/// A container that runs, or is about to.
#[derive(Clone, Debug)]
struct Live {
    attempt: u32,
    image: String,
}

struct Deployment {
    place: Place,
    live: HashMap<String, Live>,
    /// Whether the rules about deployments have been asked.
    is_judged: bool,
}

/// One attempt of a container.
pub(super) type Attempt = (SandboxId, String, u32);

/// How an attempt that was killed shall look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Doom {
    pub(super) code: i32,
    pub(super) oom_killed: bool,
}

#[derive(Default)]
struct State {
    deployments: HashMap<SandboxId, Deployment>,
    dooms: HashMap<Attempt, Doom>,
    listeners: Vec<mpsc::UnboundedSender<Observation>>,
}

#[derive(Default)]
pub(super) struct World {
    state: Mutex<State>,
}

impl World {
    pub(super) fn place(&self, sandbox: &SandboxId, place: Place) {
        let fresh = || Deployment { place, live: HashMap::new(), is_judged: false };
        self.state().deployments.entry(sandbox.clone()).or_insert_with(fresh);
    }

    /// Deployments of before were judged before; the images of their containers are not told.
    pub(super) fn adopt(&self, found: &FoundSandbox) {
        let running = found.containers.iter().filter(|it| it.started_at.is_some() && it.exit.is_none());
        let live = running.map(|it| (it.name.clone(), Live { attempt: it.attempt, image: String::new() }));
        let place = Place { group: found.group.clone() };
        let deployment = Deployment { place, live: live.collect(), is_judged: true };
        self.state().deployments.insert(found.id.clone(), deployment);
    }

    pub(super) fn begin(&self, sandbox: &SandboxId, name: &str, attempt: u32, image: &str) {
        if let Some(deployment) = self.state().deployments.get_mut(sandbox) {
            deployment.live.insert(name.to_owned(), Live { attempt, image: image.to_owned() });
        }
    }

    pub(super) fn end(&self, sandbox: &SandboxId, name: &str, attempt: u32) {
        let mut state = self.state();
        if let Some(deployment) = state.deployments.get_mut(sandbox)
            && deployment.live.get(name).is_some_and(|live| live.attempt == attempt)
        {
            deployment.live.remove(name);
        }
    }

    pub(super) fn forget(&self, sandbox: &SandboxId) {
        let mut state = self.state();
        state.deployments.remove(sandbox);
        state.dooms.retain(|(other, _, _), _| other != sandbox);
    }

    /// The place and the image of a container that runs.
    pub(super) fn running(&self, sandbox: &SandboxId, name: &str) -> Option<(Place, String)> {
        let state = self.state();
        let deployment = state.deployments.get(sandbox)?;
        let live = deployment.live.get(name)?;
        Some((deployment.place.clone(), live.image.clone()))
    }

    /// The attempt of a container that runs.
    pub(super) fn attempt(&self, sandbox: &SandboxId, name: &str) -> Option<Attempt> {
        let live = self.state().deployments.get(sandbox)?.live.get(name)?.attempt;
        Some((sandbox.clone(), name.to_owned(), live))
    }

    pub(super) fn is_live(&self, (sandbox, name, attempt): &Attempt) -> bool {
        self.attempt(sandbox, name).is_some_and(|(_, _, now)| now == *attempt)
    }

    pub(super) fn is_there(&self, sandbox: &SandboxId) -> bool {
        self.state().deployments.contains_key(sandbox)
    }

    /// The place of a deployment whose turn it is to be judged; it comes once.
    pub(super) fn judge(&self, sandbox: &SandboxId) -> Option<Place> {
        let mut state = self.state();
        let deployment = state.deployments.get_mut(sandbox)?;
        (!std::mem::replace(&mut deployment.is_judged, true)).then(|| deployment.place.clone())
    }

    /// Deployments in which something runs, and what.
    pub(super) fn all(&self) -> Vec<(SandboxId, Place, Vec<String>)> {
        let state = self.state();
        let busy = state.deployments.iter().filter(|(_, deployment)| !deployment.live.is_empty());
        let mut all: Vec<_> =
            busy.map(|(id, it)| (id.clone(), it.place.clone(), it.live.keys().cloned().collect())).collect();
        all.sort_by(|(one, ..), (other, ..)| one.cmp(other));
        all
    }

    pub(super) fn doom(&self, attempt: Attempt, doom: Doom) {
        self.state().dooms.insert(attempt, doom);
    }

    pub(super) fn spare(&self, attempt: &Attempt) {
        self.state().dooms.remove(attempt);
    }

    pub(super) fn listen(&self, listener: mpsc::UnboundedSender<Observation>) {
        self.state().listeners.push(listener);
    }

    pub(super) fn tell(&self, observation: &Observation) {
        self.state().listeners.retain(|listener| listener.send(observation.clone()).is_ok());
    }

    /// What the engine saw, as it shall look.
    pub(super) fn told(&self, observation: Observation) -> Observation {
        let Observation::Exited { sandbox, container, attempt, exit } = observation else {
            return observation;
        };
        self.end(&sandbox, &container, attempt);
        let key = (sandbox, container, attempt);
        let exit = match self.state().dooms.get(&key) {
            Some(doom) => Exit { code: doom.code, oom_killed: doom.oom_killed, ..exit },
            None => exit,
        };
        let (sandbox, container, attempt) = key;
        Observation::Exited { sandbox, container, attempt, exit }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
