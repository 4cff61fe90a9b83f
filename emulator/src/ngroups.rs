//! NGroups: many container groups that are made from profiles, kept at a number and updated together. A standby pool
//! is the same under another name, whose groups wait, hidden, until somebody wants one ([`pool`]).
//!
//! Members are container groups like any other: they are listed, can be changed and deleted by whoever may, and are
//! known as members by [`record::Member`] and `orchestratorId`. [`plan`] decides (pure), one task an NGroups acts.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use aci_model::{ApiVersion, ResourceId};
use async_trait::async_trait;
use tokio::sync::{Mutex, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

pub mod instance;
mod operations;
pub mod plan;
pub mod pool;
pub mod record;
mod task;

pub use operations::Operation;

use crate::clock::SharedClock;
use crate::collection::Collection;
use crate::group::driver;
use crate::groups::{GroupError, Groups};
use crate::ids::SharedIds;
use crate::limits::SharedLimits;
use crate::neighbours::group_profile::{GroupProfile, Revision};
use crate::resource_groups::ResourceGroup;
use crate::resource_groups::deletion::Contents;
use crate::store::{Batch, Store, StoreError, Table};
use operations::Operations;
use pool::{Counts, Drawn, Wanted};
use record::{Member, NGroup, Spec, Template};
use task::{Action, Message, Task};

/// The first version that has profiles, config maps and NGroups: what members are made with at least.
pub const FIRST_WITH_ALL: ApiVersion = ApiVersion::V2025_09_01;

/// All NGroups; cheap to clone.
#[derive(Clone)]
pub struct NGroups {
    parts: Arc<Parts>,
}

/// What their tasks share.
struct Parts {
    groups: Groups,
    profiles: Collection<GroupProfile>,
    limits: SharedLimits,
    store: Store,
    clock: SharedClock,
    ids: SharedIds,
    operations: Operations,
    tasks: TaskTracker,
    stop: CancellationToken,
    /// Held while one is made or begins to go, so that of two PUTs of a new name one creates and the other finds.
    membership: Mutex<()>,
    handles: RwLock<BTreeMap<String, Handle>>,
}

/// The way to a task.
#[derive(Clone)]
struct Handle {
    inbox: mpsc::UnboundedSender<Message>,
    view: watch::Receiver<Arc<NGroup>>,
}

impl NGroups {
    /// Loads what the store holds and goes on where it was.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn open(
        groups: Groups,
        profiles: Collection<GroupProfile>,
        limits: SharedLimits,
        store: Store,
        clock: SharedClock,
        ids: SharedIds,
    ) -> Result<Self, StoreError> {
        let parts = Arc::new(Parts {
            groups,
            profiles,
            limits,
            store,
            clock,
            ids,
            operations: Operations::default(),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            membership: Mutex::default(),
            handles: RwLock::default(),
        });
        let ngroups = Self { parts };
        ngroups.reload()?;
        Ok(ngroups)
    }

    /// Loads what the store holds, where none of them is there, and goes on where it was.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn reload(&self) -> Result<(), StoreError> {
        let records: Vec<(String, NGroup)> = self.parts.store.scan(Table::NGroups)?;
        for (_, record) in records {
            self.parts.operations.note(&record);
            self.parts.run(record);
        }
        Ok(())
    }

    /// Makes one or wants a known one otherwise; it, whether it is new, and the operation.
    ///
    /// # Errors
    /// When the store cannot be written; nothing has changed then.
    pub async fn put(
        &self,
        id: ResourceId,
        spec: Spec,
        templates: Vec<Template>,
    ) -> Result<(Arc<NGroup>, bool, Uuid), GroupError> {
        let operation = self.parts.ids.next();
        loop {
            let membership = self.parts.membership.lock().await;
            if self.parts.find(&id).is_none() {
                let begun = (operation, self.parts.clock.now());
                let record = NGroup::new(id, spec, templates, Some(begun));
                return Ok((self.parts.create(record).await?, true, operation));
            }
            drop(membership);
            let put = |reply| Message::Put(Box::new(spec.clone()), templates.clone(), operation, reply);
            // One that goes meanwhile is made anew.
            if let Some(known) = self.parts.ask(&id, put).await? {
                return Ok((known, false, operation));
            }
        }
    }

    /// One of them, now.
    pub fn get(&self, id: &ResourceId) -> Option<Arc<NGroup>> {
        Some(self.parts.find(id)?.view.borrow().clone())
    }

    /// The NGroups below a scope, by id.
    pub fn below(&self, scope: &str) -> Vec<Arc<NGroup>> {
        self.all_below(scope).into_iter().filter(|ngroup| !ngroup.is_pool()).collect()
    }

    /// The standby pools below a scope, by id.
    pub fn pools_below(&self, scope: &str) -> Vec<Arc<NGroup>> {
        self.all_below(scope).into_iter().filter(|ngroup| ngroup.is_pool()).collect()
    }

    fn all_below(&self, scope: &str) -> Vec<Arc<NGroup>> {
        let prefix = format!("{}/", scope.to_ascii_lowercase());
        let handles = self.parts.handles.read().unwrap_or_else(PoisonError::into_inner);
        let within = handles.iter().filter(|(key, _)| key.starts_with(&prefix));
        within.map(|(_, handle)| handle.view.borrow().clone()).collect()
    }

    /// Gives a ready group of a standby pool away; `None` where there is no such pool, or it has none that is as wanted.
    ///
    /// # Errors
    /// [`GroupError::NameTaken`], or when the store cannot be written.
    pub async fn draw(&self, pool: &ResourceId, wanted: Wanted) -> Result<Option<Drawn>, GroupError> {
        let Some(handle) = self.parts.find(pool) else { return Ok(None) };
        let (reply, answer) = oneshot::channel();
        if handle.inbox.send(Message::Draw(Box::new(wanted), reply)).is_err() {
            return Ok(None);
        }
        // A pool that went meanwhile has nothing to give.
        answer.await.unwrap_or(Ok(None))
    }

    /// How many groups of a standby pool are in which state, by zone where it has any.
    pub fn pool_counts(&self, pool: &NGroup) -> Vec<(Option<String>, Counts)> {
        let zones = pool.spec.zones.clone().filter(|zones| !zones.is_empty());
        let zones = zones.map_or_else(|| vec![None], |zones| zones.into_iter().map(Some).collect());
        let seen = |member: &Member| {
            self.parts.groups.get(&pool.member_id(&member.name)).map(|group| pool::seen(&group))
        };
        let counts = |zone: &Option<String>| {
            let within = pool.members.iter().filter(|it| zone.is_none() || it.zone == *zone);
            Counts::of(within.map(|member| (member.phase, seen(member))))
        };
        zones.iter().map(|zone| (zone.clone(), counts(zone))).collect()
    }

    /// Starts all members; the operation, `None` where there is no such NGroups.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn start(&self, id: &ResourceId) -> Result<Option<Uuid>, GroupError> {
        self.act(id, Action::Start).await
    }

    /// Restarts all members.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn restart(&self, id: &ResourceId) -> Result<Option<Uuid>, GroupError> {
        self.act(id, Action::Restart).await
    }

    /// Stops all members; whether there is such an NGroups.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn stop(&self, id: &ResourceId) -> Result<bool, GroupError> {
        let stopped = self.parts.ask(id, |reply| Message::Act(Action::Stop, None, reply)).await?;
        Ok(stopped.is_some())
    }

    async fn act(&self, id: &ResourceId, action: Action) -> Result<Option<Uuid>, GroupError> {
        let operation = self.parts.ids.next();
        let done = self.parts.ask(id, |reply| Message::Act(action, Some(operation), reply)).await?;
        Ok(done.map(|_| operation))
    }

    /// Deletes one with all its members, in the background.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn delete(&self, id: &ResourceId) -> Result<Option<(Arc<NGroup>, Uuid)>, GroupError> {
        let operation = self.parts.ids.next();
        let going = self.parts.ask(id, |reply| Message::Delete(operation, reply)).await?;
        Ok(going.map(|ngroup| (ngroup, operation)))
    }

    /// An operation, with where it is.
    pub fn operation(&self, id: Uuid) -> Option<Operation> {
        self.parts.operations.get(id)
    }

    /// Deletes all of them; ends when they are gone.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn clear(&self) -> Result<(), GroupError> {
        self.remove_below("/subscriptions").await
    }

    async fn remove_below(&self, scope: &str) -> Result<(), GroupError> {
        for ngroup in self.all_below(scope) {
            self.delete(&ngroup.id).await?;
            self.gone(&ngroup.id).await;
        }
        Ok(())
    }

    /// Ends when there is no such NGroups.
    async fn gone(&self, id: &ResourceId) {
        let Some(mut handle) = self.parts.find(id) else { return };
        // The task drops its sender when all is done.
        while handle.view.changed().await.is_ok() {}
    }

    /// Ends the tasks; members stay as they are.
    pub async fn shutdown(&self) {
        self.parts.stop.cancel();
        self.parts.tasks.close();
        self.parts.tasks.wait().await;
    }
}

