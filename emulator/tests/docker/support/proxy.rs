//! A socket in front of Docker's that can be cut, as when the engine restarts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// The proxy; it ends when dropped.
pub(crate) struct Proxy {
    folder: tempfile::TempDir,
    away: Arc<AtomicBool>,
    cut: Arc<Notify>,
    task: JoinHandle<()>,
}

impl Proxy {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let listener = UnixListener::bind(folder.path().join("docker.sock")).expect("a socket");
        let (away, cut) = (Arc::new(AtomicBool::new(false)), Arc::new(Notify::new()));
        let task = tokio::spawn(forward(listener, Arc::clone(&away), Arc::clone(&cut)));
        Self { folder, away, cut, task }
    }

    /// As `DOCKER_HOST` has it.
    pub(crate) fn host(&self) -> String {
        format!("unix://{}", self.folder.path().join("docker.sock").display())
    }

    /// Ends every connection and refuses new ones.
    pub(crate) fn cut(&self) {
        self.away.store(true, Ordering::SeqCst);
        self.cut.notify_waiters();
    }

    /// Takes connections again.
    pub(crate) fn mend(&self) {
        self.away.store(false, Ordering::SeqCst);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn forward(listener: UnixListener, away: Arc<AtomicBool>, cut: Arc<Notify>) {
    let docker = std::env::var("DOCKER_HOST").unwrap_or_else(|_| "unix:///var/run/docker.sock".to_owned());
    let docker = docker.trim_start_matches("unix://").to_owned();
    loop {
        let (mut client, _) = listener.accept().await.expect("a connection");
        if away.load(Ordering::SeqCst) {
            continue;
        }
        let (docker, cut) = (docker.clone(), Arc::clone(&cut));
        tokio::spawn(async move {
            let ended = cut.notified();
            let mut engine = UnixStream::connect(docker).await.expect("Docker");
            tokio::select! {
                _ = tokio::io::copy_bidirectional(&mut client, &mut engine) => {}
                () = ended => {}
            }
        });
    }
}
