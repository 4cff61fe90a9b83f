//! What pods cost: calls of ARM, and how soon a change shows.

use super::World;
use crate::support::azure::{refused, throttled};
use crate::support::builders::{exited, pod, running};

const EXIT: &str = "/containerStatuses/0/state/terminated/exitCode";

impl World {
    fn exits(&self, pods: usize) -> usize {
        (0..pods).filter(|number| self.status(&format!("p{number}"), EXIT) == 3).count()
    }

    fn calls(&self) -> usize {
        let (looks, lists) = self.arm.reads();
        looks + lists
    }
}

#[tokio::test(start_paused = true)]
async fn pods_at_rest_cost_two_calls_a_minute_or_less() {
    let world = World::new();
    let provider = world.start();
    world.run_many(60).await;
    world.pass(120).await;
    let before = world.calls();
    world.pass(600).await;
    let calls = world.calls() - before;
    assert!(calls <= 2 * 60 * 10, "{calls} calls in ten minutes");
    assert!(calls >= 60 * 10, "{calls} calls: nobody looks any more");
    provider.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_group_that_vanishes_at_rest_is_missed_within_seconds() {
    let world = World::new();
    let provider = world.start();
    world.run_many(60).await;
    world.pass(300).await;
    world.arm.lose_all();
    world.pass(7).await;
    let lost = (0..60).filter(|number| world.status(&format!("p{number}"), "/reason") == "NotFound").count();
    assert_eq!(lost, 60);
    provider.stop().await;
}

#[tokio::test(start_paused = true)]
async fn many_pods_in_motion_share_their_looks() {
    let world = World::new();
    let provider = world.start();
    for number in 0..200 {
        world.api.put_pod(&pod(&format!("p{number}"), "Always", &["c"]));
    }
    world.api.until("all groups are there", || world.arm.names().len() == 200).await;
    world.pass(5).await;
    let before = world.arm.reads();
    world.pass(60).await;
    let after = world.arm.reads();
    assert!(after.0 - before.0 <= 60 * 16 + 200, "{} looks", after.0 - before.0);
    assert!((59..=61).contains(&(after.1 - before.1)), "{} lists", after.1 - before.1);
    world.arm.set_states(&running());
    // The next list says which have arrived.
    world.pass(2).await;
    let running =
        (0..200).filter(|number| world.status(&format!("p{number}"), "/phase") == "Running").count();
    assert_eq!(running, 200);
    provider.stop().await;
}

#[tokio::test(start_paused = true)]
async fn throttling_slows_all_looks_and_loses_nothing() {
    let world = World::new();
    let provider = world.start();
    world.run_many(20).await;
    world.pass(120).await;
    world.arm.fail_looks([throttled(60)]);
    world.pass(90).await;
    let before = world.arm.reads();
    world.pass(30).await;
    let after = world.arm.reads();
    assert!(after.0 - before.0 <= 20, "{} looks", after.0 - before.0);
    world.arm.set_states(&exited(3));
    world.pass(180).await;
    assert_eq!(world.exits(20), 20);
    provider.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_group_that_a_replica_of_arm_does_not_know_is_not_lost() {
    let world = World::new();
    let provider = world.start();
    world.run_pod(&pod("web", "Always", &["c"])).await;
    world.arm.be_blind(5);
    world.pass(120).await;
    assert_eq!(world.status("web", "/phase"), "Running");
    assert_eq!(world.puts(), 1);
    provider.stop().await;
}

#[tokio::test(start_paused = true)]
async fn looks_that_fail_change_nothing_and_are_made_again() {
    let world = World::new();
    let provider = world.start();
    world.run_pod(&pod("web", "Never", &["c"])).await;
    world.arm.fail_looks((0..5).map(|_| refused(500, "InternalServerError")));
    world.arm.set_states(&exited(0));
    world.until_phase("web", "Succeeded").await;
    provider.stop().await;
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_log_stream_tells_of_the_end_of_its_container_at_once() {
    let (world, streams) = World::with_streams();
    let provider = world.start();
    world.run_many(60).await;
    world.pass(300).await;
    assert_eq!(streams.opened(), 60, "one for every container");
    let before = world.calls();
    world.pass(600).await;
    let calls = world.calls() - before;
    assert!(calls <= 3 * 60 * 10 / 2, "{calls} calls in ten minutes");

    world.arm.set_states(&exited(3));
    streams.end_all();
    world.pass(1).await;
    assert_eq!(world.exits(60), 60);
    provider.stop().await;
}

#[tokio::test(start_paused = true)]
async fn streams_that_do_not_tell_are_not_relied_on() {
    let (world, streams) = World::with_streams();
    let provider = world.start();
    world.run_many(4).await;
    world.pass(300).await;
    world.arm.set_states(&exited(3));
    world.pass(65).await;
    assert_eq!(world.exits(4), 4, "a look in turn tells");
    world.pass(700).await;
    world.arm.set_states(&running());
    world.pass(700).await;
    assert_eq!(streams.opened(), 4, "nobody asks for streams any more");
    world.arm.set_states(&exited(3));
    world.pass(30).await;
    assert_eq!(world.exits(4), 4);
    provider.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_talkative_container_is_not_listened_to() {
    static MUCH: [u8; 1 << 20] = [b'x'; 1 << 20];
    let (world, streams) = World::with_streams();
    let provider = world.start();
    world.run_many(1).await;
    world.pass(20).await;
    assert_eq!(streams.opened(), 1);
    for _ in 0..8 {
        streams.say(&MUCH);
    }
    streams.say(b"more");
    world.pass(30).await;
    world.arm.set_states(&exited(3));
    world.pass(6).await;
    assert_eq!(world.exits(1), 1, "looks are as frequent as without streams");
    provider.stop().await;
}

#[tokio::test(start_paused = true)]
async fn readiness_is_looked_at_for_no_stream_tells_of_it() {
    let (world, _streams) = World::with_streams();
    let mut web = pod("web", "Always", &["c"]);
    let probe = serde_json::json!({"exec": {"command": ["true"]}, "periodSeconds": 10});
    web.spec.as_mut().unwrap().containers[0].readiness_probe = serde_json::from_value(probe).unwrap();
    let provider = world.start();
    world.run_pod(&web).await;
    world.pass(300).await;
    assert_eq!(world.status("web", "/containerStatuses/0/ready"), true);
    let mut view = running();
    let now = aci_provider::clock::Clock::now(&*world.clock).to_string();
    view["events"] = serde_json::json!([{"count": 1, "firstTimestamp": now, "lastTimestamp": now,
        "name": "Unhealthy", "message": "Readiness probe failed: exit status 1", "type": "Warning"}]);
    world.arm.set_states(&view);
    world.pass(6).await;
    assert_eq!(world.status("web", "/containerStatuses/0/ready"), false);
    provider.stop().await;
}
