//! What a later process of the same emulator finds, and what it leaves alone.

use aci_emulator::runtime::{NetworkSpec, PortSpec, Runtime, SandboxSpec, VolumeContent, VolumeSpec};
use bollard::query_parameters::KillContainerOptions;

use crate::support::{Lab, connect, exit_of, id, sandbox, with_lab};

fn everything(name: &str) -> SandboxSpec {
    SandboxSpec {
        network: NetworkSpec::Public { ports: vec![PortSpec { port: 18_081, udp: false }] },
        volumes: vec![
            VolumeSpec { name: "scratch".into(), content: VolumeContent::Empty },
            VolumeSpec { name: "keys".into(), content: VolumeContent::Secret(vec![]) },
        ],
        ..sandbox(name)
    }
}

async fn finished_and_running(lab: &Lab) {
    lab.run("d", &lab.container("done", &["say", "x", "4"])).await;
    lab.runtime.start_container(&id("d"), &lab.container("app", &["wait"])).await.unwrap();
}

#[tokio::test]
async fn a_later_process_finds_what_runs_and_what_ended_and_hears_of_it() {
    with_lab("adopt", |lab| async move {
        let made = lab.runtime.create_sandbox(&everything("d")).await.unwrap();
        finished_and_running(&lab).await;
        let later = connect(&lab.owner, vec![]).await.unwrap();
        let found = later.adopt().await.unwrap();
        assert_eq!(found.len(), 1);
        let found = &found[0];
        assert_eq!((&found.id, found.group.name(), found.alive), (&id("d"), "web", true));
        assert_eq!(found.ip, made.ip);
        let container =
            |name: &str| found.containers.iter().find(|container| container.name == name).unwrap();
        assert_eq!(container("done").exit.unwrap().code, 4);
        assert!(container("app").started_at.is_some() && container("app").exit.is_none());

        let mut seen = later.observe();
        later.stop_container(&id("d"), "app", 0).await.unwrap();
        assert_eq!(exit_of(&mut seen, "app", 0).await.code, 137);
    })
    .await;
}

#[tokio::test]
async fn a_removed_deployment_leaves_nothing_and_can_be_removed_again() {
    with_lab("removal", |lab| async move {
        lab.runtime.create_sandbox(&everything("d")).await.unwrap();
        finished_and_running(&lab).await;
        assert_eq!(lab.objects().await.len(), 6, "sandbox, two containers, two volumes, a network");
        let both = id("d");
        let (one, two) = tokio::join!(lab.runtime.remove_sandbox(&both), lab.runtime.remove_sandbox(&both));
        one.unwrap();
        two.unwrap();
        assert_eq!(lab.objects().await, Vec::<String>::new());
        lab.runtime.remove_sandbox(&id("d")).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_dead_sandbox_is_found_dead_and_the_same_call_brings_it_back() {
    with_lab("dead", |lab| async move {
        lab.runtime.create_sandbox(&everything("d")).await.unwrap();
        let container = lab.docker_id("d", "sandbox", None).await;
        lab.docker.kill_container(&container, None::<KillContainerOptions>).await.unwrap();
        let later = connect(&lab.owner, vec![]).await.unwrap();
        assert!(!later.adopt().await.unwrap()[0].alive);
        later.create_sandbox(&everything("d")).await.unwrap();
        assert!(later.adopt().await.unwrap()[0].alive);
    })
    .await;
}

#[tokio::test]
async fn another_emulators_deployments_are_neither_found_nor_touched() {
    with_lab("mine", |mine| async move {
        with_lab("theirs", |theirs| async move {
            theirs.runtime.create_sandbox(&everything("d")).await.unwrap();
            theirs.runtime.start_container(&id("d"), &theirs.container("app", &["wait"])).await.unwrap();
            let before = theirs.objects().await;
            assert_eq!(mine.runtime.adopt().await.unwrap(), []);
            mine.runtime.create_sandbox(&everything("d")).await.unwrap();
            mine.runtime.remove_sandbox(&id("d")).await.unwrap();
            assert_eq!(theirs.objects().await, before);
            assert!(theirs.runtime.adopt().await.unwrap()[0].alive);
        })
        .await;
    })
    .await;
}
