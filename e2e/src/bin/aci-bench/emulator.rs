//! An emulator of our own, started for the measurement and ended with it.

use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// A running emulator; killed when dropped.
pub(crate) struct Emulator {
    process: Child,
    /// Where it listens: host and port.
    pub(crate) address: String,
}

impl Emulator {
    /// Starts the emulator that was built beside this program, on a port of its choice and without a store.
    pub(crate) async fn start(runtime: &str) -> Result<Self> {
        let mut process = Command::new(binary()?)
            .args(["serve", "--listen", "127.0.0.1:0", "--in-memory", "--runtime", runtime])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("failed to start the emulator")?;
        let output = process.stdout.take().context("no standard output")?;
        let mut lines = BufReader::new(output).lines();
        while let Some(line) = lines.next_line().await? {
            if let Some(address) = line.split_whitespace().find_map(loopback_address) {
                // Drained from now on, or its log would block the emulator when the pipe is full.
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                if let Some(errors) = process.stderr.take() {
                    let mut errors = BufReader::new(errors).lines();
                    tokio::spawn(async move { while let Ok(Some(_)) = errors.next_line().await {} });
                }
                return Ok(Self { process, address });
            }
        }
        bail!("the emulator ended without telling its address")
    }

    /// Its memory in MiB, shared pages counted by share.
    pub(crate) fn memory(&self) -> Result<f64> {
        let id = self.process.id().context("the emulator has ended")?;
        proportional_memory(id)
    }
}

/// The proportional set size of a process in MiB.
pub(crate) fn proportional_memory(id: u32) -> Result<f64> {
    let text =
        std::fs::read_to_string(format!("/proc/{id}/smaps_rollup")).context("no smaps_rollup: not Linux?")?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:")).context("no Pss line")?;
    let kilobytes: f64 = line.trim_end_matches("kB").trim().parse()?;
    Ok(kilobytes / 1024.0)
}

fn binary() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("ACI_BENCH_EMULATOR") {
        return Ok(path.into());
    }
    let here = std::env::current_exe()?;
    let path = here.with_file_name("aci-emulator");
    if !path.exists() {
        bail!("{} is missing: cargo build --release -p aci-emulator", path.display());
    }
    Ok(path)
}

/// `127.0.0.1:PORT` inside a word such as `http://127.0.0.1:4580,`.
fn loopback_address(word: &str) -> Option<String> {
    let start = word.find("127.0.0.1:")?;
    let port: String = word[start + "127.0.0.1:".len()..].chars().take_while(char::is_ascii_digit).collect();
    (!port.is_empty()).then(|| format!("127.0.0.1:{port}"))
}
