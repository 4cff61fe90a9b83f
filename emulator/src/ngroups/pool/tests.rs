//! A pool in a world in which groups do what the test says.

use super::*;
use crate::ngroups::plan::{Effect, advance, wake};
use crate::ngroups::record::Spec;

/// A pool and what there is of its groups.
struct World {
    pool: NGroup,
    seen: Sight,
    now: Timestamp,
    names: u32,
}

fn template(revision: i32) -> Template {
    Template { profile: "/P".to_owned(), revision, properties: None }
}

impl World {
    fn of(capacity: i32) -> Self {
        let mut id = ResourceId::container_group("s", "rg", "pool");
        (id.namespace, id.path[0].0) = (NAMESPACE.to_owned(), "standbyContainerGroupPools".to_owned());
        let mut spec = Spec {
            location: "westus".to_owned(),
            tags: None,
            zones: None,
            identity: None,
            properties: aci_model::ngroup::NGroupProperties::default(),
            version: ApiVersion::V2025_09_01,
        };
        spec.properties.elastic_profile.get_or_insert_default().desired_count = Some(capacity);
        let pool = NGroup::new(id, spec, vec![template(1)], None);
        Self { pool, seen: Sight::new(), now: Timestamp::UNIX_EPOCH, names: 0 }
    }

    /// Carries out what is asked for until nothing is; what is made becomes `fate`.
    fn settle(&mut self, fate: &Seen) {
        for _ in 0..100 {
            let names = &mut self.names;
            let effects = advance(&mut self.pool, &self.seen, self.now, || {
                *names += 1;
                format!("g{names}")
            });
            if effects.is_empty() {
                return;
            }
            for effect in effects {
                match effect {
                    Effect::Put(name) => {
                        self.pool.members.iter_mut().find(|it| it.name == name).unwrap().phase = Phase::Made;
                        self.seen.insert(name, fate.clone());
                    }
                    Effect::Delete(name) => {
                        self.pool.members.retain(|it| it.name != name);
                        self.seen.remove(&name);
                    }
                }
            }
        }
        panic!("it never settles: {:#?}", self.pool);
    }

    fn ready(&self, revision: Option<i32>) -> Vec<String> {
        let profile = ContainerGroupProfileReference { id: Some("/p".to_owned()), revision };
        ready(&self.pool, &self.seen, &wanted(profile))
    }
}

fn wanted(profile: ContainerGroupProfileReference) -> Wanted {
    Wanted {
        id: ResourceId::container_group("s", "rg", "mine"),
        profile,
        containers: Vec::new(),
        subnet_ids: None,
        location: "West US".to_owned(),
        zones: None,
        tags: None,
        version: ApiVersion::V2025_09_01,
    }
}

#[test]
fn a_pool_keeps_its_number_and_replaces_what_it_gives_away() {
    let mut world = World::of(2);
    world.settle(&Seen::Healthy);
    assert_eq!(world.ready(Some(1)), ["g1", "g2"]);
    world.pool.members.remove(0);
    world.settle(&Seen::Healthy);
    assert_eq!(world.ready(None), ["g2", "g3"]);
}

#[test]
fn only_what_runs_and_is_as_wanted_is_given_away() {
    let mut world = World::of(1);
    world.settle(&Seen::Working);
    assert_eq!(world.ready(Some(1)), [""; 0], "it does not run yet");
    world.seen.insert("g1".to_owned(), Seen::Healthy);
    assert_eq!(world.ready(Some(1)), ["g1"]);
    assert_eq!(world.ready(Some(2)), [""; 0], "another revision");
    let profile = ContainerGroupProfileReference { id: Some("/p".to_owned()), revision: Some(1) };
    let elsewhere = Wanted { location: "eastus".to_owned(), ..wanted(profile.clone()) };
    assert_eq!(ready(&world.pool, &world.seen, &elsewhere), [""; 0]);
    let subnet = SubnetId { id: Some("/subnet".to_owned()), ..SubnetId::default() };
    let in_subnet = Wanted { subnet_ids: Some(vec![subnet]), ..wanted(profile) };
    assert_eq!(ready(&world.pool, &world.seen, &in_subnet), [""; 0]);
}

#[test]
fn another_revision_replaces_all_and_the_old_ones_are_not_given_away() {
    let mut world = World::of(3);
    world.settle(&Seen::Healthy);
    world.pool.templates = vec![template(2)];
    assert_eq!(world.ready(None), [""; 0]);
    world.settle(&Seen::Healthy);
    assert_eq!(world.ready(Some(2)), ["g4", "g5", "g6"]);
    assert_eq!(world.pool.members.len(), 3);
}

#[test]
fn a_group_that_fails_is_made_anew_after_half_a_minute() {
    let mut world = World::of(1);
    let failed = Seen::Unhealthy("no image".to_owned());
    world.settle(&failed);
    assert!(world.pool.is_degraded());
    let due = world.now + SignedDuration::from_secs(30);
    assert_eq!(wake(&world.pool), Some(due));
    world.now += SignedDuration::from_secs(29);
    world.settle(&Seen::Healthy);
    assert_eq!((world.ready(None).len(), world.pool.members[0].name.as_str()), (0, "g1"));
    world.now = due;
    world.settle(&Seen::Healthy);
    assert_eq!(world.ready(None), ["g2"]);
    assert!(!world.pool.is_degraded());
}

#[test]
fn a_refused_group_is_asked_for_again_after_the_pause() {
    let mut world = World::of(1);
    advance(&mut world.pool, &world.seen, world.now, || "g1".to_owned());
    world.pool.members[0].refusal = Some("no quota".to_owned());
    world.settle(&Seen::Healthy);
    assert!(world.pool.is_degraded() && world.pool.members.len() == 1);
    world.now += SignedDuration::from_secs(30);
    world.settle(&Seen::Healthy);
    assert_eq!(world.ready(None).len(), 1);
}

#[test]
fn config_maps_go_to_containers_of_their_name_and_to_no_other() {
    let warm: ContainerGroup = serde_json::from_value(serde_json::json!({
        "location": "westus", "properties": { "containers": [
            { "name": "a", "properties": { "image": "i", "configMap": { "keyValuePairs": { "k": "old", "l": "kept" } } } },
        ] },
    }))
    .unwrap();
    let containers = serde_json::from_value(serde_json::json!([
        { "name": "a", "properties": { "configMap": { "keyValuePairs": { "k": "new" } } } },
        { "name": "stranger", "properties": { "configMap": { "keyValuePairs": { "x": "y" } } } },
    ]))
    .unwrap();
    let asked = Wanted { containers, ..wanted(ContainerGroupProfileReference::default()) };
    let spec = drawn(&warm, &asked);
    let own = serde_json::to_value(spec.properties.unwrap().containers).unwrap();
    assert_eq!(own.as_array().unwrap().len(), 1);
    assert_eq!(
        own[0]["properties"]["configMap"]["keyValuePairs"],
        serde_json::json!({ "k": "new", "l": "kept" })
    );
    assert_eq!(spec.location.as_deref(), Some("West US"));
}
