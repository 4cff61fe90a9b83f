//! What the operating system lets the process have.

use rustix::process::{Resource, getrlimit, setrlimit};

/// What is assumed where no limit is told.
const PLENTY: usize = 1 << 16;

/// Lifts the soft limit of open files to the hard one, and answers what it is then.
///
/// The soft one is often 1024 for the sake of programs that use `select`, which this one does not.
pub fn raise_open_files() -> usize {
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        let before = limit.current;
        limit.current = limit.maximum;
        if let Err(error) = setrlimit(Resource::Nofile, limit) {
            tracing::debug!(%error, "the limit of open files stays as it is");
            limit.current = before;
        }
    }
    limit.current.and_then(|files| usize::try_from(files).ok()).map_or(PLENTY, |files| files.min(PLENTY))
}
