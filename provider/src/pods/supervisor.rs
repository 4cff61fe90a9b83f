//! One worker for every pod: no pod waits for another.

use std::collections::HashMap;
use std::sync::Arc;

use k8s_openapi::api::core::v1::Pod;
use kube::runtime::reflector::Store;
use kube::runtime::watcher::Event;
use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use super::worker::{Context, Worker};

/// A pod's worker as the supervisor sees it.
struct Handle {
    namespace: Option<String>,
    name: Option<String>,
    desired: watch::Sender<Option<Arc<Pod>>>,
}

/// The workers by the UIDs of their pods.
pub(super) struct Supervisor {
    context: Arc<Context>,
    store: Store<Pod>,
    shutdown: CancellationToken,
    handles: HashMap<String, Handle>,
    /// Pods that wait until their predecessors of the same name have ended.
    successors: Vec<Arc<Pod>>,
    tasks: JoinSet<()>,
    uids: HashMap<Id, String>,
}

impl Supervisor {
    pub(super) fn new(context: Arc<Context>, store: Store<Pod>, shutdown: CancellationToken) -> Self {
        Self {
            context,
            store,
            shutdown,
            handles: HashMap::new(),
            successors: Vec::new(),
            tasks: JoinSet::new(),
            uids: HashMap::new(),
        }
    }

    /// Passes on what the watch saw.
    pub(super) fn handle(&mut self, event: Event<Pod>) {
        match event {
            Event::Apply(pod) | Event::InitApply(pod) => self.upsert(pod),
            Event::Delete(pod) => self.gone(pod.metadata.uid.as_deref().unwrap_or_default()),
            Event::Init => {}
            Event::InitDone => self.sweep(),
        }
    }

    /// The next worker that has ended; for ever when there is none.
    pub(super) async fn ended(&mut self) -> Result<Id, JoinError> {
        match self.tasks.join_next_with_id().await {
            Some(ended) => ended.map(|(id, ())| id),
            None => std::future::pending().await,
        }
    }

    /// Forgets a worker that has ended; one that panicked is replaced while its pod is there.
    pub(super) fn forget(&mut self, ended: Result<Id, JoinError>) {
        let id = match &ended {
            Ok(id) => *id,
            Err(error) => error.id(),
        };
        let Some(uid) = self.uids.remove(&id) else { return };
        let Some(handle) = self.handles.remove(&uid) else { return };
        let pod = handle.desired.borrow().clone();
        if let (Err(error), Some(pod)) = (&ended, pod) {
            tracing::error!(%error, pod.uid = uid, "the worker of a pod broke down; another one takes over");
            self.start(uid, pod);
        }
        for successor in std::mem::take(&mut self.successors) {
            self.start_in_turn(successor);
        }
    }

    /// Waits until all workers have come to rest.
    pub(super) async fn drain(mut self) {
        while self.tasks.join_next().await.is_some() {}
    }

    fn upsert(&mut self, pod: Pod) {
        let Some(uid) = pod.metadata.uid.clone() else { return };
        let pod = Arc::new(pod);
        match self.handles.get(&uid) {
            Some(handle) => {
                handle.desired.send_replace(Some(pod));
            }
            None => {
                self.successors.retain(|other| other.metadata.uid != pod.metadata.uid);
                self.start_in_turn(pod);
            }
        }
    }

    /// Starts the worker of a pod unless one of the same name is still at work on its predecessor.
    ///
    /// A watch that had to start again may never tell that a pod was replaced, so the predecessor is told here.
    fn start_in_turn(&mut self, pod: Arc<Pod>) {
        let same =
            |handle: &&Handle| handle.name == pod.metadata.name && handle.namespace == pod.metadata.namespace;
        let mut predecessors = self.handles.values().filter(same).peekable();
        if predecessors.peek().is_none() {
            let uid = pod.metadata.uid.clone().unwrap_or_default();
            return self.start(uid, pod);
        }
        for predecessor in predecessors {
            predecessor.desired.send_replace(None);
        }
        self.successors.push(pod);
    }

    fn start(&mut self, uid: String, pod: Arc<Pod>) {
        let (desired, receiver) = watch::channel(Some(Arc::clone(&pod)));
        let handle =
            Handle { namespace: pod.metadata.namespace.clone(), name: pod.metadata.name.clone(), desired };
        let worker = Worker::new(Arc::clone(&self.context), pod, receiver);
        let task = self.tasks.spawn(worker.run(self.shutdown.clone()));
        self.uids.insert(task.id(), uid.clone());
        self.handles.insert(uid, handle);
    }

    fn gone(&mut self, uid: &str) {
        self.successors.retain(|pod| pod.metadata.uid.as_deref() != Some(uid));
        if let Some(handle) = self.handles.get(uid) {
            handle.desired.send_replace(None);
        }
    }

    /// After a fresh list: pods that are not in it are gone.
    fn sweep(&mut self) {
        let alive: std::collections::HashSet<_> =
            self.store.state().iter().filter_map(|pod| pod.metadata.uid.clone()).collect();
        self.successors.retain(|pod| pod.metadata.uid.as_ref().is_some_and(|uid| alive.contains(uid)));
        for (uid, handle) in &self.handles {
            if !alive.contains(uid) {
                handle.desired.send_replace(None);
            }
        }
    }
}
