//! File shares: folders of this machine that deployments have in common.

use std::path::Path;

use aci_emulator::runtime::{
    ContainerSpec, MountSpec, Runtime, RuntimeError, SandboxSpec, SecuritySpec, ShareSource, SmbShare,
    VolumeContent, VolumeSpec,
};
use aci_emulator::surroundings::shares;
use aci_model::Secret;

use crate::support::{Lab, id, sandbox, with_lab};

fn with_share(name: &str, source: ShareSource, read_only: bool) -> SandboxSpec {
    let content = VolumeContent::Share { source, read_only };
    SandboxSpec { volumes: vec![VolumeSpec { name: "files".into(), content }], ..sandbox(name) }
}

fn folder(path: &Path) -> ShareSource {
    ShareSource::Folder(path.to_owned())
}

/// A container of an ordinary user with the share at `/files`.
fn user(lab: &Lab, name: &str, arguments: &[&str]) -> ContainerSpec {
    let mount = MountSpec { volume: "files".into(), path: "/files".into(), read_only: false };
    let security = SecuritySpec { user: Some(1234), group: Some(1234), ..SecuritySpec::default() };
    ContainerSpec { mounts: vec![mount], security, ..lab.container(name, arguments) }
}

#[tokio::test]
async fn what_one_group_writes_into_a_share_another_reads_and_it_stays_when_both_are_gone() {
    with_lab("share", |lab| async move {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("acct/data");
        shares::make_folder(&path).unwrap();
        lab.runtime.create_sandbox(&with_share("one", folder(&path), false)).await.unwrap();
        lab.runtime.create_sandbox(&with_share("two", folder(&path), true)).await.unwrap();
        let write = user(&lab, "write", &["write", "/files/note", "for all"]);
        assert_eq!(lab.run("one", &write).await.0.code, 0, "an ordinary user may write");
        assert_eq!(lab.run("two", &user(&lab, "read", &["cat", "/files/note"])).await.1, "for all");
        assert_ne!(lab.run("two", &write).await.0.code, 0, "the share is read-only there");
        lab.runtime.remove_sandbox(&id("one")).await.unwrap();
        lab.runtime.remove_sandbox(&id("two")).await.unwrap();
        assert_eq!(std::fs::read_to_string(path.join("note")).unwrap(), "for all");
    })
    .await;
}

#[tokio::test]
async fn a_share_that_cannot_be_mounted_is_told_apart_without_its_key_and_leaves_nothing() {
    with_lab("no-share", |lab| async move {
        let (server, key) = ("127.0.0.1".to_owned(), Secret::new("c2VjcmV0LWtleQ=="));
        let smb = SmbShare { server, share: "data".into(), user: "acct".into(), key };
        let sources = [folder(Path::new("/nonexistent/acct/data")), ShareSource::Smb(smb)];
        for source in sources {
            let refusal = lab.runtime.create_sandbox(&with_share("d", source, false)).await.unwrap_err();
            let RuntimeError::Share(words) = &refusal else { panic!("{refusal:?}") };
            assert!(!words.contains("c2VjcmV0"), "{words}");
        }
        assert_eq!(lab.objects().await, Vec::<String>::new());
    })
    .await;
}
