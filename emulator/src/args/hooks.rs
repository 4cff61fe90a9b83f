//! Scripts that run when an emulator starts and when it is ready, as users of LocalStack know them.
//!
//! `start.d` runs before the port is open, `ready.d` once calls are answered; in each, what may be executed, by name. A
//! script that fails is logged and keeps nothing from starting.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the scripts lie.
pub(super) struct Hooks {
    folder: PathBuf,
}

impl Hooks {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Runs the scripts of a stage one after the other; they find the emulator by `ACI_EMULATOR_URL`.
    pub(super) async fn run(&self, stage: &'static str, url: Option<String>) {
        let scripts = scripts(&self.folder.join(stage));
        let run = tokio::task::spawn_blocking(move || {
            for script in scripts {
                let mut command = Command::new(&script);
                command.envs(url.iter().map(|url| ("ACI_EMULATOR_URL", url)));
                let shown = script.display().to_string();
                match command.status() {
                    Ok(status) if status.success() => tracing::info!(script = shown, "A hook has run"),
                    Ok(status) => tracing::warn!(script = shown, %status, "A hook failed"),
                    Err(error) => tracing::warn!(script = shown, %error, "A hook cannot be run"),
                }
            }
        });
        if let Err(error) = run.await {
            tracing::error!(%error, "The hooks ended badly");
        }
    }
}

/// What may be executed in a folder, by name; a missing folder has nothing.
fn scripts(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let may_run =
        |path: &PathBuf| path.metadata().is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0);
    let mut scripts: Vec<_> = entries.filter(may_run).collect();
    scripts.sort();
    scripts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn scripts_run_by_name_with_the_address_and_a_failure_stops_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let stage = folder.path().join("ready.d");
        std::fs::create_dir(&stage).unwrap();
        let told = folder.path().join("told");
        for (name, text, mode) in [
            ("20-b", format!("#!/bin/sh\necho b $ACI_EMULATOR_URL >>{}\n", told.display()), 0o755),
            ("10-a", format!("#!/bin/sh\necho a >>{}\nexit 1\n", told.display()), 0o755),
            ("30-c", "not to be run".to_owned(), 0o644),
        ] {
            std::fs::write(stage.join(name), text).unwrap();
            std::fs::set_permissions(stage.join(name), std::fs::Permissions::from_mode(mode)).unwrap();
        }
        let hooks = Hooks::new(folder.path().to_owned());
        hooks.run("start.d", None).await;
        hooks.run("ready.d", Some("http://here".to_owned())).await;
        assert_eq!(std::fs::read_to_string(told).unwrap(), "a\nb http://here\n");
    }
}
