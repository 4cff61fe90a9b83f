//! The container groups of all subscriptions: the domain's front door.
//!
//! Handlers ask here and are answered at once; what takes time is done by the group's own task, which is the
//! only writer of its state. A read costs no call to the runtime.

use std::sync::Arc;

use aci_model::group::ContainerGroup;
use aci_model::{ApiVersion, ResourceId};
use indexmap::IndexMap;
use jiff::Timestamp;
use thiserror::Error;
use uuid::Uuid;

use crate::clock::SharedClock;
use crate::group::Group;
use crate::ids::SharedIds;
use crate::runtime::{LogQuery, RuntimeError, SharedRuntime};
use crate::store::{Store, StoreError};

/// All container groups; cheap to clone.
#[derive(Clone)]
pub struct Groups {}

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
    /// The group is between two states.
    #[error("container group {0} is in transition")]
    Transitioning(ResourceId),
    /// The group is stopped, and the action needs it running.
    #[error("container group {0} is stopped")]
    Stopped(ResourceId),
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
        _runtime: SharedRuntime,
        _store: Store,
        _clock: SharedClock,
        _ids: SharedIds,
    ) -> Result<Self, GroupError> {
        unimplemented!()
    }

    /// Creates or replaces a group from an accepted request; validation and immutability are checked before.
    ///
    /// # Errors
    /// [`GroupError::Transitioning`] while the group is between states.
    pub async fn put(
        &self,
        _id: ResourceId,
        _spec: ContainerGroup,
        _version: ApiVersion,
    ) -> Result<PutOutcome, GroupError> {
        unimplemented!()
    }

    /// The group now.
    pub fn get(&self, _id: &ResourceId) -> Option<Arc<Group>> {
        unimplemented!()
    }

    /// The groups of a scope, by name.
    pub fn list(&self, _scope: &Scope) -> Vec<Arc<Group>> {
        unimplemented!()
    }

    /// Replaces the tags (PATCH).
    ///
    /// # Errors
    /// [`GroupError::NotFound`].
    pub async fn set_tags(
        &self,
        _id: &ResourceId,
        _tags: IndexMap<String, String>,
    ) -> Result<Arc<Group>, GroupError> {
        unimplemented!()
    }

    /// Removes a group; answers at once with its last state, the containers go in the background. `None` when
    /// there was none.
    ///
    /// # Errors
    /// [`GroupError::Store`].
    pub async fn delete(&self, _id: &ResourceId) -> Result<Option<Arc<Group>>, GroupError> {
        unimplemented!()
    }

    /// Starts a stopped group.
    ///
    /// # Errors
    /// [`GroupError::NotFound`].
    pub async fn start(&self, _id: &ResourceId) -> Result<ActionOutcome, GroupError> {
        unimplemented!()
    }

    /// Stops a group; a stopped one stays so.
    ///
    /// # Errors
    /// [`GroupError::NotFound`].
    pub async fn stop(&self, _id: &ResourceId) -> Result<(), GroupError> {
        unimplemented!()
    }

    /// Restarts the containers of a group in place.
    ///
    /// # Errors
    /// [`GroupError::NotFound`], [`GroupError::Stopped`].
    pub async fn restart(&self, _id: &ResourceId) -> Result<ActionOutcome, GroupError> {
        unimplemented!()
    }

    /// The log of a container.
    ///
    /// # Errors
    /// [`GroupError::NotFound`], [`GroupError::ContainerNotFound`], [`GroupError::LogNotAvailable`].
    pub async fn logs(
        &self,
        _id: &ResourceId,
        _container: &str,
        _query: LogQuery,
    ) -> Result<String, GroupError> {
        unimplemented!()
    }

    /// A long-running operation.
    pub fn operation(&self, _id: Uuid) -> Option<OperationRecord> {
        unimplemented!()
    }

    /// Removes every group and waits until the runtime holds nothing of them.
    ///
    /// # Errors
    /// When the store or the runtime refuses.
    pub async fn reset(&self) -> Result<(), GroupError> {
        unimplemented!()
    }

    /// How many groups there are.
    pub fn count(&self) -> usize {
        unimplemented!()
    }

    /// Ends the tasks; running containers stay as they are.
    pub async fn shutdown(&self) {
        unimplemented!()
    }
}
