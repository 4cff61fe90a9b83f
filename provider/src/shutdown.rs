//! The end of the process: a signal asks for it, every part watches one token.

use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing::info;

/// Cancels the token at the first SIGTERM or SIGINT.
///
/// # Errors
/// When the signals cannot be listened to.
pub fn on_signal(token: CancellationToken) -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        let name = tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        };
        info!("{name}: finishing what is under way");
        token.cancel();
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rustix::process::{Signal, getpid, kill_process};

    use super::*;

    #[tokio::test]
    async fn sigterm_asks_for_the_end() {
        let token = CancellationToken::new();
        on_signal(token.clone()).unwrap();
        assert!(!token.is_cancelled());
        kill_process(getpid(), Signal::TERM).unwrap();
        tokio::time::timeout(Duration::from_secs(30), token.cancelled()).await.unwrap();
    }
}
