//! The emulator's process: arguments in, exit code out.

use std::process::ExitCode;

use aci_emulator::args::Args;
use clap::Parser as _;

#[tokio::main]
async fn main() -> ExitCode {
    match Args::parse().run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("aci-emulator: {error}");
            ExitCode::FAILURE
        }
    }
}
