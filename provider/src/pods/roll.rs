//! The list of all groups, taken once for all pods.

use std::collections::HashMap;
use std::sync::Arc;

use aci_model::group::{ContainerGroup, ProvisioningState};
use jiff::Timestamp;
use tokio::sync::{Notify, watch};

use super::worker::Context;
use crate::clock::{later, until};
use crate::translate::tags::{Owner, owner};

/// What a list tells of a group: all but the states of its containers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    provisioning: Option<ProvisioningState>,
    address: Option<String>,
}

impl Entry {
    pub(super) fn of(group: &ContainerGroup) -> Self {
        let properties = group.properties.as_ref();
        let address = properties.and_then(|properties| properties.ip_address.as_ref()?.ip.clone());
        let provisioning = properties.and_then(|properties| properties.provisioning_state.clone());
        Self { provisioning, address: address.filter(|ip| !ip.is_empty()) }
    }
}

/// One list.
#[derive(Debug)]
pub(super) struct Page {
    /// When it was asked for: what happened earlier is in it.
    pub(super) began: Timestamp,
    /// The groups by name; `None` when the list failed.
    groups: Option<HashMap<String, (Entry, Option<Owner>)>>,
}

impl Page {
    /// What it tells of a group: `Some(None)` where it is not there.
    pub(super) fn entry(&self, name: &str) -> Option<Option<&Entry>> {
        Some(self.groups.as_ref()?.get(name).map(|(entry, _)| entry))
    }

    /// The group of another pod that had the same name.
    pub(super) fn rival(&self, namespace: &str, name: &str, uid: &str) -> Option<&str> {
        let groups = self.groups.iter().flatten();
        let mut rivals = groups.filter(|(_, (_, owner))| {
            let same = |owner: &Owner| owner.name == name && owner.namespace == namespace && owner.uid != uid;
            owner.as_ref().is_some_and(same)
        });
        rivals.next().map(|(name, _)| name.as_str())
    }
}

/// The newest list, as it is handed to everybody.
pub(super) type Newest = watch::Receiver<Option<Arc<Page>>>;

/// Where lists are published.
pub(super) struct Roll {
    newest: watch::Sender<Option<Arc<Page>>>,
    wanted: Notify,
}

impl Roll {
    pub(super) fn new() -> Self {
        Self { newest: watch::Sender::default(), wanted: Notify::new() }
    }

    pub(super) fn subscribe(&self) -> Newest {
        self.newest.subscribe()
    }

    /// Asks for a list soon.
    pub(super) fn want(&self) {
        self.wanted.notify_one();
    }

    /// The newest list, the first of all if there was none yet.
    pub(super) async fn newest(&self) -> Option<Arc<Page>> {
        let mut newest = self.subscribe();
        if newest.borrow().is_none() {
            self.want();
        }
        newest.wait_for(Option::is_some).await.ok()?.clone()
    }
}

/// Lists for ever, as often as pods need it.
pub(super) async fn run(context: Arc<Context>) {
    let mut counts = context.census.counts();
    let mut last: Option<Timestamp> = None;
    loop {
        let every = counts.borrow_and_update().list_every(context.config.poll_interval);
        let every = every.map(|every| every * context.budget.strain());
        let now = context.clock.now();
        let timer = async {
            match every {
                Some(every) => {
                    let due = last.map_or(now, |last| later(last, every));
                    context.clock.sleep(until(now, due)).await;
                }
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            changed = counts.changed() => if changed.is_ok() { continue } else { return },
            () = timer => {}
            () = context.roll.wanted.notified() => {}
        }
        last = Some(context.clock.now());
        let page = take(&context).await;
        context.roll.newest.send_replace(Some(Arc::new(page)));
    }
}

async fn take(context: &Context) -> Page {
    let began = context.clock.now();
    let settings = &context.config.translate;
    let groups = match context.budget.run(context.arm.list()).await {
        Ok(groups) => groups,
        Err(error) => {
            tracing::warn!(%error, "container groups cannot be listed");
            return Page { began, groups: None };
        }
    };
    let named = groups.into_iter().filter_map(|group| {
        let owner = owner(&group, &settings.node_name, &settings.cluster_id);
        Some((group.name.clone()?, (Entry::of(&group), owner)))
    });
    Page { began, groups: Some(named.collect()) }
}
