//! Deployments as they are kept: what was asked, what became of it, and which of them are under way.
//!
//! A deployment's own work is done at the edge, as all it does are calls of Azure Resource Manager (`api/deployments`).
//! Values of secure parameters are never part of a record.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use aci_model::error::CloudErrorBody;
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

pub mod record;

use crate::collection::{Collection, Record as _};
use crate::store::{Store, StoreError};
use record::{Deployment, State};

/// How many answers of comparisons wait to be fetched; a client fetches its own at once.
const RESULTS: usize = 64;

/// All deployments; cheap to clone.
#[derive(Clone)]
pub struct Deployments {
    records: Collection<Deployment>,
    under_way: Arc<Mutex<HashMap<String, UnderWay>>>,
    results: Arc<Mutex<VecDeque<(Uuid, Value)>>>,
    changes: watch::Sender<()>,
    tasks: TaskTracker,
}

/// A deployment that is under way: the operation that it is, and what tells it to stop.
struct UnderWay {
    operation: String,
    stop: CancellationToken,
}

impl Deployments {
    /// Loads what the store holds. What the program's end interrupted has failed: the caller in whose name it went on is
    /// not known any more.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn open(store: Store, now: Timestamp) -> Result<Self, StoreError> {
        let records: Collection<Deployment> = Collection::open(store)?;
        for record in records.all().into_iter().filter(|record| !record.state.is_terminal()) {
            let mut ended = record.as_ref().clone();
            ended.error = Some(CloudErrorBody {
                code: "DeploymentFailed".to_owned(),
                message: "The emulator ended while the deployment was under way. Deploy again.".to_owned(),
                ..CloudErrorBody::default()
            });
            ended.end(State::Failed, now);
            records.put(ended)?;
        }
        Ok(Self {
            records,
            under_way: Arc::default(),
            results: Arc::default(),
            changes: watch::channel(()).0,
            tasks: TaskTracker::new(),
        })
    }

    /// The deployment with an id.
    pub fn get(&self, id: &str) -> Option<Arc<Deployment>> {
        self.records.get(id)
    }

    /// The deployments of exactly a scope, the latest first.
    pub fn of(&self, scope: &str) -> Vec<Arc<Deployment>> {
        let mut all = self.records.below(scope);
        all.retain(|it| it.scope.eq_ignore_ascii_case(scope));
        all.sort_by_key(|it| std::cmp::Reverse(it.started));
        all
    }

    /// Begins a deployment unless one of its id is under way, which comes back then; the token ends when it is to be
    /// canceled.
    ///
    /// # Errors
    /// When the store cannot be written; nothing has begun then.
    pub fn begin(
        &self,
        deployment: Deployment,
    ) -> Result<Result<CancellationToken, Arc<Deployment>>, StoreError> {
        let key = deployment.key();
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if under_way.contains_key(&key)
            && let Some(known) = self.records.get(&key)
        {
            return Ok(Err(known));
        }
        let (operation, stop) = (deployment.operation.clone(), CancellationToken::new());
        self.records.put(deployment)?;
        under_way.insert(key, UnderWay { operation, stop: stop.clone() });
        Ok(Ok(stop))
    }

    /// Does a deployment's work in the background.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(work);
    }

    /// Writes what has become of a deployment; one that was deleted or replaced meanwhile stays so.
    pub fn update(&self, deployment: &Deployment) {
        let key = deployment.key();
        let is_latest = |operation: &str| operation == deployment.operation;
        if self.records.get(&key).is_some_and(|known| is_latest(&known.operation))
            && let Err(error) = self.records.put(deployment.clone())
        {
            tracing::error!(%error, deployment = %deployment.name, "Failed to write a deployment");
        }
        if deployment.state.is_terminal() {
            let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
            if under_way.get(&key).is_some_and(|known| is_latest(&known.operation)) {
                under_way.remove(&key);
            }
        }
        self.changes.send_replace(());
    }

    /// Tells a deployment to stop; whether it was under way.
    pub fn cancel(&self, id: &str) -> bool {
        let under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        under_way.get(&id.to_ascii_lowercase()).map(|it| it.stop.cancel()).is_some()
    }

    /// Removes a deployment, not what it deployed; whether there was one.
    ///
    /// # Errors
    /// When the store cannot be written; nothing has changed then.
    pub fn remove(&self, id: &str) -> Result<bool, StoreError> {
        Ok(self.records.remove(id)?.is_some())
    }

    /// Removes the deployments to a scope or below it; those under way stop.
    ///
    /// # Errors
    /// When the store cannot be written; nothing has changed then.
    pub fn remove_below(&self, scope: &str) -> Result<(), StoreError> {
        for deployment in self.records.below(scope) {
            self.cancel(&deployment.id);
        }
        self.records.remove_below(scope)
    }

    /// Removes all deployments; those under way stop.
    ///
    /// # Errors
    /// When the store cannot be written; nothing has changed then.
    pub fn clear(&self) -> Result<(), StoreError> {
        self.cancel_all();
        self.records.clear()
    }

    /// Tells whenever a deployment has changed.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    /// Keeps what a comparison found until it is fetched.
    pub fn keep_result(&self, id: Uuid, result: Value) {
        let mut results = self.results.lock().unwrap_or_else(PoisonError::into_inner);
        if results.len() >= RESULTS {
            results.pop_front();
        }
        results.push_back((id, result));
    }

    /// What a comparison found.
    pub fn result(&self, id: Uuid) -> Option<Value> {
        let results = self.results.lock().unwrap_or_else(PoisonError::into_inner);
        results.iter().find(|(known, _)| *known == id).map(|(_, result)| result.clone())
    }

    /// Stops those that are under way and waits until they have said so.
    pub async fn shutdown(&self) {
        self.cancel_all();
        self.tasks.close();
        self.tasks.wait().await;
    }

    fn cancel_all(&self) {
        let under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        under_way.values().for_each(|it| it.stop.cancel());
    }
}
