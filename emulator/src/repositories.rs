//! Repositories that are cloned into the volumes of container groups.

use std::sync::Arc;

use async_trait::async_trait;
use thiserror::Error;

mod git;

pub use git::Git;

use crate::runtime::Tree;

/// Where clones come from.
#[async_trait]
pub trait Repositories: Send + Sync + 'static {
    /// Clones a repository into a folder of its own.
    ///
    /// # Errors
    /// [`CloneError`], whose words hold no user and no password of the URL.
    async fn fetch(&self, wanted: &RepositorySpec) -> Result<Tree, CloneError>;
}

/// Repositories that are handed around.
pub type SharedRepositories = Arc<dyn Repositories>;

/// What to clone, and where to.
#[derive(Clone, PartialEq, Eq)]
pub struct RepositorySpec {
    /// The URL; it may hold a user and a password.
    pub url: String,
    /// The folder inside the volume; empty for the volume's own.
    pub directory: String,
    /// A commit, tag or branch; the remote's default branch when absent.
    pub revision: Option<String>,
}

/// Why there is no clone.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct CloneError(pub String);

impl std::fmt::Debug for RepositorySpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let url = without_user(&self.url);
        let Self { directory, revision, .. } = self;
        f.debug_struct("RepositorySpec")
            .field("url", &url)
            .field("directory", directory)
            .field("revision", revision)
            .finish()
    }
}

impl RepositorySpec {
    /// A clone into the folder that the request names, or into one of the repository's name (DOC); `None` for a
    /// folder that would lie outside the volume.
    pub fn new(url: &str, directory: Option<&str>, revision: Option<&str>) -> Option<Self> {
        let directory = match directory.filter(|directory| !directory.is_empty()) {
            Some(directory) => within_volume(directory)?,
            None => within_volume(own_name(url)).filter(|name| !name.is_empty())?,
        };
        let revision = revision.filter(|revision| !revision.is_empty()).map(str::to_owned);
        Some(Self { url: url.to_owned(), directory, revision })
    }
}

/// The last part of a URL's path, without `.git`: where `git clone` would put it.
fn own_name(url: &str) -> &str {
    let path = url.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let name = path.rsplit(['/', ':']).next().unwrap_or_default();
    name.strip_suffix(".git").unwrap_or(name)
}

/// A relative path in its plainest form; `None` when it leads out.
fn within_volume(directory: &str) -> Option<String> {
    let parts = directory.split('/').filter(|part| !part.is_empty() && *part != ".");
    let parts: Vec<&str> = parts.collect();
    let leads_out = directory.starts_with('/') || directory.contains('\0') || parts.contains(&"..");
    (!leads_out).then(|| parts.join("/"))
}

/// A URL without user and password.
fn without_user(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit('@').next().unwrap_or(authority);
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory(url: &str, directory: Option<&str>) -> Option<String> {
        RepositorySpec::new(url, directory, None).map(|spec| spec.directory)
    }

    #[test]
    fn the_folder_is_the_repositorys_name_unless_another_is_given() {
        for url in [
            "https://x.io/me/app.git",
            "https://x.io/me/app",
            "https://x.io/me/app/",
            "https://x.io/app.git?a=b",
        ] {
            assert_eq!(directory(url, None).as_deref(), Some("app"), "{url}");
        }
        let url = "https://x.io/me/app.git";
        assert_eq!(directory(url, Some("")).as_deref(), Some("app"));
        assert_eq!(directory(url, Some("src")).as_deref(), Some("src"));
        assert_eq!(directory(url, Some("./a//b/")).as_deref(), Some("a/b"));
        assert_eq!(directory(url, Some(".")).as_deref(), Some(""), "the volume itself");
    }

    #[test]
    fn a_folder_outside_the_volume_is_none() {
        for outside in ["..", "../x", "a/../b", "/etc"] {
            assert_eq!(directory("https://x.io/app", Some(outside)), None, "{outside}");
        }
        assert_eq!(directory("https://x.io/..", None), None);
    }

    #[test]
    fn no_debug_print_shows_who_clones() {
        let spec = RepositorySpec::new("https://me:s3cret@x.io/app", None, Some("main")).unwrap();
        let printed = format!("{spec:?}");
        assert!(!printed.contains("s3cret") && !printed.contains("me:"), "{printed}");
        assert!(printed.contains("https://x.io/app") && printed.contains("main"), "{printed}");
    }
}
