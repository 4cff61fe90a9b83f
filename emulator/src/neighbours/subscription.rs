//! What a subscription is besides its id: tags, state, and the providers that it is registered with.
//!
//! Any subscription exists (`directory.rs`); a record is made when something about it is first said.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::tracked::Tags;
use crate::collection::Record;
use crate::store::Table;

/// What is known about a subscription.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Subscription {
    /// Its id, as the caller wrote it.
    pub id: String,
    /// Its tags.
    pub tags: Tags,
    /// Whether it may be written.
    pub state: SubscriptionState,
    /// Whether providers are registered, by namespace in lower case; others are as the emulator's setting says.
    pub registrations: BTreeMap<String, bool>,
}

/// Whether a subscription may be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SubscriptionState {
    /// It may.
    #[default]
    Enabled,
    /// It may only be read (`ReadOnlyDisabledSubscription`).
    Disabled,
}

impl SubscriptionState {
    /// Azure's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "Enabled",
            Self::Disabled => "Disabled",
        }
    }
}

impl Subscription {
    /// What is known about a subscription of which nothing was said.
    pub fn new(id: &str) -> Self {
        Self { id: id.to_owned(), ..Self::default() }
    }

    /// The key of a subscription's record, as resource groups and the rest begin.
    pub fn key_of(id: &str) -> String {
        format!("/subscriptions/{}", id.to_ascii_lowercase())
    }

    /// Whether a provider is registered, where anything was said about that.
    pub fn is_registered(&self, namespace: &str) -> Option<bool> {
        self.registrations.get(&namespace.to_ascii_lowercase()).copied()
    }
}

impl Record for Subscription {
    const TABLE: Table = Table::Subscriptions;

    fn key(&self) -> String {
        Self::key_of(&self.id)
    }
}
