//! Commands of others, with their output in the error when they fail.

use std::process::Stdio;

use anyhow::{Context, Result, bail};
use tokio::process::Command;

/// Runs a command to its end and returns its standard output.
///
/// # Errors
/// When it cannot be started or exits with another code than 0; the error holds what it wrote.
pub async fn run(program: &str, arguments: &[&str]) -> Result<String> {
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .await
        .with_context(|| format!("failed to start {program}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        bail!("{program} {} failed: {}\n{text}{errors}", arguments.join(" "), output.status);
    }
    Ok(text)
}
