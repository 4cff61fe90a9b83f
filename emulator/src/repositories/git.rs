//! Clones over HTTP, in this process: the machine needs no git, and its settings and credentials play no part.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use gix::progress::Discard;
use gix::worktree::stack::state::attributes::Source;

use super::{CloneError, Repositories, RepositorySpec, without_user};
use crate::runtime::Tree;

/// The schemes of URLs that are cloned. A path or `file:` would hand out this machine's repositories, and `ssh:` would
/// use its keys.
const SCHEMES: [&str; 2] = ["https://", "http://"];

/// How long a clone may take: what the largest repositories need over a slow line.
const PATIENCE: Duration = Duration::from_secs(600);

type Cause = Box<dyn Error + Send + Sync>;

/// Clones by HTTP and HTTPS.
#[derive(Clone, Copy, Debug)]
pub struct Git(());

impl Git {
    /// Readies TLS for all clones.
    pub fn new() -> Self {
        // A second installation is refused, and fine: whoever was first chose the same.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        Self(())
    }
}

impl Default for Git {
    fn default() -> Self {
        Self::new()
    }
}

/// Ends a clone that nobody waits for any more.
struct Interrupt(Arc<AtomicBool>);

impl Drop for Interrupt {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[async_trait]
impl Repositories for Git {
    async fn fetch(&self, wanted: &RepositorySpec) -> Result<Tree, CloneError> {
        let url = wanted.url.to_ascii_lowercase();
        if !SCHEMES.iter().any(|scheme| url.starts_with(scheme)) {
            return Err(CloneError(format!(
                "'{}' is not a URL that begins with https:// or http://",
                without_user(&wanted.url)
            )));
        }
        let interrupt = Interrupt(Arc::default());
        let (flag, spec) = (interrupt.0.clone(), wanted.clone());
        let (sender, cloned) = tokio::sync::oneshot::channel();
        // A thread of its own: the runtime would wait at its end for one of its pool that hangs on the network.
        let thread = std::thread::Builder::new().name("clone".to_owned()).spawn(move || {
            // Whoever gave up waiting needs no answer.
            let _gone = sender.send(fetch(&spec, &flag).map_err(|error| words(&spec, error.as_ref())));
        });
        thread.map_err(|error| CloneError(error.to_string()))?;
        match tokio::time::timeout(PATIENCE, cloned).await {
            Ok(Ok(answer)) => answer.map_err(CloneError),
            Ok(Err(_)) => Err(CloneError("the clone ended without an answer".to_owned())),
            Err(_) => Err(CloneError(format!("not cloned within {} seconds", PATIENCE.as_secs()))),
        }
    }
}

fn fetch(spec: &RepositorySpec, interrupt: &AtomicBool) -> Result<Tree, Cause> {
    let folder = tempfile::Builder::new().prefix("aci-clone-").tempdir()?;
    let path = folder.path().join(&spec.directory);
    std::fs::create_dir_all(&path)?;
    let mut prepared = gix::clone::PrepareFetch::new(
        spec.url.as_str(),
        &path,
        gix::create::Kind::WithWorktree,
        gix::create::Options::default(),
        // Not the settings of this machine's users, among them their credential helpers.
        gix::open::Options::isolated(),
    )?
    .configure_connection(|connection| {
        // Nobody is asked: what the URL does not hold is not there.
        connection.set_credentials(|_action| Ok(None));
        Ok(())
    });
    let (repository, _) = prepared.fetch_only(Discard, interrupt)?;
    check_out(&repository, spec.revision.as_deref(), &path, interrupt)?;
    Ok(Tree::new(folder))
}

/// Writes the files of a revision, and of the remote's default branch where there is none.
fn check_out(
    repository: &gix::Repository,
    revision: Option<&str>,
    path: &Path,
    interrupt: &AtomicBool,
) -> Result<(), Cause> {
    let commit = match revision {
        Some(revision) => commit_of(repository, revision)?,
        None => match repository.head()?.try_peel_to_id()? {
            Some(head) => head.detach(),
            // An empty repository is a clone without files.
            None => return Ok(()),
        },
    };
    let tree = repository.find_object(commit)?.peel_to_tree()?.id;
    let mut index = repository.index_from_tree(&tree)?;
    let mut options = repository.checkout_options(Source::IdMapping)?;
    options.destination_is_initially_empty = true;
    let objects = repository.objects.clone().into_arc()?;
    gix::worktree::state::checkout(&mut index, path, objects, &Discard, &Discard, interrupt, options)?;
    if interrupt.load(Ordering::Relaxed) {
        return Err("nobody waits for it any more".into());
    }
    index.write(gix::index::write::Options::default())?;
    if revision.is_some() {
        std::fs::write(repository.git_dir().join("HEAD"), format!("{commit}\n"))?;
    }
    Ok(())
}

/// A branch of the remote, a tag, or a commit by its hash, whole or the beginning of it.
fn commit_of(repository: &gix::Repository, revision: &str) -> Result<gix::ObjectId, Cause> {
    let none = || format!("the repository has no revision '{revision}'");
    let names =
        [format!("refs/remotes/origin/{revision}"), format!("refs/tags/{revision}"), revision.to_owned()];
    for name in &names {
        if let Ok(Some(mut reference)) = repository.try_find_reference(name.as_str()) {
            return Ok(reference.peel_to_commit()?.id);
        }
    }
    let prefix = gix::hash::Prefix::from_hex(revision).map_err(|_| none())?;
    let found = repository.objects.lookup_prefix(prefix, None)?.and_then(Result::ok);
    Ok(repository.find_object(found.ok_or_else(none)?)?.peel_to_commit()?.id)
}

/// What went wrong in one line, without what the URL says about its user.
fn words(spec: &RepositorySpec, error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        cause = inner.source();
    }
    let text = text.replace(&spec.url, &without_user(&spec.url));
    let authority = spec.url.split("://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default();
    let text = match authority.rsplit_once('@') {
        Some((user, _)) => {
            let password = user.split_once(':').map_or(user, |(_, password)| password);
            text.replace(user, "***").replace(password, "***")
        }
        None => text,
    };
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
