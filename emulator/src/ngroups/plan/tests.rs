//! The planner in a world in which groups do what the test says.

use aci_model::ngroup::{ElasticProfile, NGroupProperties, RollingUpdateProfile, UpdateMode, UpdateProfile};
use aci_model::{ApiVersion, ResourceId};
use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::ngroups::record::Spec;

/// NGroups and the container groups that there are.
struct World {
    ngroup: NGroup,
    seen: Sight,
    now: Timestamp,
    names: u32,
    /// What becomes of a group of a revision.
    fate: fn(i32) -> Seen,
}

fn template(revision: i32) -> Template {
    Template { profile: "/p".to_owned(), revision, properties: None }
}

impl World {
    fn new(count: i32, zones: &[&str]) -> Self {
        let spec = Spec {
            location: "westus".to_owned(),
            tags: None,
            zones: Some(zones.iter().map(|zone| (*zone).to_owned()).collect()),
            identity: None,
            properties: NGroupProperties {
                elastic_profile: Some(ElasticProfile { desired_count: Some(count), ..Default::default() }),
                ..Default::default()
            },
            version: ApiVersion::V2025_09_01,
            authorship: None,
        };
        let id = ResourceId::container_group("s", "rg", "n");
        let ngroup = NGroup::new(id, spec, vec![template(1)], None);
        let now = Timestamp::UNIX_EPOCH;
        Self { ngroup, seen: Sight::new(), now, names: 0, fate: |_| Seen::Healthy }
    }

    fn rolling(mut self, in_place: bool, batch: i32, unhealthy: i32) -> Self {
        self.ngroup.spec.properties.update_profile = Some(UpdateProfile {
            update_mode: Some(UpdateMode::Rolling),
            rolling_update_profile: Some(RollingUpdateProfile {
                max_batch_percent: Some(batch),
                max_unhealthy_percent: Some(unhealthy),
                pause_time_between_batches: Some("PT10S".to_owned()),
                in_place_update: Some(in_place),
            }),
        });
        self
    }

    fn scale(&mut self, count: i32) {
        let elastic = self.ngroup.spec.properties.elastic_profile.as_mut().unwrap();
        elastic.desired_count = Some(count);
        self.ngroup.state = NGroupProvisioningState::Updating;
    }

    fn switch_to(&mut self, revision: i32) {
        self.ngroup.templates = vec![template(revision)];
        self.ngroup.rollout = Rollout::Ready;
        self.ngroup.state = NGroupProvisioningState::Updating;
    }

    /// One step, its effects carried out; groups that were put are on their way.
    fn step(&mut self) -> Vec<Effect> {
        let names = &mut self.names;
        let name = || {
            *names += 1;
            format!("g{names}")
        };
        let effects = advance(&mut self.ngroup, &self.seen, self.now, name);
        for effect in &effects {
            match effect {
                Effect::Put(name) => {
                    let member = self.ngroup.members.iter_mut().find(|it| it.name == *name).unwrap();
                    member.phase = Phase::Made;
                    self.seen.insert(name.clone(), Seen::Working);
                }
                Effect::Delete(name) => {
                    self.ngroup.members.retain(|member| member.name != *name);
                    self.seen.remove(name);
                }
            }
        }
        effects
    }

    /// All groups arrive where they are bound for.
    fn settle(&mut self) {
        for member in &self.ngroup.members {
            let fate = (self.fate)(member.template.revision);
            self.seen.entry(member.name.clone()).and_modify(|seen| *seen = fate);
        }
    }

    /// Steps until nothing is left to do.
    fn rest(&mut self) {
        for _ in 0..1000 {
            while !self.step().is_empty() {}
            self.settle();
            if let Some(wake) = wake(&self.ngroup) {
                self.now = self.now.max(wake);
            } else if !self.ngroup.is_in_transition() {
                return;
            }
        }
        panic!("it never comes to rest: {:#?}", self.ngroup);
    }

    fn zones(&self) -> Vec<usize> {
        let zones = self.ngroup.spec.zones.clone().unwrap();
        zones.iter().map(|zone| in_zone(&self.ngroup, Some(zone))).collect()
    }

    fn revisions(&self) -> Vec<i32> {
        self.ngroup.members.iter().map(|member| member.template.revision).collect()
    }

    fn state(&self) -> NGroupProvisioningState {
        self.ngroup.state.clone()
    }
}

#[test]
fn members_are_spread_over_the_zones_and_leave_from_the_most_crowded() {
    let mut world = World::new(7, &["1", "2", "3"]);
    world.rest();
    assert_eq!(world.zones(), [3, 2, 2]);
    world.scale(4);
    world.rest();
    assert_eq!(world.zones().iter().max(), Some(&2));
    assert_eq!((world.seen.len(), world.state()), (4, NGroupProvisioningState::Succeeded));
    world.scale(0);
    world.rest();
    assert!(world.seen.is_empty());
}

