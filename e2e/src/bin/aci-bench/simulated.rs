//! Creations against the simulated runtime: how many a second, and what a stored group costs.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::emulator::Emulator;
use crate::group::{group_body, group_path, put, resource_group};
use crate::http::{Connection, canned_server, load, request};
use crate::measure::{now, report};

/// Long enough for thousands of groups, so that what grows with their number shows.
const LOAD: Duration = Duration::from_secs(3);
/// Longer than this nothing here takes, or it is broken.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) async fn measure() -> Result<()> {
    let emulator = Emulator::start("sim").await?;
    let mut arm = Connection::open(&emulator.address).await?;
    put(&mut arm, &resource_group(), &serde_json::json!({"location": "westus2"})).await?;
    let before = emulator.memory()?;

    let next = Arc::new(AtomicUsize::new(0));
    let body = group_body();
    let create = {
        let (next, body) = (Arc::clone(&next), body.clone());
        move || {
            let number = next.fetch_add(1, Ordering::Relaxed);
            request("PUT", &group_path(&format!("g-{number}")), Some(&body))
        }
    };
    let ours = load(&emulator.address, LOAD, create.clone()).await?;
    let made = next.load(Ordering::Relaxed);
    let last = await_all_running(&mut arm, made).await?;
    let baseline = load(&canned_server(last.clone()).await?, LOAD, create).await?;
    report("PUT, simulated runtime / canned answer", "/s", ours, baseline);

    let groups = u32::try_from(made).map_or(f64::MAX, f64::from);
    let each = (emulator.memory()? - before) * 1024.0 / groups;
    let text = u32::try_from(last.len()).map_or(f64::MAX, f64::from) / 1024.0;
    report("memory of a running group / its GET body", "KiB", each, text);
    Ok(())
}

/// Waits until the group that was made last, and with it all before, has come to rest; its body.
async fn await_all_running(arm: &mut Connection, made: usize) -> Result<Vec<u8>> {
    let patience = now() + PATIENCE;
    for number in (0..made).rev() {
        let get = request("GET", &group_path(&format!("g-{number}")), None);
        loop {
            let (status, body) = arm.exchange(&get).await?;
            // The load ends between a number and its request.
            if status == 404 {
                break;
            }
            let group: Value = serde_json::from_slice(&body)?;
            if group["properties"]["instanceView"]["state"] == "Running" {
                if number == 0 {
                    return Ok(body);
                }
                break;
            }
            ensure!(now() < patience, "group {number} does not run: {group}");
            tokio::task::yield_now().await;
        }
    }
    None.context("no group was made")
}
