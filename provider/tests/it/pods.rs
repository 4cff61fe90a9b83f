//! The pods controller between an API server and an ARM, both in memory, on a clock that does not wait.

use std::sync::Arc;

use aci_provider::arm::SharedArm;
use aci_provider::clock::Clock;
use aci_provider::pods::{DEFAULT_POLL_INTERVAL, PodsConfig, PodsController};
use k8s_openapi::api::core::v1::Pod;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::support::api_server::ApiServer;
use crate::support::azure::{FakeArm, FakeStreams, PausedClock, refused};
use crate::support::builders::{exited, pod, running, settings, waiting};

mod bad_days;
mod cost;
mod inexistent;
mod turns;
mod updates;

struct World {
    api: ApiServer,
    arm: Arc<FakeArm>,
    clock: Arc<PausedClock>,
    streams: Option<Arc<FakeStreams>>,
}

struct Provider {
    shutdown: CancellationToken,
    task: JoinHandle<()>,
}

impl World {
    fn new() -> Self {
        Self { api: ApiServer::new(), arm: FakeArm::new(), clock: PausedClock::new(), streams: None }
    }

    /// An Azure whose log streams the provider listens to.
    fn with_streams() -> (Self, Arc<FakeStreams>) {
        let streams = FakeStreams::new();
        (Self { streams: Some(streams.clone()), ..Self::new() }, streams)
    }

    fn start(&self) -> Provider {
        let config = PodsConfig {
            translate: settings(),
            host_ip: Some("10.0.0.4".parse().unwrap()),
            poll_interval: DEFAULT_POLL_INTERVAL,
            concurrency: 4,
        };
        let arm: SharedArm = self.arm.clone();
        let mut controller = PodsController::new(config, self.api.client(), arm, self.clock.clone());
        if let Some(streams) = self.streams.clone() {
            controller = controller.with_streams(streams, 1000);
        }
        let shutdown = CancellationToken::new();
        let token = shutdown.clone();
        Provider { shutdown, task: tokio::spawn(async move { controller.run(token).await.unwrap() }) }
    }

    fn status(&self, name: &str, path: &str) -> Value {
        self.api
            .pod(name)
            .map(|pod| pod["status"].pointer(path).cloned().unwrap_or_default())
            .unwrap_or_default()
    }

    async fn until_phase(&self, name: &str, phase: &str) {
        self.api.until(&format!("{name} is {phase}"), || self.status(name, "/phase") == phase).await;
    }

    async fn run_pod(&self, pod: &Pod) {
        self.api.put_pod(pod);
        self.api.until("the group is there", || !self.arm.names().is_empty()).await;
        self.arm.set_states(&running());
        self.until_phase(pod.metadata.name.as_deref().unwrap(), "Running").await;
    }

    /// Runs so many pods at once and waits until they have come to rest.
    async fn run_many(&self, count: usize) {
        for number in 0..count {
            self.api.put_pod(&pod(&format!("p{number}"), "Always", &["c"]));
        }
        self.api.until("all groups are there", || self.arm.names().len() == count).await;
        self.arm.set_states(&running());
        for number in 0..count {
            self.until_phase(&format!("p{number}"), "Running").await;
        }
    }

    /// Lets time pass.
    async fn pass(&self, seconds: u64) {
        self.clock.sleep(std::time::Duration::from_secs(seconds)).await;
    }

    fn puts(&self) -> usize {
        self.arm.writes().iter().filter(|call| call.starts_with("PUT")).count()
    }
}

