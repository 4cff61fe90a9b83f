//! What the runtime tells, once and in time.

use aci_emulator::runtime::docker::{DockerOptions, DockerRuntime, PullPolicy};
use aci_emulator::runtime::{ContainerSpec, Observation, Runtime, RuntimeError};
use bollard::query_parameters::{KillContainerOptions, RemoveContainerOptionsBuilder};
use futures::StreamExt;

use crate::support::proxy::Proxy;
use crate::support::{exit_of, id, sandbox, with_lab, within};

#[tokio::test]
async fn a_container_killed_by_somebody_else_is_observed_once() {
    with_lab("killed", |lab| async move {
        lab.runtime.create_sandbox(&sandbox("d")).await.unwrap();
        let mut seen = lab.runtime.observe();
        lab.runtime.start_container(&id("d"), &lab.container("app", &["wait"])).await.unwrap();
        let container = lab.docker_id("d", "container", Some("app")).await;
        lab.docker.kill_container(&container, None::<KillContainerOptions>).await.unwrap();
        let next = within("an observation", seen.next()).await.unwrap();
        let Observation::Exited { sandbox, container, attempt: 0, exit } = next else { panic!("{next:?}") };
        assert_eq!((sandbox, container.as_str(), exit.code), (id("d"), "app", 137));
        // The stream keeps its order: were the kill told twice, it would come before the next exit.
        let marker = ContainerSpec { attempt: 1, ..lab.container("app", &["say", "x", "5"]) };
        lab.runtime.start_container(&id("d"), &marker).await.unwrap();
        let next = within("the next exit", seen.next()).await.unwrap();
        assert!(matches!(next, Observation::Exited { attempt: 1, exit, .. } if exit.code == 5), "{next:?}");
    })
    .await;
}

#[tokio::test]
async fn a_sandbox_removed_by_somebody_else_is_lost_and_one_removed_by_us_is_not() {
    with_lab("lost", |lab| async move {
        lab.runtime.create_sandbox(&sandbox("ours")).await.unwrap();
        lab.runtime.create_sandbox(&sandbox("theirs")).await.unwrap();
        let mut seen = lab.runtime.observe();
        lab.runtime.remove_sandbox(&id("ours")).await.unwrap();
        let container = lab.docker_id("theirs", "sandbox", None).await;
        let force = RemoveContainerOptionsBuilder::new().force(true).build();
        lab.docker.remove_container(&container, Some(force)).await.unwrap();
        let next = within("the loss", seen.next()).await;
        assert_eq!(next, Some(Observation::SandboxLost { sandbox: id("theirs") }));
        lab.runtime.create_sandbox(&sandbox("theirs")).await.unwrap();
        let (exit, _) = lab.run("theirs", &lab.container("app", &["say", "x", "0"])).await;
        assert_eq!(exit.code, 0, "it can be made anew");
    })
    .await;
}

#[tokio::test]
async fn exits_that_come_all_at_once_are_all_observed() {
    with_lab("burst", |lab| async move {
        lab.runtime.create_sandbox(&sandbox("d")).await.unwrap();
        let mut seen = lab.runtime.observe();
        for code in 0..5_u32 {
            let spec = lab.container(&format!("c{code}"), &["say", "x", &code.to_string()]);
            lab.runtime.start_container(&id("d"), &spec).await.unwrap();
        }
        let mut codes = Vec::new();
        while codes.len() < 5 {
            let next = within("five exits", seen.next()).await.unwrap();
            if let Observation::Exited { container, exit, .. } = next {
                codes.push((container, exit.code));
            }
        }
        codes.sort();
        let wanted: Vec<_> = (0..5).map(|code| (format!("c{code}"), code)).collect();
        assert_eq!(codes, wanted);
    })
    .await;
}

#[tokio::test]
async fn two_listeners_hear_the_same() {
    with_lab("listeners", |lab| async move {
        lab.runtime.create_sandbox(&sandbox("d")).await.unwrap();
        let (mut one, mut two) = (lab.runtime.observe(), lab.runtime.observe());
        lab.runtime.start_container(&id("d"), &lab.container("app", &["say", "x", "9"])).await.unwrap();
        assert_eq!(exit_of(&mut one, "app", 0).await, exit_of(&mut two, "app", 0).await);
    })
    .await;
}

#[tokio::test]
async fn what_happens_while_the_engine_is_away_is_told_when_it_is_back() {
    with_lab("away", |lab| async move {
        lab.runtime.create_sandbox(&sandbox("d")).await.unwrap();
        lab.runtime.create_sandbox(&sandbox("lost")).await.unwrap();
        lab.runtime.start_container(&id("d"), &lab.container("app", &["wait"])).await.unwrap();
        let proxy = Proxy::new();
        let through_proxy = DockerRuntime::connect(DockerOptions {
            owner: lab.owner.clone(),
            subnet_networks: vec![],
            pull_policy: PullPolicy::Missing,
            host: Some(proxy.host()),
        });
        let runtime = through_proxy.await.unwrap();
        runtime.adopt().await.unwrap();
        let mut seen = runtime.observe();

        proxy.cut();
        assert!(matches!(runtime.ping().await, Err(RuntimeError::Unavailable(_))));
        lab.runtime.stop_container(&id("d"), "app", 0).await.unwrap();
        lab.runtime.remove_sandbox(&id("lost")).await.unwrap();
        proxy.mend();

        let (mut exited, mut lost) = (None, None);
        while exited.is_none() || lost.is_none() {
            match within("the exit and the loss", seen.next()).await.unwrap() {
                Observation::Exited { exit, .. } => exited = Some(exit.code),
                Observation::SandboxLost { sandbox } => lost = Some(sandbox),
                other => panic!("an engine does not tell {other:?}"),
            }
        }
        assert_eq!((exited, lost), (Some(137), Some(id("lost"))));
    })
    .await;
}
