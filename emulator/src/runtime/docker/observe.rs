//! What happens on the engine: one stream of Docker's events, turned into observations for whoever listens.
//!
//! After an interruption the stream is asked for everything since the last event that came through, and what
//! exists is listed as well, because an engine that was restarted has forgotten its events.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use bollard::models::{ContainerSummaryStateEnum, EventMessage};
use bollard::query_parameters::{EventsOptionsBuilder, ListContainersOptionsBuilder};
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use jiff::Timestamp;
use tokio::sync::broadcast::error::RecvError;

use super::engine::Engine;
use super::error::{refused, words};
use super::labels::{self, Labels, Role, Tag};
use super::state;
use crate::runtime::{Exit, Observation, RuntimeError, SandboxId};

/// The first wait before the engine is tried again; doubled up to [`LONGEST_WAIT`].
const FIRST_WAIT: Duration = Duration::from_millis(100);
/// An engine takes seconds to restart; groups should not be blind for longer after it is back.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Something of ours that Docker tells.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    id: String,
    tag: Tag,
    /// The exit by the event itself, for a container that is gone before it can be asked.
    exit: Option<Exit>,
}

/// Reads an event; `None` when it is about nothing of ours.
fn read(event: &EventMessage) -> Option<Told> {
    let actor = event.actor.as_ref()?;
    let attributes = actor.attributes.as_ref()?;
    let finished_at = at(event)?;
    let exit = attributes.get("exitCode").and_then(|code| code.parse().ok());
    Some(Told {
        id: actor.id.clone()?,
        tag: labels::parse(attributes)?,
        exit: exit.map(|code| Exit { code: state::code(code), oom_killed: false, finished_at }),
    })
}

fn at(event: &EventMessage) -> Option<Timestamp> {
    Timestamp::from_nanosecond(event.time_nano?.into()).ok()
}

/// A time as Docker's `since` takes it, just after the given one.
fn just_after(time: Timestamp) -> String {
    let nanos = time.as_nanosecond() + 1;
    format!("{}.{:09}", nanos.div_euclid(1_000_000_000), nanos.rem_euclid(1_000_000_000))
}

/// Which of the sandboxes that should live do not.
fn lost(known: impl IntoIterator<Item = SandboxId>, alive: &HashSet<SandboxId>) -> Vec<SandboxId> {
    known.into_iter().filter(|sandbox| !alive.contains(sandbox)).collect()
}

/// Follows the engine until the runtime goes.
pub(crate) async fn watch(engine: Arc<Engine>, from: Timestamp) {
    let mut last = from;
    let mut wait = FIRST_WAIT;
    loop {
        let heard = last;
        let reason = engine.follow(&mut last).await;
        if last > heard {
            wait = FIRST_WAIT;
        }
        tracing::warn!(reason, "Docker's event stream ended; connecting again");
        loop {
            // A listener that fell behind asks for the same thing, so it may cut the wait short.
            let _elapsed = tokio::time::timeout(wait, engine.tell_again.notified()).await;
            wait = (wait * 2).min(LONGEST_WAIT);
            match engine.tell_everything().await {
                Ok(()) => break,
                Err(error) => tracing::warn!(%error, "the engine is not back yet"),
            }
        }
    }
}