#[test]
fn without_a_rolling_update_new_members_alone_follow_the_profile() {
    let mut world = World::new(2, &[]);
    world.rest();
    world.switch_to(2);
    world.scale(3);
    world.rest();
    assert_eq!(world.revisions(), [1, 1, 2]);
}

#[test]
fn a_replacing_update_makes_before_it_deletes_batch_by_batch() {
    let mut world = World::new(5, &["1", "2"]).rolling(false, 40, 0);
    world.rest();
    let zones = world.zones();
    world.switch_to(2);
    let begun = world.now;
    assert_eq!(world.step().len(), 2, "two of five are 40 %");
    assert_eq!(world.seen.len(), 7, "the old ones are there until the new ones are");
    world.settle();
    assert_eq!(world.step().len(), 2, "the replaced ones go");
    assert_eq!(world.seen.len(), 5);
    assert!(world.step().is_empty(), "a pause follows");
    assert_eq!(wake(&world.ngroup), Some(begun + SignedDuration::from_secs(10)));
    world.rest();
    assert_eq!((world.revisions(), world.zones()), (vec![2; 5], zones));
    assert_eq!(world.now.duration_since(begun), SignedDuration::from_secs(20), "three batches, two pauses");
    assert_eq!(world.state(), NGroupProvisioningState::Succeeded);
}

#[test]
fn an_update_in_place_keeps_the_groups() {
    let mut world = World::new(4, &[]).rolling(true, 50, 0);
    world.rest();
    let names: Vec<String> = world.seen.keys().cloned().collect();
    world.switch_to(2);
    assert_eq!(world.step(), [Effect::Put("g1".to_owned()), Effect::Put("g2".to_owned())]);
    world.rest();
    assert_eq!((world.revisions(), world.seen.keys().cloned().collect::<Vec<_>>()), (vec![2; 4], names));
}

#[test]
fn too_many_unhealthy_ones_end_an_update() {
    let mut world = World::new(4, &[]).rolling(false, 25, 40);
    world.fate = |revision| if revision == 2 { Seen::Unhealthy("it fell".to_owned()) } else { Seen::Healthy };
    world.rest();
    world.switch_to(2);
    world.rest();
    assert_eq!(world.revisions(), [1, 1, 1, 2], "one batch, and no more");
    assert_eq!(
        (world.state(), world.ngroup.error.clone()),
        (NGroupProvisioningState::Failed, Some("it fell".to_owned()))
    );
    world.switch_to(3);
    world.rest();
    assert_eq!((world.revisions(), world.state()), (vec![3; 4], NGroupProvisioningState::Succeeded));
}

#[test]
fn a_member_that_somebody_deletes_is_replaced_or_no_longer_wanted() {
    for (maintain, left) in [(None, 2), (Some(false), 2), (Some(true), 3)] {
        let mut world = World::new(3, &[]);
        world.ngroup.spec.properties.elastic_profile.as_mut().unwrap().maintain_desired_count = maintain;
        world.rest();
        world.seen.remove("g2");
        world.rest();
        assert_eq!((world.ngroup.desired(), world.seen.len()), (left, left), "{maintain:?}");
        assert_eq!(world.state(), NGroupProvisioningState::Succeeded);
    }
}

#[test]
fn a_deletion_takes_everything_along() {
    let mut world = World::new(3, &[]);
    world.step();
    world.ngroup.is_deleting = true;
    assert_eq!(world.step().len(), 3);
    assert!(world.ngroup.members.is_empty() && world.seen.is_empty());
}

proptest! {
    #[test]
    fn whatever_is_asked_for_in_the_middle_it_arrives(
        in_place: bool,
        rolling: bool,
        batch in 1..=100,
        wishes in prop::collection::vec((0..6i32, 1..4i32, 0..4usize), 1..8),
    ) {
        let mut world = World::new(3, &["1", "2"]);
        if rolling {
            world = world.rolling(in_place, batch, 0);
        }
        for (count, revision, steps) in wishes {
            world.switch_to(revision);
            world.ngroup.members.iter_mut().filter(|it| it.phase == Phase::Replaced).for_each(|it| it.phase = Phase::Leaving);
            world.scale(count);
            for _ in 0..steps {
                world.step();
                world.settle();
            }
            let most = world.ngroup.desired().max(1) * 2;
            prop_assert!(world.ngroup.members.iter().filter(|it| is_standing(it)).count() <= most.max(6));
            world.rest();
            let desired = world.ngroup.desired();
            prop_assert_eq!((world.seen.len(), world.ngroup.members.len()), (desired, desired));
            if rolling {
                prop_assert_eq!(world.revisions(), vec![revision; desired]);
            }
            let zones = world.zones();
            prop_assert!(rolling || zones.iter().max().unwrap_or(&0) - zones.iter().min().unwrap_or(&0) <= 1);
        }
    }
}
