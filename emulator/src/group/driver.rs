//! The task that owns a group: inputs in, effects out, the result published and stored.
//!
//! Every step is written to the store before its effects begin (write-ahead), so after a kill -9 nothing has
//! happened that the store does not know of, and [`transition::Input::Found`] makes up for what had not
//! happened yet. The runs and counts of probes alone are not stored: a new process begins them anew.

use std::sync::Arc;

use aci_model::ResourceId;
use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot, watch};
use uuid::Uuid;

use super::Group;
use super::delivery;
use super::effects::Effects;
use super::machine::Machine;
use super::request::{self, Answer, Refusal, Request};
use super::transition::{self, Effect, Input};
use crate::clock::SharedClock;
use crate::groups::Operations;
use crate::store::{Batch, Store, StoreError, Table};

/// What the task is told.
pub(crate) enum Message {
    /// Something happened.
    Input(Input),
    /// A client asks; the answer comes with the group as the request left it.
    Request(Request, oneshot::Sender<Reply>),
}

/// The answer to a request and the group after it.
pub(crate) type Reply = Result<(Answer, Arc<Group>), RequestError>;

/// Why a request failed; the group is as before.
#[derive(Debug)]
pub(crate) enum RequestError {
    Refused(Refusal),
    Store(StoreError),
}

/// The inbox of a group's task. Unbounded, because its senders must never wait for one group (the router of
/// observations serves all of them) and send little: one result per effect, one message per observation.
pub(crate) type Inbox = mpsc::UnboundedSender<Message>;

/// The task's state.
pub(crate) struct Driver {
    pub(crate) machine: Machine,
    pub(crate) store: Store,
    pub(crate) clock: SharedClock,
    pub(crate) operations: Operations,
    pub(crate) effects: Effects,
    pub(crate) view: watch::Sender<Arc<Group>>,
}

impl Driver {
    /// Runs until the group is deleted or the inbox is closed by the end of the effects' token.
    pub(crate) async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Message>) {
        let stop = self.effects.stop.clone();
        while !self.machine.is_deleted() {
            let deadline = self.machine.deadline();
            let wake = async {
                match deadline {
                    Some(deadline) => self.clock.sleep_until(deadline).await,
                    None => std::future::pending().await,
                }
            };
            // Biased, so that what was found at the start is known before anything is due. A tick is not
            // starved by a full inbox, for every input begins what is due.
            let message = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                message = inbox.recv() => message,
                () = wake => Some(Message::Input(Input::Tick)),
            };
            match message {
                Some(Message::Input(input)) => self.step(input).await,
                Some(Message::Request(request, reply)) => self.request(request, reply).await,
                None => return,
            }
        }
    }

    async fn step(&mut self, input: Input) {
        let before = self.machine.clone();
        let now = self.clock.now();
        let effects = transition::step(&mut self.machine, input, now);
        if !self.machine.is_stored_as(&before)
            && let Err(error) = self.save(None, &before.group.id, now).await
        {
            // What happened cannot be refused; the next step writes it with its own.
            let group = self.machine.group.id.to_string();
            tracing::error!(group, error = %error, "failed to store a container group");
        }
        // At once, for operations have told already what the view must show.
        self.publish(effects);
        let Effects { platform, .. } = &self.effects;
        delivery::deliver_events(&self.machine.group, &before.group.status, platform).await;
    }

    async fn request(&mut self, request: Request, reply: oneshot::Sender<Reply>) {
        let before = self.machine.clone();
        let now = self.clock.now();
        let (answer, effects) = match request::request(&mut self.machine, request, now) {
            Ok(done) => done,
            Err(refusal) => {
                // A client that no longer waits needs no refusal.
                let _gone = reply.send(Err(RequestError::Refused(refusal)));
                return;
            }
        };
        let operation = match answer {
            Answer::UnderWay(operation) => Some(operation),
            Answer::Done | Answer::NothingToDo => None,
        };
        if self.machine != before
            && let Err(error) = self.save(operation, &before.group.id, now).await
        {
            self.machine = before;
            let _gone = reply.send(Err(RequestError::Store(error)));
            return;
        }
        let group = Arc::new(self.machine.group.clone());
        self.publish(effects);
        let _gone = reply.send(Ok((answer, group)));
    }

    /// Writes the group, which had perhaps another id `before`, a new operation and the operations that have ended, in
    /// one transaction.
    async fn save(
        &self,
        operation: Option<Uuid>,
        before: &ResourceId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        let group = &self.machine.group;
        let key = group.id.key();
        if *before != group.id {
            batch.remove(Table::Groups, &before.key());
        }
        if self.machine.is_deleted() {
            batch.remove(Table::Groups, &key);
        } else {
            batch.put(Table::Groups, &key, &self.machine)?;
        }
        let is_over = self.machine.is_deleted() || !self.machine.in_transition();
        let changed = self.operations.prepare(operation, group, is_over, now);
        changed.write(&mut batch)?;
        commit(&self.store, batch).await?;
        self.operations.apply(changed);
        Ok(())
    }

    fn publish(&mut self, effects: Vec<Effect>) {
        if **self.view.borrow() != self.machine.group {
            self.view.send_replace(Arc::new(self.machine.group.clone()));
        }
        for effect in effects {
            self.effects.begin(&self.machine.group, effect);
        }
    }
}

/// Commits on a thread that may block, for the disk decides how long; in memory at once.
pub(crate) async fn commit(store: &Store, batch: Batch) -> Result<(), StoreError> {
    if !store.may_block() {
        return store.commit(batch);
    }
    let store = store.clone();
    let commit = tokio::task::spawn_blocking(move || store.commit(batch));
    commit.await.unwrap_or_else(|error| Err(StoreError::Access(error.to_string())))
}
