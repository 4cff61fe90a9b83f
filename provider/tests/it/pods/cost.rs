//! What pods cost: calls of ARM, and how soon a change shows.

use super::World;
use crate::support::azure::{refused, throttled};
use crate::support::builders::{exited, pod};

#[tokio::test(start_paused = true)]
async fn pods_at_rest_cost_two_calls_a_minute_or_less() {
    let world = World::new();
    let provider = world.start();
    world.run_many(60).await;
    world.pass(120).await;
    let before = world.arm.reads();
    world.pass(600).await;
    let after = world.arm.reads();
    let calls = (after.0 - before.0) + (after.1 - before.1);
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
    world.arm.set_states(&crate::support::builders::running());
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
    let exits = (0..20)
        .filter(|n| world.status(&format!("p{n}"), "/containerStatuses/0/state/terminated/exitCode") == 3)
        .count();
    assert_eq!(exits, 20);
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
