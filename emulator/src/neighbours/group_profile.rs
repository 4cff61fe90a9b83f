//! Container group profiles: Microsoft.ContainerInstance/containerGroupProfiles.
//!
//! A profile is the list of its revisions, of which nothing changes any more: whoever names one gets the same groups
//! ever after. A PUT that says something else than the latest revision adds one (recorded: 1, then 2); what is beside
//! the revisions (tags) belongs to the profile.

use aci_model::profile::{CONTAINER_GROUP_PROFILE_TYPE, ContainerGroupProfileProperties};
use serde::{Deserialize, Serialize};

pub mod overlay;

use super::tracked::{Kind, Tracked};
use crate::store::Table;

/// A container group profile.
pub type GroupProfile = Tracked<Revisions>;

/// The revisions of a profile, oldest first; at least one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revisions(Vec<Revision>);

/// One revision.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Revision {
    /// Its availability zones.
    pub zones: Option<Vec<String>>,
    /// What groups are made from.
    pub properties: ContainerGroupProfileProperties,
}

impl Kind for Revisions {
    const TYPE: &'static str = CONTAINER_GROUP_PROFILE_TYPE;
    const TABLE: Table = Table::GroupProfiles;
    const TELLS_AUTHORS: bool = true;
}

impl Revisions {
    /// The first revision alone.
    pub fn first(revision: Revision) -> Self {
        Self(vec![numbered(revision, 1)])
    }

    /// With another revision, unless it says what the latest says.
    #[must_use]
    pub fn and(mut self, revision: Revision) -> Self {
        let same = self.0.last().is_some_and(|latest| {
            let number = latest.properties.revision.unwrap_or_default();
            *latest == numbered(revision.clone(), number)
        });
        if !same {
            let next = self.numbers().last().map_or(1, |number| number + 1);
            self.0.push(numbered(revision, next));
        }
        self
    }

    /// A revision by its number, or the latest.
    pub fn get(&self, number: Option<i32>) -> Option<&Revision> {
        match number {
            Some(number) => self.0.iter().find(|revision| revision.properties.revision == Some(number)),
            None => self.0.last(),
        }
    }

    /// All of them, oldest first.
    pub fn all(&self) -> &[Revision] {
        &self.0
    }

    /// Their numbers.
    pub fn numbers(&self) -> impl DoubleEndedIterator<Item = i32> {
        self.0.iter().filter_map(|revision| revision.properties.revision)
    }
}

fn numbered(revision: Revision, number: i32) -> Revision {
    let Revision { zones, mut properties } = revision;
    properties.revision = Some(number);
    properties.registered_revisions = None;
    Revision { zones, properties }
}

#[cfg(test)]
mod tests {
    use aci_model::group::RestartPolicy;

    use super::*;

    fn revision(policy: RestartPolicy) -> Revision {
        let restart_policy = Some(policy);
        let properties = ContainerGroupProfileProperties { restart_policy, ..Default::default() };
        Revision { zones: None, properties }
    }

    #[test]
    fn a_change_adds_a_revision_and_the_earlier_ones_stay() {
        let revisions = Revisions::first(revision(RestartPolicy::Never)).and(revision(RestartPolicy::Always));
        assert_eq!(revisions.numbers().collect::<Vec<_>>(), [1, 2]);
        let policy = |number| revisions.get(number).unwrap().properties.restart_policy.clone().unwrap();
        assert_eq!((policy(Some(1)), policy(None)), (RestartPolicy::Never, RestartPolicy::Always));
        assert_eq!(revisions.get(Some(3)), None);
        let back = revisions.and(revision(RestartPolicy::Never));
        assert_eq!(back.numbers().collect::<Vec<_>>(), [1, 2, 3], "also one that was there before");
    }

    #[test]
    fn what_says_the_same_is_no_revision_whatever_number_it_claims() {
        let mut same = revision(RestartPolicy::Never);
        same.properties.revision = Some(7);
        same.properties.registered_revisions = Some(vec![7]);
        let revisions = Revisions::first(revision(RestartPolicy::Never)).and(same);
        assert_eq!(revisions.numbers().collect::<Vec<_>>(), [1]);
    }
}