#[async_trait]
impl Contents for NGroups {
    async fn remove_from(&self, group: &ResourceGroup) -> Result<(), GroupError> {
        self.remove_below(&group.id()).await
    }
}

impl Parts {
    fn find(&self, id: &ResourceId) -> Option<Handle> {
        self.handles.read().unwrap_or_else(PoisonError::into_inner).get(&id.key()).cloned()
    }

    fn forget(&self, id: &ResourceId) {
        self.handles.write().unwrap_or_else(PoisonError::into_inner).remove(&id.key());
    }

    async fn create(self: &Arc<Self>, record: NGroup) -> Result<Arc<NGroup>, StoreError> {
        let mut batch = Batch::default();
        batch.put(Table::NGroups, &record.id.key(), &record)?;
        driver::commit(&self.store, batch).await?;
        self.operations.note(&record);
        let answer = Arc::new(record.clone());
        self.run(record);
        Ok(answer)
    }

    fn run(self: &Arc<Self>, record: NGroup) {
        let (inbox, messages) = mpsc::unbounded_channel();
        let (view, watched) = watch::channel(Arc::new(record.clone()));
        let handle = Handle { inbox, view: watched };
        self.handles.write().unwrap_or_else(PoisonError::into_inner).insert(record.id.key(), handle);
        self.tasks.spawn(Task { record, parts: self.clone(), view }.run(messages));
    }

    /// Puts a request to a task; `None` where there is none.
    async fn ask(
        &self,
        id: &ResourceId,
        message: impl FnOnce(task::Reply) -> Message,
    ) -> Result<Option<Arc<NGroup>>, GroupError> {
        let Some(handle) = self.find(id) else { return Ok(None) };
        let (reply, answer) = oneshot::channel();
        if handle.inbox.send(message(reply)).is_err() {
            return Ok(None);
        }
        match answer.await {
            Ok(answer) => Ok(Some(answer?)),
            Err(_) => Ok(None),
        }
    }

    fn revision(&self, profile: &str, number: i32) -> Option<Revision> {
        let id: ResourceId = profile.parse().ok()?;
        self.profiles.get(&id.key())?.properties.get(Some(number)).cloned()
    }
}
