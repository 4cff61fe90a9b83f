//! The container groups of all subscriptions: the domain's front door.
//!
//! Handlers ask here and are answered at once; what takes time is done by the group's own task, which is the
//! only writer of its state. A read costs no call to the runtime.

use std::sync::Arc;

use aci_model::group::{ContainerGroup, ProvisioningState};
use aci_model::{ApiVersion, ResourceId};
use indexmap::IndexMap;
use jiff::Timestamp;
use thiserror::Error;
use tokio::sync::watch;
use uuid::Uuid;

use crate::clock::SharedClock;
use crate::group::Group;
use crate::group::request::{Answer, Drawing, Request};
use crate::ids::SharedIds;
use crate::platform::Platform;
use crate::runtime::{LogQuery, RuntimeError, SharedRuntime};
use crate::store::{Store, StoreError};

mod names;
mod open;
mod operations;
mod registry;
mod removals;
mod streams;

pub(crate) use operations::Operations;
pub(crate) use removals::Removals;

use registry::Registry;

/// All container groups; cheap to clone. When the last clone is dropped the tasks end, as by
/// [`Groups::shutdown`].
#[derive(Clone)]
pub struct Groups {
    registry: Arc<Registry>,
}

/// Which groups to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All of a subscription.
    Subscription(String),
    /// All of a resource group: subscription and name.
    ResourceGroup(String, String),
}

/// What a PUT did.
#[derive(Clone, Debug)]
pub enum PutOutcome {
    /// A new group: 201 with an operation.
    Created(Arc<Group>, Uuid),
    /// An existing one was changed: 200 or 201 with an operation.
    Updated(Arc<Group>, Uuid),
    /// The same request as before on a group at rest: 200 without an operation (recorded).
    Unchanged(Arc<Group>),
}

/// What a start or restart did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActionOutcome {
    /// It is under way.
    Started(Uuid),
    /// There was nothing to do.
    NothingToDo,
}

/// A long-running operation and the group it is about.
#[derive(Clone, Debug)]
pub struct OperationRecord {
    /// Its id.
    pub id: Uuid,
    /// The group.
    pub group: ResourceId,
    /// When it began.
    pub started_at: Timestamp,
    /// The group as the operation left it, or as it is while the operation is under way.
    pub snapshot: Arc<Group>,
    /// Why it failed: the messages of the containers' events.
    pub error: Option<String>,
}

/// Why the domain refuses; the edge finds Azure's words.
#[derive(Debug, Error)]
pub enum GroupError {
    /// There is no such group.
    #[error("container group {0} does not exist")]
    NotFound(ResourceId),
    /// There is no such container in the group.
    #[error("container {container} does not exist in {group}")]
    ContainerNotFound {
        /// The group.
        group: ResourceId,
        /// The container.
        container: String,
    },
    /// Another group has the host name.
    #[error("the host name with label {label} is another group's, not {group}'s")]
    NameTaken {
        /// The group that wants it.
        group: ResourceId,
        /// The label.
        label: String,
    },
    /// The group is between two states.
    #[error("container group {0} is in transition")]
    Transitioning(ResourceId),
    /// The group is stopped, and the action needs it running.
    #[error("container group {0} is stopped")]
    Stopped(ResourceId),
    /// The container does not run, so nothing can run beside it.
    #[error("container {container} in {group} does not run")]
    NotRunning {
        /// The group.
        group: ResourceId,
        /// The container.
        container: String,
    },
    /// The container has not started, so there is no log.
    #[error("the log of {container} in {group} is not available yet")]
    LogNotAvailable {
        /// The group.
        group: ResourceId,
        /// The container.
        container: String,
    },
    /// The runtime failed.
    #[error("the runtime failed")]
    Runtime(#[from] RuntimeError),
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
}

impl Groups {
    /// Loads what the store holds, adopts what the runtime still runs and starts a task per group.
    ///
    /// # Errors
    /// When the store or the runtime cannot be read.
    pub async fn open(
        runtime: SharedRuntime,
        store: Store,
        clock: SharedClock,
        ids: SharedIds,
        platform: Platform,
    ) -> Result<Self, GroupError> {
        Ok(Self { registry: open::open(runtime, store, clock, ids, platform).await? })
    }