impl Provider {
    async fn stop(self) {
        self.shutdown.cancel();
        self.task.await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_pod_becomes_a_group_runs_and_goes() {
    let world = World::new();
    let provider = world.start();
    world.run_pod(&pod("web", "Always", &["c"])).await;
    assert_eq!(world.status("web", "/hostIP"), "10.0.0.4");
    assert!(
        world.api.events().contains(&"ProviderCreateSuccess: Create pod in provider successfully".to_owned())
    );

    world.api.ask_to_delete("web");
    world.api.until("the pod is gone", || world.api.pod("web").is_none()).await;
    assert!(world.arm.names().is_empty());
    assert_eq!(world.puts(), 1);
    provider.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_pod_deleted_by_force_takes_its_group_along() {
    let world = World::new();
    let provider = world.start();
    world.run_pod(&pod("web", "Always", &["c"])).await;
    world.api.remove_pod("web");
    world.api.until("the group is gone", || world.arm.names().is_empty()).await;
    provider.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_restart_touches_no_group_and_collects_those_without_pods() {
    let world = World::new();
    let provider = world.start();
    world.run_pod(&pod("stays", "Always", &["c"])).await;
    world.api.put_pod(&pod("goes", "Always", &["c"]));
    world.api.until("two groups", || world.arm.names().len() == 2).await;
    provider.stop().await;

    world.api.remove_pod("goes");
    let provider = world.start();
    world.api.until("the orphan is gone", || world.arm.names().len() == 1).await;
    world.arm.set_states(&waiting("CrashLoopBackOff: Back-off 10s restarting failed"));
    let reason = "/containerStatuses/0/state/waiting/reason";
    world.api.until("the state follows", || world.status("stays", reason) == "CrashLoopBackOff").await;
    assert_eq!(world.puts(), 2, "nothing was made anew");
    provider.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_transient_failure_heals_and_leaves_no_trace() {
    let world = World::new();
    world.arm.fail_puts([refused(503, "ServiceUnavailable"), refused(409, "ContainerGroupTransitioning")]);
    let provider = world.start();
    world.api.put_pod(&pod("web", "Never", &["c"]));
    world.api.until("the failure shows", || world.status("web", "/reason") == "ProviderFailed").await;
    assert_eq!(world.status("web", "/phase"), "Pending");
    world.api.until("the group is there", || !world.arm.names().is_empty()).await;
    world.arm.set_states(&running());
    world.until_phase("web", "Running").await;
    assert_eq!(world.status("web", "/reason"), Value::Null);
    provider.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_cannot_become_a_group_is_told_once_and_retried_when_it_changes() {
    let world = World::new();
    let mut bad = pod("bad", "Always", &["c"]);
    bad.spec.as_mut().unwrap().runtime_class_name = Some("kata".to_owned());
    let provider = world.start();
    world.api.put_pod(&bad);
    world.api.until("the refusal shows", || world.status("bad", "/reason") == "ProviderFailed").await;
    let message = world.status("bad", "/message");
    assert!(message.as_str().unwrap().starts_with("spec.runtimeClassName"), "{message}");

    // Another pod's whole life passes meanwhile; the refused one is not tried again.
    world.run_pod(&pod("good", "Always", &["c"])).await;
    tokio::time::advance(std::time::Duration::from_secs(3600)).await;
    let told = world.api.events().iter().filter(|event| event.starts_with("ProviderCreateFailed")).count();
    assert_eq!((told, world.puts()), (1, 1));

    world.api.edit("bad", |pod| pod["spec"]["runtimeClassName"] = Value::Null);
    world.api.until("it is tried again", || world.puts() == 2).await;
    provider.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_permanent_refusal_by_arm_is_not_repeated() {
    let world = World::new();
    world.arm.fail_puts([refused(400, "InvalidContainerGroup")]);
    let provider = world.start();
    world.api.put_pod(&pod("bad", "Always", &["c"]));
    world.api.until("the refusal shows", || world.status("bad", "/reason") == "ProviderFailed").await;
    world.run_pod(&pod("good", "Always", &["c"])).await;
    tokio::time::advance(std::time::Duration::from_secs(3600)).await;
    assert_eq!(world.puts(), 2);
    provider.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_missing_secret_is_waited_for() {
    let world = World::new();
    let mut needy = pod("needy", "Always", &["c"]);
    let source = json!([{"secretRef": {"name": "keys"}}]);
    needy.spec.as_mut().unwrap().containers[0].env_from = serde_json::from_value(source).unwrap();
    let provider = world.start();
    world.api.put_pod(&needy);
    let reason = "/containerStatuses/0/state/waiting/reason";
    world.api.until("it waits", || world.status("needy", reason) == "CreateContainerConfigError").await;
    assert_eq!(world.status("needy", "/phase"), "Pending");

    let secret = json!({"metadata": {"name": "keys", "resourceVersion": "7"}, "data": {"K": "aHVudGVyMg=="}});
    world.api.put_secret("keys", secret);
    world.api.until("the group is there", || !world.arm.names().is_empty()).await;
    assert!(!world.api.events().iter().any(|event| event.contains("hunter2")));
    provider.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_group_deleted_in_azure_fails_its_pod() {
    let world = World::new();
    let provider = world.start();
    world.run_pod(&pod("web", "Always", &["c"])).await;
    world.arm.lose_all();
    world.until_phase("web", "Failed").await;
    assert_eq!(world.status("web", "/reason"), "NotFound");
    assert_eq!(world.puts(), 1);
    provider.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_completed_pod_keeps_its_group_until_it_is_deleted() {
    let world = World::new();
    let provider = world.start();
    world.run_pod(&pod("job", "Never", &["c"])).await;
    world.arm.set_states(&exited(3));
    world.until_phase("job", "Failed").await;
    assert_eq!(world.status("job", "/containerStatuses/0/state/terminated/exitCode"), 3);
    tokio::time::advance(std::time::Duration::from_secs(3600)).await;
    assert_eq!(world.arm.names().len(), 1, "its logs are still there");
    world.api.ask_to_delete("job");
    world.api.until("the pod is gone", || world.api.pod("job").is_none()).await;
    assert!(world.arm.names().is_empty());
    provider.stop().await;
}

#[tokio::test(start_paused = true)]
async fn acis_events_are_told_once_even_across_restarts() {
    let world = World::new();
    let provider = world.start();
    world.run_pod(&pod("web", "Always", &["c"])).await;
    let mut view = running();
    view["events"] = json!([{"count": 1, "firstTimestamp": "2026-01-01T00:00:01Z", "name": "Pulled",
        "lastTimestamp": "2026-01-01T00:00:01Z", "message": "pulled 100%d of it", "type": "Normal"}]);
    world.arm.set_states(&view);
    let told =
        || world.api.events().iter().filter(|event| event.as_str() == "Pulled: pulled 100%d of it").count();
    world.api.until("the event is told", || told() == 1).await;
    provider.stop().await;

    let provider = world.start();
    world.arm.set_states(&exited(1));
    let ended = "/containerStatuses/0/state/terminated/exitCode";
    world.api.until("the new provider follows", || world.status("web", ended) == 1).await;
    assert_eq!(told(), 1);
    provider.stop().await;
}
