//! The task that owns one NGroups: it alone changes the record, and carries out what [`plan`] decides.
//!
//! Every decision is in the store before it is carried out, and making what is there already or deleting what is gone
//! succeeds: a process that ends in between goes on after its start where it was.

use std::sync::Arc;

use aci_model::group::ProvisioningState;
use aci_model::ngroup::NGroupProvisioningState;
use futures::future::select_all;
use tokio::sync::{mpsc, oneshot, watch};
use uuid::Uuid;

use super::pool::{self, Drawn, Wanted};
use super::record::{NGroup, Phase, Rollout, Spec, Template};
use super::{Parts, instance, plan};
use crate::authorship::Stamp;
use crate::group::{Group, GroupState, driver};
use crate::groups::{GroupError, Scope};
use crate::store::{Batch, StoreError, Table};
use crate::validate;

use plan::{Effect, Seen, Sight};

/// What the task is told.
pub(super) enum Message {
    /// Somebody wants it otherwise.
    Put(Box<Spec>, Vec<Template>, Uuid, Reply),
    /// Something is to be done with all members.
    Act(Action, Option<Uuid>, Reply),
    /// It is to go.
    Delete(Uuid, Reply),
    /// Somebody wants one of its groups.
    Draw(Box<Wanted>, oneshot::Sender<Result<Option<Drawn>, GroupError>>),
}

/// What can be done with all members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Start,
    Stop,
    Restart,
}

/// Where the answer goes.
pub(super) type Reply = oneshot::Sender<Result<Arc<NGroup>, StoreError>>;

/// The task's state.
pub(super) struct Task {
    pub(super) record: NGroup,
    pub(super) parts: Arc<Parts>,
    pub(super) view: watch::Sender<Arc<NGroup>>,
}

