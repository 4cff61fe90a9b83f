//! Start to first answer, and idle memory.

use std::process::Stdio;

use anyhow::{Context, Result, ensure};
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
    let mut idle = Command::new("sleep").arg("60").stdin(Stdio::null()).kill_on_drop(true).spawn()?;
    let raw = proportional_memory(idle.id().context("sleep has ended")?)?;
    report("idle memory (PSS) / process that sleeps", "MiB", memory, raw);
    idle.kill().await?;
    Ok(())
}
