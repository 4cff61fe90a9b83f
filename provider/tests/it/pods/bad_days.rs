//! ARM's bad days, seen by pods.

use super::World;
use crate::support::azure::refused;
use crate::support::builders::{pod, running};

#[tokio::test(start_paused = true)]
async fn every_failure_that_passes_is_got_over() {
    for (status, code) in [
        (401, "ExpiredAuthenticationToken"),
        (403, "AuthorizationFailed"),
        (404, "ResourceGroupNotFound"),
        (409, "ContainerGroupTransitioning"),
        (429, "TooManyRequests"),
        (500, "InternalServerError"),
        (503, "ServiceUnavailable"),
    ] {
        let world = World::new();
        world.arm.fail_puts([refused(status, code), refused(status, code)]);
        let provider = world.start();
        world.api.put_pod(&pod("web", "Always", &["c"]));
        world.api.until("the failure shows", || world.status("web", "/reason") == "ProviderFailed").await;
        let message = world.status("web", "/message");
        assert!(message.as_str().unwrap().contains(code), "{message}");
        world.api.until("the group is there", || world.arm.names().len() == 1).await;
        world.arm.set_states(&running());
        world.until_phase("web", "Running").await;
        assert_eq!(world.status("web", "/reason"), serde_json::Value::Null, "{code}");
        assert_eq!(world.puts(), 3);
        provider.stop().await;
    }
}

/// Defect 4: there a subnet that is not there ends the program, which is to make it; here Azure's refusal is told by
/// the pods that wanted it, and the others run.
#[tokio::test(start_paused = true)]
async fn a_subnet_that_is_not_there_is_told_by_its_pod_and_ends_nothing() {
    let world = World::new();
    world.arm.fail_puts([refused(400, "SubnetNotFound")]);
    let provider = world.start();
    world.api.put_pod(&pod("web", "Always", &["c"]));
    world.api.until("the refusal shows", || world.status("web", "/reason") == "ProviderFailed").await;
    let message = world.status("web", "/message");
    assert!(message.as_str().unwrap().contains("SubnetNotFound"), "{message}");
    world.run_pod(&pod("other", "Always", &["c"])).await;
    provider.stop().await;
}
