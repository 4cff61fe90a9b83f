//! Who made a resource and who changed it last: what `systemData` tells.
//!
//! Source: "System Metadata for all Azure resources" in ARM's contract with resource providers. A refused request
//! changes nothing; an accepted one counts from when it was made, whatever becomes of its operation.

use aci_model::resource::SystemData;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What somebody is, in the words of `createdByType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AuthorKind {
    /// A person.
    User,
    /// A program.
    Application,
    /// A managed identity.
    ManagedIdentity,
}

impl AuthorKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Application => "Application",
            Self::ManagedIdentity => "ManagedIdentity",
        }
    }
}

/// Somebody who writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// The user principal name of a person, the client id of a program, the object id of a managed identity.
    pub name: Box<str>,
    /// What that is.
    pub kind: AuthorKind,
}

/// A write: by whom, as far as the token told, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// By whom.
    pub by: Option<Author>,
    /// When.
    pub at: Timestamp,
}

/// Who made a resource and who changed it last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authorship {
    created: Stamp,
    /// Absent while nobody has changed it; apart from the rest, as most resources are never changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    modified: Option<Box<Stamp>>,
}

impl Authorship {
    /// That of a new resource.
    pub fn new(created: Stamp) -> Self {
        Self { created, modified: None }
    }

    /// That of a resource after a change; of a new one where nobody is known to have made it.
    pub fn after(known: Option<&Self>, change: Stamp) -> Self {
        match known {
            Some(known) => Self { created: known.created.clone(), modified: Some(Box::new(change)) },
            None => Self::new(change),
        }
    }

    /// The latest write.
    pub fn latest(&self) -> &Stamp {
        self.modified.as_deref().unwrap_or(&self.created)
    }

    /// What a response shows; times as ARM writes them, with seven digits of a second.
    pub fn system_data(&self) -> SystemData {
        let (created, modified) = (&self.created, self.latest());
        let name = |stamp: &Stamp| stamp.by.as_ref().map(|author| author.name.to_string());
        let kind = |stamp: &Stamp| stamp.by.as_ref().map(|author| author.kind.as_str().to_owned());
        let at = |stamp: &Stamp| Some(stamp.at.strftime("%Y-%m-%dT%H:%M:%S%.7fZ").to_string());
        SystemData {
            created_by: name(created),
            created_by_type: kind(created),
            created_at: at(created),
            last_modified_by: name(modified),
            last_modified_by_type: kind(modified),
            last_modified_at: at(modified),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(name: &str, second: i64) -> Stamp {
        let by = Some(Author { name: name.into(), kind: AuthorKind::User });
        Stamp { by, at: Timestamp::from_second(second).unwrap() }
    }

    #[test]
    fn a_change_keeps_who_made_it() {
        let made = Authorship::new(stamp("ann", 0));
        assert_eq!(made.system_data().last_modified_by.as_deref(), Some("ann"));
        let shown = Authorship::after(Some(&made), stamp("ben", 60)).system_data();
        assert_eq!(
            (shown.created_by.as_deref(), shown.last_modified_by.as_deref()),
            (Some("ann"), Some("ben"))
        );
        assert_eq!(shown.created_at.as_deref(), Some("1970-01-01T00:00:00.0000000Z"));
        assert_eq!(shown.last_modified_at.as_deref(), Some("1970-01-01T00:01:00.0000000Z"));
    }

    #[test]
    fn who_is_not_known_is_left_out() {
        let made = Authorship::new(Stamp { by: None, at: Timestamp::UNIX_EPOCH }).system_data();
        assert_eq!((made.created_by, made.created_by_type), (None, None));
        assert!(made.created_at.is_some());
    }
}
