//! Start to first answer, and idle memory.

use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::Command;

use crate::emulator::{Emulator, proportional_memory};
use crate::http::{Connection, request};
use crate::measure::{median, now, report, report_time};

/// Starts often enough for a median that does not jump.
const STARTS: usize = 11;

pub(crate) async fn measure() -> Result<()> {
    let health = request("GET", "/_emulator/health", None);
    let mut ours = Vec::new();
    let mut baseline = Vec::new();
    let mut memory = 0.0;
    for _ in 0..STARTS {
        let begin = now();
        let emulator = Emulator::start("sim").await?;
        let (status, _) = Connection::open(&emulator.address).await?.exchange(&health).await?;
        ensure!(status == 200, "health answered {status}");
        ours.push(now() - begin);
        memory = emulator.memory()?;
        let begin = now();
        Command::new("/bin/true").status().await.context("failed to start /bin/true")?;
        baseline.push(now() - begin);
    }
    report_time("start to first answer / process that ends", median(ours), median(baseline));
    report("idle memory (PSS) / idle shell", "MiB", memory, shell_memory().await?);
    Ok(())
}

/// A shell that waits for input: the smallest program of everyday use that has a heap of its own.
async fn shell_memory() -> Result<f64> {
    let mut shell =
        Command::new("/bin/sh").stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
    let mut input = shell.stdin.take().context("no standard input")?;
    let output = shell.stdout.take().context("no standard output")?;
    // Its answer shows that it is past its start.
    input.write_all(b"echo ready\n").await?;
    BufReader::new(output).lines().next_line().await?.context("the shell has ended")?;
    let memory = proportional_memory(shell.id().context("the shell has ended")?)?;
    shell.kill().await?;
    Ok(memory)
}
