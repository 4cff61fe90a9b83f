//! The benchmarks: each figure beside a raw baseline of the same run, so that machines can be compared.
//!
//! `make bench` builds the emulator for release first. The Docker part needs a daemon with the sample image,
//! the cluster part what `make up` makes; a part that is not there is named and left out.

mod cluster;
mod emulator;
mod group;
mod http;
mod measure;
mod start;

use anyhow::Result;

#[tokio::main]
async fn main() -> Result<()> {
    // The only provider of this process, so there is none to be in its way.
    let _ = rustls::crypto::ring::default_provider().install_default();
    println!("{:<42} {:>14} {:>14} {:>8}", "figure", "ours", "baseline", "ratio");
    start::measure().await?;
    if let Err(reason) = group::measure().await {
        println!("Docker figures left out: {reason:#}");
    }
    if let Err(reason) = cluster::measure().await {
        println!("cluster figures left out: {reason:#}");
    }
    Ok(())
}