    /// Creates or replaces a group from an accepted request; validation and immutability are checked before.
    ///
    /// # Errors
    /// [`GroupError::Transitioning`] while the group is between states; [`GroupError::NameTaken`].
    pub async fn put(
        &self,
        id: ResourceId,
        spec: ContainerGroup,
        version: ApiVersion,
    ) -> Result<PutOutcome, GroupError> {
        let operation = self.registry.ids.next();
        loop {
            let Some(known) = self.get(&id) else {
                match self.registry.create(&id, &spec, version, operation).await? {
                    Some(created) => return Ok(created),
                    None => continue,
                }
            };
            let claim = self.registry.claim(&id, &spec, known.incarnation)?;
            let request = Request::Replace { spec: Box::new(spec.clone()), version, operation };
            let (answer, group) = match self.registry.ask(&id, request).await {
                // Deleted meanwhile, so it is made anew.
                Err(GroupError::NotFound(_)) => continue,
                other => other?,
            };
            claim.keep();
            return Ok(match answer {
                Answer::UnderWay(operation) => PutOutcome::Updated(group, operation),
                Answer::Done | Answer::NothingToDo => PutOutcome::Unchanged(group),
            });
        }
    }

    /// Makes a group of a standby pool a client's: it keeps its containers and its address. `None` where there is a
    /// group of that id already, or the one of the pool is not ready or gone.
    ///
    /// # Errors
    /// [`GroupError::NameTaken`], [`GroupError::Store`].
    pub async fn draw(
        &self,
        from: &ResourceId,
        to: ResourceId,
        spec: ContainerGroup,
        version: ApiVersion,
    ) -> Result<Option<(Arc<Group>, Uuid)>, GroupError> {
        let operation = self.registry.ids.next();
        match self.registry.draw(from, Drawing { id: to, spec, version, operation }).await {
            Ok(drawn) => Ok(drawn.map(|group| (group, operation))),
            Err(GroupError::NotFound(_) | GroupError::Transitioning(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The group now.
    pub fn get(&self, id: &ResourceId) -> Option<Arc<Group>> {
        Some(self.registry.find(id)?.view.borrow().clone())
    }

    /// The group now and whenever it changes; closed when it is deleted.
    pub fn watch(&self, id: &ResourceId) -> Option<watch::Receiver<Arc<Group>>> {
        Some(self.registry.find(id)?.view)
    }

    /// Every group, by its key.
    pub fn all(&self) -> Vec<Arc<Group>> {
        let mut groups = self.registry.all();
        groups.sort_by_key(|group| group.id.key());
        groups
    }

    /// The groups of a scope, by name.
    pub fn list(&self, scope: &Scope) -> Vec<Arc<Group>> {
        let is_same = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
        let mut groups = self.registry.all();
        groups.retain(|group| match scope {
            Scope::Subscription(subscription) => is_same(subscription, &group.id.subscription),
            Scope::ResourceGroup(subscription, name) => {
                is_same(subscription, &group.id.subscription) && is_same(name, &group.id.resource_group)
            }
        });
        groups.sort_by_key(|group| (group.id.name().to_ascii_lowercase(), group.id.key()));
        groups
    }

    /// Replaces the tags (PATCH).
    ///
    /// # Errors
    /// [`GroupError::NotFound`].
    pub async fn set_tags(
        &self,
        id: &ResourceId,
        tags: IndexMap<String, String>,
    ) -> Result<Arc<Group>, GroupError> {
        let (_, group) = self.registry.ask(id, Request::SetTags(tags)).await?;
        Ok(group)
    }

    /// Removes a group; answers at once with its last state, the containers go in the background. `None` when
    /// there was none.
    ///
    /// # Errors
    /// [`GroupError::Store`].
    pub async fn delete(&self, id: &ResourceId) -> Result<Option<Arc<Group>>, GroupError> {
        match self.registry.delete(id).await {
            Ok(group) => Ok(Some(group)),
            Err(GroupError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Starts a stopped group.
    ///
    /// # Errors
    /// [`GroupError::NotFound`].
    pub async fn start(&self, id: &ResourceId) -> Result<ActionOutcome, GroupError> {
        let operation = self.registry.ids.next();
        Ok(self.registry.ask(id, Request::Start { operation }).await?.0.into())
    }

    /// Stops a group; a stopped one stays so.
    ///
    /// # Errors
    /// [`GroupError::NotFound`].
    pub async fn stop(&self, id: &ResourceId) -> Result<(), GroupError> {
        self.registry.ask(id, Request::Stop).await?;
        Ok(())
    }

    /// Restarts the containers of a group in place.
    ///
    /// # Errors
    /// [`GroupError::NotFound`], [`GroupError::Stopped`], [`GroupError::Transitioning`].
    pub async fn restart(&self, id: &ResourceId) -> Result<ActionOutcome, GroupError> {
        let operation = self.registry.ids.next();
        Ok(self.registry.ask(id, Request::Restart { operation }).await?.0.into())
    }

    /// The log of a container.
    ///
    /// # Errors
    /// [`GroupError::NotFound`], [`GroupError::ContainerNotFound`], [`GroupError::LogNotAvailable`].
    pub async fn logs(
        &self,
        id: &ResourceId,
        container: &str,
        query: LogQuery,
    ) -> Result<String, GroupError> {
        let (group, name) = self.container(id, container)?;
        let unavailable = || GroupError::LogNotAvailable { group: id.clone(), container: name.clone() };
        let sandbox = group.status.sandbox.as_ref().ok_or_else(unavailable)?;
        match self.registry.runtime.logs(sandbox, &name, query).await {
            Err(RuntimeError::Gone(_)) => Err(unavailable()),
            answer => Ok(answer?),
        }
    }

    /// A group and the name of one of its containers, in the casing of its PUT.
    fn container(&self, id: &ResourceId, container: &str) -> Result<(Arc<Group>, String), GroupError> {
        let group = self.get(id).ok_or_else(|| GroupError::NotFound(id.clone()))?;
        let status = &group.status;
        let mut names = status.containers.iter().chain(&status.init_containers).map(|one| &one.name);
        match names.find(|name| name.eq_ignore_ascii_case(container)).cloned() {
            Some(name) => Ok((group, name)),
            None => Err(GroupError::ContainerNotFound { group: id.clone(), container: container.to_owned() }),
        }
    }

    /// A long-running operation.
    pub fn operation(&self, id: Uuid) -> Option<OperationRecord> {
        let operation = self.registry.operations.get(id)?;
        let snapshot = match operation.outcome {
            Some(outcome) => Arc::new(outcome),
            None => self.get(&operation.group)?,
        };
        let has_failed = snapshot.status.provisioning_state == ProvisioningState::Failed;
        Some(OperationRecord {
            id,
            group: operation.group,
            started_at: operation.started_at,
            error: has_failed.then(|| snapshot.status.event_messages()),
            snapshot,
        })
    }

    /// Removes every group and waits until the runtime holds nothing of them.
    ///
    /// # Errors
    /// When the store or the runtime refuses.
    pub async fn reset(&self) -> Result<(), GroupError> {
        self.registry.reset().await
    }

    /// The group that has a host name.
    pub fn named(&self, host_name: &str) -> Option<Arc<Group>> {
        let key = self.registry.names.owner(&host_name.to_ascii_lowercase())?;
        self.registry.by_key(&key).map(|handle| handle.view.borrow().clone())
    }

    /// How many groups there are.
    pub fn count(&self) -> usize {
        self.registry.count()
    }

    /// Ends the tasks; running containers stay as they are.
    pub async fn shutdown(&self) {
        self.registry.shutdown().await;
    }
}

impl From<Answer> for ActionOutcome {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::UnderWay(operation) => Self::Started(operation),
            Answer::Done | Answer::NothingToDo => Self::NothingToDo,
        }
    }
}