impl Task {
    /// Runs until it is deleted with all its members, or the emulator ends.
    pub(super) async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Message>) {
        let stop = self.parts.stop.clone();
        loop {
            let members = self.work().await;
            if self.record.is_deleting && self.record.members.is_empty() {
                return self.vanish().await;
            }
            let wake = plan::wake(&self.record);
            let clock = self.parts.clock.clone();
            let due = async {
                match wake {
                    Some(wake) => clock.sleep_until(wake).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                message = inbox.recv() => match message {
                    Some(message) => self.heed(message).await,
                    None => return,
                },
                // A deleted group is seen a moment longer by those who asked for its deletion.
                () = any_changes(members) => tokio::task::yield_now().await,
                () = due => {}
            }
        }
    }

    /// Does what there is to do now, and all that follows from it; the members to be watched for more.
    async fn work(&mut self) -> Vec<watch::Receiver<Arc<Group>>> {
        loop {
            let (seen, members) = self.look();
            let before = self.record.clone();
            let (ids, prefix) = (self.parts.ids.clone(), before.prefix().to_owned());
            let name = || format!("{prefix}{}", ids.next());
            let effects = plan::advance(&mut self.record, &seen, self.parts.clock.now(), name);
            if self.record != before
                && let Err(error) = self.save().await
            {
                // Nothing is done that the store does not know of; the next change of a member tries again.
                tracing::error!(ngroup = %before.id, %error, "failed to store NGroups");
                self.record = before;
                return members;
            }
            if effects.is_empty() {
                return members;
            }
            let mut is_done = true;
            for effect in effects {
                is_done &= self.carry_out(effect).await;
            }
            if let Err(error) = self.save().await {
                // What was done is seen again after a start.
                tracing::error!(ngroup = %self.record.id, %error, "failed to store NGroups");
            }
            if !is_done {
                return members;
            }
        }
    }

    /// What is seen of the members, and how to see more.
    fn look(&self) -> (Sight, Vec<watch::Receiver<Arc<Group>>>) {
        let watched = self.record.members.iter().filter_map(|member| {
            let mut view = self.parts.groups.watch(&self.record.member_id(&member.name))?;
            let group = view.borrow_and_update().clone();
            let seen = if self.record.is_pool() { pool::seen(&group) } else { seen(&group) };
            Some((member.name.clone(), seen, view))
        });
        let mut sight = Sight::new();
        let mut members = Vec::new();
        for (name, seen, view) in watched {
            sight.insert(name, seen);
            members.push(view);
        }
        (sight, members)
    }

    /// Whether it could be done; what could not is tried again when something else happens.
    async fn carry_out(&mut self, effect: Effect) -> bool {
        match effect {
            Effect::Put(name) => {
                let refusal = self.put(&name).await.err();
                let mut members = self.record.members.iter_mut();
                let Some(member) = members.find(|member| member.name == name) else { return true };
                match refusal {
                    None => member.phase = Phase::Made,
                    // It is on its way meanwhile, and takes the change when it has arrived.
                    Some(Refusal::NotNow) => return false,
                    Some(Refusal::Never(why)) => member.refusal = Some(why),
                }
                true
            }
            Effect::Delete(name) => match self.parts.groups.delete(&self.record.member_id(&name)).await {
                Ok(_) => {
                    self.record.members.retain(|member| member.name != name);
                    true
                }
                Err(error) => {
                    tracing::error!(ngroup = %self.record.id, %error, "failed to delete a member");
                    false
                }
            },
        }
    }

    async fn put(&self, name: &str) -> Result<(), Refusal> {
        let member = self.record.members.iter().find(|member| member.name == name);
        let Some(member) = member else { return Ok(()) };
        let template = &member.template;
        let revision = self.parts.revision(&template.profile, template.revision).ok_or_else(|| {
            let Template { profile, revision, .. } = template;
            Refusal::Never(format!(
                "Revision '{revision}' of the container group profile '{profile}' does not exist."
            ))
        })?;
        let never = |why: String| Refusal::Never(why);
        let limits = self.parts.limits.now();
        let spec = instance::container_group(&self.record, member, &revision, &limits)
            .map_err(|why| never(why.to_string()))?;
        let id = self.record.member_id(name);
        if let Some(known) = self.parts.groups.get(&id) {
            validate::check_update(name, &known.spec, &spec).map_err(|why| never(why.to_string()))?;
        }
        if limits.enforce.quotas {
            let all = self.parts.groups.list(&Scope::Subscription(id.subscription.clone()));
            validate::check_quotas(&limits, &id, &spec, all.iter().map(AsRef::as_ref))
                .map_err(|why| never(why.to_string()))?;
        }
        let version = self.record.spec.version.max(super::FIRST_WITH_ALL);
        // Whoever asked for the whole asked for its members (ASSUMED).
        let by = self.record.spec.authorship.as_ref();
        let by = by.map(|it| Stamp { at: self.parts.clock.now(), ..it.latest().clone() });
        match self.parts.groups.put(id, spec, version, by).await {
            Ok(_) => Ok(()),
            Err(GroupError::Transitioning(_)) => Err(Refusal::NotNow),
            Err(error) => Err(never(error.to_string())),
        }
    }

    async fn heed(&mut self, message: Message) {
        let before = self.record.clone();
        let reply = match message {
            Message::Put(spec, templates, operation, reply) => {
                self.want(*spec, templates);
                self.record.is_deleting = false;
                self.begin(NGroupProvisioningState::Updating, Some(operation));
                reply
            }
            Message::Delete(operation, reply) => {
                self.record.is_deleting = true;
                self.begin(NGroupProvisioningState::Deleting, Some(operation));
                reply
            }
            Message::Act(action, operation, reply) => {
                self.act(action).await;
                if operation.is_some() {
                    self.begin(NGroupProvisioningState::Updating, operation);
                }
                reply
            }
            Message::Draw(wanted, reply) => {
                let _gone = reply.send(self.draw(*wanted).await);
                return;
            }
        };
        let answer = match self.save().await {
            Ok(()) => Ok(Arc::new(self.record.clone())),
            Err(error) => {
                self.record = before;
                Err(error)
            }
        };
        // A client that no longer waits needs no answer.
        let _gone = reply.send(answer);
    }

    /// Takes a request over. What failed before is tried again, and a batch that is under way is finished by deleting
    /// what it has replaced.
    fn want(&mut self, spec: Spec, templates: Vec<Template>) {
        let (seen, _) = self.look();
        (self.record.spec, self.record.templates, self.record.rollout) = (spec, templates, Rollout::Ready);
        self.record.degraded_until = None;
        for member in &mut self.record.members {
            member.refusal = None;
            member.phase = match member.phase {
                Phase::Replaced => Phase::Leaving,
                Phase::Made if matches!(seen.get(&member.name), Some(Seen::Unhealthy(_))) => Phase::Outdated,
                phase => phase,
            };
        }
    }

    /// Gives the oldest group away that is as wanted; the next step makes another in its place.
    async fn draw(&mut self, wanted: Wanted) -> Result<Option<Drawn>, GroupError> {
        let (seen, _) = self.look();
        for name in pool::ready(&self.record, &seen, &wanted) {
            let from = self.record.member_id(&name);
            let Some(warm) = self.parts.groups.get(&from) else { continue };
            let spec = pool::drawn(&warm.spec, &wanted);
            let (to, version) = (wanted.id.clone(), wanted.version);
            let Some(drawn) = self.parts.groups.draw(&from, to, spec, version).await? else { continue };
            self.record.members.retain(|member| member.name != name);
            if let Err(error) = self.save().await {
                // It is missed, and replaced, as one that somebody has deleted.
                tracing::error!(pool = %self.record.id, %error, "failed to store a standby pool");
            }
            return Ok(Some(drawn));
        }
        Ok(None)
    }

    fn begin(&mut self, state: NGroupProvisioningState, operation: Option<Uuid>) {
        self.record.state = state;
        self.record.error = None;
        self.record.operation = operation.map(|id| (id, self.parts.clock.now()));
    }

    async fn act(&self, action: Action) {
        for member in &self.record.members {
            let id = self.record.member_id(&member.name);
            let groups = &self.parts.groups;
            let done = match action {
                Action::Start => groups.start(&id).await.map(drop),
                Action::Stop => groups.stop(&id).await,
                Action::Restart => groups.restart(&id).await.map(drop),
            };
            // What cannot be restarted now (stopped, on its way, gone) is left as it is.
            if let Err(error) = done {
                tracing::debug!(group = %id, %error, ?action, "A member does not follow");
            }
        }
    }

    async fn save(&self) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        batch.put(Table::NGroups, &self.record.id.key(), &self.record)?;
        driver::commit(&self.parts.store, batch).await?;
        self.parts.operations.note(&self.record);
        self.view.send_replace(Arc::new(self.record.clone()));
        Ok(())
    }

    async fn vanish(self) {
        let id = &self.record.id;
        let mut batch = Batch::default();
        batch.remove(Table::NGroups, &id.key());
        if let Err(error) = driver::commit(&self.parts.store, batch).await {
            // It is still there after a start, and goes then.
            tracing::error!(ngroup = %id, %error, "failed to remove NGroups from the store");
        }
        self.parts.forget(id);
        self.parts.operations.finish(id, &NGroupProvisioningState::Succeeded, None);
    }
}

/// Why a member was not made or changed.
enum Refusal {
    NotNow,
    Never(String),
}

fn seen(group: &Group) -> Seen {
    match (&group.status.provisioning_state, group.status.state) {
        (ProvisioningState::Failed, _) | (ProvisioningState::Succeeded, GroupState::Failed) => {
            Seen::Unhealthy(group.status.event_messages())
        }
        (ProvisioningState::Succeeded, _) => Seen::Healthy,
        _ => Seen::Working,
    }
}

/// Ends when a member changes or is deleted; never where there are none.
async fn any_changes(mut members: Vec<watch::Receiver<Arc<Group>>>) {
    if members.is_empty() {
        return std::future::pending().await;
    }
    let changes = members.iter_mut().map(|member| Box::pin(member.changed()));
    // A closed channel is a deleted group: a change like any other.
    let _deleted = select_all(changes).await;
}
