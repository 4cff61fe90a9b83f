//! Which groups there are and how to reach their tasks.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use aci_model::group::ContainerGroup;
use aci_model::{ApiVersion, ResourceId};
use tokio::sync::{Mutex, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::names::{Claim, HostNames};
use super::{GroupError, Operations, PutOutcome, Removals};
use crate::clock::SharedClock;
use crate::group::Group;
use crate::group::driver::{self, Driver, Inbox, Message, RequestError};
use crate::group::effects::{self, Effects};
use crate::group::machine::Machine;
use crate::group::request::{Answer, Drawing, Refusal, Request};
use crate::group::transition::Input;
use crate::host_name::{self, host_name};
use crate::ids::SharedIds;
use crate::platform::Platform;
use crate::runtime::{Observation, SandboxId, SharedRuntime};
use crate::store::{Batch, Store, Table};

/// The groups and what their tasks share.
pub(super) struct Registry {
    pub(super) runtime: SharedRuntime,
    pub(super) store: Store,
    pub(super) clock: SharedClock,
    pub(super) ids: SharedIds,
    pub(super) platform: Platform,
    pub(super) operations: Operations,
    pub(super) removals: Removals,
    pub(super) tasks: TaskTracker,
    pub(super) stop: CancellationToken,
    /// Held while a group is made or deleted, so that of two PUTs of a new name one creates and the other
    /// finds, and a name is free again when its DELETE is answered.
    pub(super) membership: Mutex<()>,
    pub(super) handles: Arc<Handles>,
    pub(super) names: HostNames,
}

/// The groups by the key of their id.
pub(super) type Handles = RwLock<HashMap<String, Handle>>;

/// The way to a group's task.
#[derive(Clone)]
pub(super) struct Handle {
    pub(super) inbox: Inbox,
    pub(super) view: watch::Receiver<Arc<Group>>,
}

impl Registry {
    pub(super) fn find(&self, id: &ResourceId) -> Option<Handle> {
        self.by_key(&id.key())
    }

    pub(super) fn by_key(&self, key: &str) -> Option<Handle> {
        self.handles.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    /// The host name of a request, unless another group has it.
    pub(super) fn claim(
        &self,
        id: &ResourceId,
        spec: &ContainerGroup,
        incarnation: Uuid,
    ) -> Result<Claim, GroupError> {
        let claim = self.names.claim(&id.key(), host_name(id, spec, incarnation));
        claim.ok_or_else(|| {
            let address = spec.properties.as_ref().and_then(|properties| properties.ip_address.as_ref());
            let label = address.and_then(|address| address.dns_name_label.clone()).unwrap_or_default();
            GroupError::NameTaken { group: id.clone(), label }
        })
    }

    pub(super) fn all(&self) -> Vec<Arc<Group>> {
        let handles = self.handles.read().unwrap_or_else(PoisonError::into_inner);
        handles.values().map(|handle| handle.view.borrow().clone()).collect()
    }

    pub(super) fn count(&self) -> usize {
        self.handles.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Puts a request to a group's task.
    pub(super) async fn ask(
        &self,
        id: &ResourceId,
        request: Request,
    ) -> Result<(Answer, Arc<Group>), GroupError> {
        let gone = || GroupError::NotFound(id.clone());
        let handle = self.find(id).ok_or_else(gone)?;
        let (reply, answer) = oneshot::channel();
        handle.inbox.send(Message::Request(request, reply)).map_err(|_| gone())?;
        match answer.await.map_err(|_| gone())? {
            Ok(answer) => Ok(answer),
            Err(RequestError::Refused(Refusal::Transitioning)) => Err(GroupError::Transitioning(id.clone())),
            Err(RequestError::Refused(Refusal::Stopped)) => Err(GroupError::Stopped(id.clone())),
            Err(RequestError::Store(error)) => Err(GroupError::Store(error)),
        }
    }

    /// Makes a group, unless somebody else's PUT of the same name was first.
    pub(super) async fn create(
        &self,
        id: &ResourceId,
        spec: &ContainerGroup,
        version: ApiVersion,
        operation: Uuid,
    ) -> Result<Option<PutOutcome>, GroupError> {
        let _membership = self.membership.lock().await;
        if self.find(id).is_some() {
            return Ok(None);
        }
        let incarnation = self.ids.next();
        let claim = self.claim(id, spec, incarnation)?;
        let machine = Machine::create(id.clone(), spec.clone(), version, incarnation, operation);
        let group = Arc::new(machine.group.clone());
        let mut batch = Batch::default();
        batch.put(Table::Groups, &group.id.key(), &machine)?;
        let begun = self.operations.prepare(Some(operation), &group, false, self.clock.now());
        begun.write(&mut batch)?;
        driver::commit(&self.store, batch).await?;
        self.operations.apply(begun);
        claim.keep();
        self.run(machine, None);
        Ok(Some(PutOutcome::Created(group, operation)))
    }

    /// Gives a group of a standby pool its new id, unless that is somebody else's.
    pub(super) async fn draw(
        &self,
        from: &ResourceId,
        drawing: Drawing,
    ) -> Result<Option<Arc<Group>>, GroupError> {
        let _membership = self.membership.lock().await;
        let (to, spec) = (drawing.id.clone(), drawing.spec.clone());
        let Some(handle) = self.find(from).filter(|_| self.find(&to).is_none()) else { return Ok(None) };
        let warm = handle.view.borrow().clone();
        // Both may have the same host name, which is one group's at a time.
        self.names.release(&from.key());
        let drawn = match self.claim(&to, &spec, warm.incarnation) {
            Ok(claim) => {
                let answer = self.ask(from, Request::Draw(Box::new(drawing))).await;
                answer.map(|(_, group)| (claim, group))
            }
            Err(error) => Err(error),
        };
        match drawn {
            Ok((claim, group)) => {
                claim.keep();
                let mut handles = self.handles.write().unwrap_or_else(PoisonError::into_inner);
                handles.remove(&from.key());
                handles.insert(to.key(), handle);
                Ok(Some(group))
            }
            Err(error) => {
                if let Some(claim) = self.names.claim(&from.key(), host_name::of(&warm)) {
                    claim.keep();
                }
                Err(error)
            }
        }
    }

    /// Starts a group's task, which takes `first` into account before anything else.
    pub(super) fn run(&self, machine: Machine, first: Option<Input>) {
        let key = machine.group.id.key();
        let (inbox, messages) = mpsc::unbounded_channel();
        if let Some(input) = first {
            // The receiver is in hand, so this cannot fail.
            let _open = inbox.send(Message::Input(input));
        }
        let (view, watched) = watch::channel(Arc::new(machine.group.clone()));
        let effects = Effects {
            runtime: self.runtime.clone(),
            clock: self.clock.clone(),
            platform: self.platform.clone(),
            removals: self.removals.clone(),
            tasks: self.tasks.clone(),
            stop: self.stop.clone(),
            inbox: inbox.clone(),
            gates: HashMap::new(),
            deliveries: effects::Deliveries::default(),
        };
        let (store, clock, operations) = (self.store.clone(), self.clock.clone(), self.operations.clone());
        let driver = Driver { machine, store, clock, operations, effects, view };
        self.tasks.spawn(driver.run(messages));
        let handle = Handle { inbox, view: watched };
        self.handles.write().unwrap_or_else(PoisonError::into_inner).insert(key, handle);
    }

    pub(super) async fn delete(&self, id: &ResourceId) -> Result<Arc<Group>, GroupError> {
        let _membership = self.membership.lock().await;
        let (_, group) = self.ask(id, Request::Delete).await?;
        self.handles.write().unwrap_or_else(PoisonError::into_inner).remove(&id.key());
        self.names.release(&id.key());
        Ok(group)
    }

    pub(super) async fn reset(&self) -> Result<(), GroupError> {
        // Without an engine the removals would be tried for ever.
        self.runtime.ping().await?;
        for group in self.all() {
            match self.delete(&group.id).await {
                Ok(_) | Err(GroupError::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
        }
        self.removals.all_finished().await;
        self.operations.clear(&self.store)?;
        Ok(())
    }

    /// Removes a deployment that no group wants.
    pub(super) fn discard(&self, group: &ResourceId, sandbox: SandboxId) {
        let removal = self.removals.begin(&group.key());
        let (runtime, clock, stop) = (self.runtime.clone(), self.clock.clone(), self.stop.clone());
        self.tasks.spawn(async move {
            stop.run_until_cancelled(effects::remove_sandbox(&runtime, &clock, &sandbox)).await;
            drop(removal);
        });
    }

    pub(super) async fn shutdown(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Hands an observation to the group that it is about; one about a deployment that no group has any more is
/// stale.
pub(super) fn route(handles: &Handles, observation: Observation) {
    let (sandbox, input) = match observation {
        Observation::Exited { sandbox, container, attempt, exit } => {
            (sandbox.clone(), Input::Exited { sandbox, container, attempt, exit })
        }
        Observation::KilledByPlatform { sandbox, container, attempt } => {
            (sandbox.clone(), Input::KilledByPlatform { sandbox, container, attempt })
        }
        Observation::Evicted { sandbox } => (sandbox.clone(), Input::Evicted { sandbox }),
        Observation::SandboxLost { sandbox } => (sandbox.clone(), Input::SandboxLost { sandbox }),
    };
    let handles = handles.read().unwrap_or_else(PoisonError::into_inner);
    let is_its = |handle: &&Handle| handle.view.borrow().status.sandbox.as_ref() == Some(&sandbox);
    if let Some(handle) = handles.values().find(is_its) {
        // A task that has ended has no use for it.
        let _ended = handle.inbox.send(Message::Input(input));
    }
}
