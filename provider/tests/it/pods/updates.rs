//! Pods that change while they run.

use super::World;
use crate::support::azure::refused;
use crate::support::builders::{pod, running};
use serde_json::{Value, json};

const CUSTOM_TAGS: &str = "microsoft.containerinstance.virtualnode.customtags";

fn image(world: &World) -> Option<String> {
    let mut containers = world.arm.group().properties.unwrap().containers.unwrap();
    containers.remove(0).properties.unwrap().image
}

#[tokio::test(start_paused = true)]
async fn another_image_is_put_in_place() {
    let world = World::new();
    let provider = world.start();
    world.run_pod(&pod("web", "Always", &["c"])).await;
    world.api.edit("web", |pod| pod["spec"]["containers"][0]["image"] = json!("nginx:2"));
    world.api.until("the group has it", || image(&world).as_deref() == Some("nginx:2")).await;
    world.arm.set_states(&running());
    world.until_phase("web", "Running").await;
    world.pass(600).await;
    assert_eq!(world.puts(), 2, "one to make it, one to change it");
    assert!(world.api.events().iter().any(|event| event.starts_with("ProviderUpdateSuccess")));
    provider.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_update_that_arm_refuses_for_good_is_told_once_and_the_pod_runs_on() {
    let world = World::new();
    let provider = world.start();
    world.run_pod(&pod("web", "Always", &["c"])).await;
    world.arm.fail_puts([refused(400, "InvalidContainerGroupUpdate")]);
    world.api.edit("web", |pod| pod["spec"]["containers"][0]["image"] = json!("nginx:2"));
    let told = || world.api.events().iter().filter(|event| event.starts_with("ProviderUpdateFailed")).count();
    world.api.until("the refusal is told", || told() == 1).await;
    world.pass(600).await;
    assert_eq!((told(), world.puts()), (1, 2));
    assert_eq!(world.status("web", "/phase"), "Running");
    provider.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_update_that_fails_for_now_is_made_later() {
    let world = World::new();
    let provider = world.start();
    world.run_pod(&pod("web", "Always", &["c"])).await;
    world.arm.fail_puts([refused(409, "ContainerGroupTransitioning"), refused(503, "ServiceUnavailable")]);
    world.api.edit("web", |pod| pod["spec"]["containers"][0]["image"] = json!("nginx:2"));
    world.api.until("the group has it", || image(&world).as_deref() == Some("nginx:2")).await;
    assert_eq!(world.puts(), 4);
    provider.stop().await;
}

#[tokio::test(start_paused = true)]
async fn another_tag_restarts_nothing() {
    let world = World::new();
    let provider = world.start();
    world.run_pod(&pod("web", "Always", &["c"])).await;
    world.api.edit("web", |pod| pod["metadata"]["annotations"] = json!({ CUSTOM_TAGS: "team=blue" }));
    let tag = || world.arm.group().tags.and_then(|tags| tags.get("team").cloned());
    world.api.until("the group has it", || tag().as_deref() == Some("blue")).await;
    assert_eq!(world.puts(), 1);
    assert_eq!(world.status("web", "/reason"), Value::Null);
    provider.stop().await;
}