impl Engine {
    /// What is observed from now on.
    pub(crate) fn observe(self: &Arc<Self>) -> BoxStream<'static, Observation> {
        let listening = (self.observations.subscribe(), Arc::downgrade(self));
        stream::unfold(listening, |(mut receiver, engine)| async move {
            loop {
                match receiver.recv().await {
                    Ok(observation) => return Some((observation, (receiver, engine))),
                    Err(RecvError::Closed) => return None,
                    Err(RecvError::Lagged(missed)) => {
                        tracing::warn!(missed, "a listener fell behind and is told everything again");
                        engine.upgrade()?.tell_again.notify_one();
                    }
                }
            }
        })
        .boxed()
    }

    /// Tells what comes until the stream breaks; says why it did.
    async fn follow(&self, last: &mut Timestamp) -> String {
        let mut filters = labels::filter([(labels::EMULATOR, self.owner.as_str())]);
        filters.insert("type".to_owned(), vec!["container".to_owned()]);
        filters.insert("event".to_owned(), vec!["die".to_owned(), "destroy".to_owned()]);
        let options = EventsOptionsBuilder::new().since(&just_after(*last)).filters(&filters).build();
        let mut events = self.docker.events(Some(options)).boxed();
        loop {
            let event = tokio::select! {
                event = events.next() => event,
                () = self.tell_again.notified() => {
                    match self.tell_everything().await {
                        Ok(()) => continue,
                        Err(error) => return error.to_string(),
                    }
                }
            };
            match event {
                None => return "the engine closed it".to_owned(),
                Some(Err(error)) => return words(&error),
                Some(Ok(event)) => {
                    *last = at(&event).unwrap_or(*last).max(*last);
                    if let Some(told) = read(&event)
                        && let Err(error) = self.tell(told).await
                    {
                        return error.to_string();
                    }
                }
            }
        }
    }

    async fn tell(&self, told: Told) -> Result<(), RuntimeError> {
        let Told { id, tag, exit } = told;
        match tag.role {
            Role::Volume => {}
            Role::Sandbox => self.tell_lost(tag.sandbox),
            Role::Container { name, attempt } => {
                let found = self.inspect(&id).await?;
                let exit = match found.and_then(|found| found.state) {
                    Some(state) => state::exit(&state),
                    None => exit,
                };
                if let Some(exit) = exit {
                    self.say(Observation::Exited { sandbox: tag.sandbox, container: name, attempt, exit });
                }
            }
        }
        Ok(())
    }

    /// A sandbox that we removed ourselves is not among those that should live, so it is never lost.
    fn tell_lost(&self, sandbox: SandboxId) {
        if self.with_sandboxes(|known| known.remove(&sandbox)).is_some() {
            self.say(Observation::SandboxLost { sandbox });
        }
    }

    fn say(&self, observation: Observation) {
        // Without a listener nobody misses it: whoever comes later adopts first.
        let _listeners = self.observations.send(observation);
    }

    /// Tells every exit and every loss that there is to see.
    async fn tell_everything(&self) -> Result<(), RuntimeError> {
        let known: Vec<SandboxId> = self.with_sandboxes(|known| known.keys().cloned().collect());
        let ours = labels::filter([(labels::EMULATOR, self.owner.as_str())]);
        let ours = ListContainersOptionsBuilder::new().all(true).filters(&ours).build();
        let mut alive = HashSet::new();
        for container in self.docker.list_containers(Some(ours)).await.map_err(refused)? {
            let running = container.state == Some(ContainerSummaryStateEnum::RUNNING);
            let labels: Labels = container.labels.unwrap_or_default();
            let (Some(id), Some(tag)) = (container.id, labels::parse(&labels)) else { continue };
            match tag.role {
                Role::Sandbox if running => drop(alive.insert(tag.sandbox)),
                Role::Container { .. } if !running => self.tell(Told { id, tag, exit: None }).await?,
                _ => {}
            }
        }
        lost(known, &alive).into_iter().for_each(|sandbox| self.tell_lost(sandbox));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use bollard::models::EventActor;

    use super::*;

    fn event(labels: Labels) -> EventMessage {
        EventMessage {
            actor: Some(EventActor { id: Some("abc".into()), attributes: Some(labels) }),
            time_nano: Some(1_700_000_000_000_000_005),
            ..EventMessage::default()
        }
    }

    fn container_labels() -> Labels {
        let group = aci_model::ResourceId::container_group("s", "rg", "web");
        let mut all = labels::deployment("me", &group, &SandboxId("d1".into()), labels::ROLE_CONTAINER);
        all.extend(labels::labels([(labels::CONTAINER, "app"), (labels::ATTEMPT, "1"), ("exitCode", "3")]));
        all
    }

    #[test]
    fn an_event_tells_which_attempt_ended_and_how() {
        let told = read(&event(container_labels())).unwrap();
        assert_eq!(told.tag.role, Role::Container { name: "app".into(), attempt: 1 });
        let exit = told.exit.unwrap();
        assert_eq!((exit.code, exit.finished_at.as_second()), (3, 1_700_000_000));
    }

    #[test]
    fn a_strangers_event_is_nothing() {
        assert_eq!(read(&event(Labels::new())), None);
        assert_eq!(read(&EventMessage::default()), None);
    }

    #[test]
    fn the_stream_goes_on_right_after_the_last_event() {
        let time = Timestamp::from_nanosecond(1_700_000_000_000_000_005).unwrap();
        assert_eq!(just_after(time), "1700000000.000000006");
    }

    #[test]
    fn what_is_known_and_not_alive_is_lost() {
        let id = |name: &str| SandboxId(name.into());
        assert_eq!(lost([id("a"), id("b")], &HashSet::from([id("a"), id("c")])), [id("b")]);
    }
}
