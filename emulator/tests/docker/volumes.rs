//! What containers of a group find in its volumes.

use std::sync::Arc;

use aci_emulator::runtime::{
    ContainerSpec, MountSpec, Runtime, RuntimeError, SandboxSpec, SecretFile, Tree, VolumeContent, VolumeSpec,
};

use crate::support::{Lab, connect, id, sandbox, with_lab};

fn spec(name: &str) -> SandboxSpec {
    let token = SecretFile { name: "token".into(), content: b"s3cret".to_vec() };
    SandboxSpec {
        volumes: vec![
            VolumeSpec { name: "scratch".into(), content: VolumeContent::Empty },
            VolumeSpec { name: "keys".into(), content: VolumeContent::Secret(vec![token]) },
        ],
        ..sandbox(name)
    }
}

fn mounted(lab: &Lab, name: &str, arguments: &[&str]) -> ContainerSpec {
    let mount = |volume: &str, path: &str, read_only| MountSpec {
        volume: volume.into(),
        path: path.into(),
        read_only,
    };
    let mounts = vec![mount("scratch", "/scratch", false), mount("keys", "/etc/keys", true)];
    ContainerSpec { mounts, ..lab.container(name, arguments) }
}

#[tokio::test]
async fn secrets_are_files_that_everybody_reads_and_nobody_writes() {
    with_lab("secret", |lab| async move {
        lab.runtime.create_sandbox(&spec("d")).await.unwrap();
        assert_eq!(lab.run("d", &mounted(&lab, "read", &["cat", "/etc/keys/token"])).await.1, "s3cret");
        assert_eq!(lab.run("d", &mounted(&lab, "stat", &["stat", "/etc/keys/token"])).await.1, "644 0:0\n");
        let write = mounted(&lab, "write", &["write", "/etc/keys/token", "x"]);
        assert_ne!(lab.run("d", &write).await.0.code, 0);
    })
    .await;
}

#[tokio::test]
async fn secrets_lie_in_memory_and_outlive_the_emulator_and_all_containers() {
    with_lab("memory", |lab| async move {
        lab.runtime.create_sandbox(&spec("d")).await.unwrap();
        let (_, mounts) = lab.run("d", &mounted(&lab, "mounts", &["cat", "/proc/mounts"])).await;
        let keys = mounts.lines().find(|line| line.contains(" /etc/keys ")).unwrap();
        assert!(keys.starts_with("tmpfs "), "{keys}");

        let later = connect(&lab.owner, vec![]).await.unwrap();
        let read = mounted(&lab, "later", &["cat", "/etc/keys/token"]);
        later.start_container(&id("d"), &ContainerSpec { attempt: 1, ..read.clone() }).await.unwrap();
        crate::support::eventually("the secret", || async {
            (lab.log("d", "later").await == "s3cret").then_some(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn what_one_container_writes_into_an_empty_volume_another_reads() {
    with_lab("empty", |lab| async move {
        lab.runtime.create_sandbox(&spec("d")).await.unwrap();
        assert_eq!(lab.run("d", &mounted(&lab, "stat", &["stat", "/scratch"])).await.1, "777 0:0\n");
        let (exit, _) = lab.run("d", &mounted(&lab, "write", &["write", "/scratch/note", "for you"])).await;
        assert_eq!(exit.code, 0);
        assert_eq!(lab.run("d", &mounted(&lab, "read", &["cat", "/scratch/note"])).await.1, "for you");
    })
    .await;
}

#[tokio::test]
async fn creating_a_sandbox_again_keeps_what_is_in_its_volumes() {
    with_lab("kept", |lab| async move {
        lab.runtime.create_sandbox(&spec("d")).await.unwrap();
        lab.run("d", &mounted(&lab, "write", &["write", "/scratch/note", "kept"])).await;
        lab.runtime.create_sandbox(&spec("d")).await.unwrap();
        assert_eq!(lab.run("d", &mounted(&lab, "read", &["cat", "/scratch/note"])).await.1, "kept");
    })
    .await;
}

#[tokio::test]
async fn a_copied_folder_is_in_its_volume_as_it_was_and_roots() {
    with_lab("copy", |lab| async move {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("app/docs")).unwrap();
        std::fs::write(folder.path().join("app/docs/page"), "deep").unwrap();
        std::os::unix::fs::symlink("docs/page", folder.path().join("app/link")).unwrap();
        let content = VolumeContent::Copy(Arc::new(Tree::new(folder)));
        let volumes = vec![VolumeSpec { name: "source".into(), content }];
        lab.runtime.create_sandbox(&SandboxSpec { volumes, ..sandbox("d") }).await.unwrap();
        let mount = MountSpec { volume: "source".into(), path: "/src".into(), read_only: false };
        let look = |name: &str, arguments: &[&str]| ContainerSpec {
            mounts: vec![mount.clone()],
            ..lab.container(name, arguments)
        };
        assert_eq!(lab.run("d", &look("link", &["cat", "/src/app/link"])).await.1, "deep");
        assert_eq!(lab.run("d", &look("root", &["stat", "/src"])).await.1, "777 0:0\n");
        assert_eq!(lab.run("d", &look("stat", &["stat", "/src/app/docs/page"])).await.1, "644 0:0\n");
    })
    .await;
}

#[tokio::test]
async fn a_file_of_a_memory_volume_is_written_anew_while_containers_run() {
    with_lab("rewrite", |lab| async move {
        lab.runtime.create_sandbox(&spec("d")).await.unwrap();
        let token = SecretFile { name: "token".into(), content: b"changed".to_vec() };
        let keys = VolumeSpec { name: "keys".into(), content: VolumeContent::Secret(vec![token]) };
        let later = "2026-01-02T03:04:05Z".parse().unwrap();
        lab.runtime.write_volumes(&id("d"), &[(1, keys.clone())], later).await.unwrap();
        assert_eq!(lab.run("d", &mounted(&lab, "read", &["cat", "/etc/keys/token"])).await.1, "changed");
        let nowhere = lab.runtime.write_volumes(&id("nowhere"), &[(0, keys)], later).await;
        assert!(matches!(nowhere, Err(RuntimeError::Gone(_))), "{nowhere:?}");
    })
    .await;
}
