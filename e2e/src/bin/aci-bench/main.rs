//! The benchmarks: each figure beside a raw baseline of the same run, so that machines can be compared.
//!
//! `make bench` builds emulator and provider for release first; an argument (`start`, `simulated`, `fleet`, `docker`, `cluster`)
//! measures that part alone. The Docker part needs a daemon with the sample image,
//! the cluster part what `make up` makes; a part that is not there is named and left out.

mod cluster;
mod emulator;
mod fleet;
mod group;
mod http;
mod measure;
mod simulated;
mod start;

use anyhow::Result;

#[tokio::main]
async fn main() -> Result<()> {
    // The only provider of this process, so there is none to be in its way.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let part = std::env::args().nth(1);
    let wants = |name: &str| part.as_deref().is_none_or(|part| part == name);
    println!("{:<42} {:>14} {:>14} {:>8}", "figure", "ours", "baseline", "ratio");
    if wants("start") {
        start::measure().await?;
    }
    if wants("simulated") {
        simulated::measure().await?;
    }
    if wants("fleet") {
        fleet::measure().await?;
    }
    if wants("docker")
        && let Err(reason) = group::measure().await
    {
        println!("Docker figures left out: {reason:#}");
    }
    if wants("cluster")
        && let Err(reason) = cluster::measure().await
    {
        println!("cluster figures left out: {reason:#}");
    }
    Ok(())
}
