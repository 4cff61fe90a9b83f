//! Clones by HTTP.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use aci_emulator::repositories::{CloneError, Git, Repositories as _, RepositorySpec};
use aci_emulator::runtime::Tree;

use crate::support::git::{FIRST, serve};

async fn fetch(url: &str, directory: Option<&str>, revision: Option<&str>) -> Result<Tree, CloneError> {
    Git::new().fetch(&RepositorySpec::new(url, directory, revision).unwrap()).await
}

fn readme(path: &Path) -> String {
    std::fs::read_to_string(path.join("README.md")).unwrap()
}

#[tokio::test]
async fn a_clone_has_the_files_of_the_default_branch_under_the_repositorys_name() {
    let url = format!("http://{}/app.git", serve().await);
    let tree = fetch(&url, None, None).await.unwrap();
    let app = tree.path().join("app");
    assert_eq!(readme(&app), "second\n");
    assert_eq!(std::fs::read_to_string(app.join("docs/page.txt")).unwrap(), "deep\n");
    assert_ne!(app.join("run.sh").metadata().unwrap().permissions().mode() & 0o111, 0);
    assert_eq!(std::fs::read_link(app.join("link")).unwrap(), Path::new("README.md"));
    assert!(app.join(".git/HEAD").is_file());
    let folder = tree.path().to_owned();
    drop(tree);
    assert!(!folder.exists());
}

#[tokio::test]
async fn a_revision_is_a_tag_a_branch_or_a_commit() {
    let url = format!("http://{}/app.git", serve().await);
    for (revision, text) in [
        ("v1", "first\n"),
        ("side", "side\n"),
        ("main", "second\n"),
        (FIRST, "first\n"),
        (&FIRST[..10], "first\n"),
    ] {
        let tree = fetch(&url, Some("."), Some(revision)).await.unwrap();
        assert_eq!(readme(tree.path()), text, "{revision}");
    }
    let none = fetch(&url, None, Some("no-such-branch")).await.unwrap_err();
    assert_eq!(none.0, "the repository has no revision 'no-such-branch'");
}

#[tokio::test]
async fn what_cannot_be_cloned_is_told_without_who_the_url_says() {
    let server = serve().await;
    let missing = fetch(&format!("http://{server}/other.git"), None, None).await.unwrap_err();
    assert!(missing.0.contains("404"), "{missing}");
    for url in [
        format!("http://me:s3cret@{server}/private.git"),
        format!("http://s3cret@{server}/private.git"),
        "http://me:s3cret@127.0.0.1:1/app.git".to_owned(),
    ] {
        let refused = fetch(&url, None, None).await.unwrap_err();
        assert!(!refused.0.contains("s3cret") && !refused.0.contains('\n'), "{refused}");
    }
}

#[tokio::test]
async fn this_machines_own_repositories_are_nobodys() {
    for url in ["/etc", "file:///etc", "ssh://localhost/x.git", "git@localhost:x.git", "../x"] {
        let refused = fetch(url, Some("x"), None).await.unwrap_err();
        assert!(refused.0.contains("https://"), "{refused}");
    }
}
