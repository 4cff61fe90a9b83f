//! Commands of others, with their output in the error when they fail.

use std::process::{Output, Stdio};

use anyhow::{Context, Result, bail};
use tokio::io::AsyncWriteExt;
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

/// Runs a command to its end with some input, however it ends.
///
/// # Errors
/// When it cannot be started.
pub async fn converse(program: &str, arguments: &[&str], input: &[u8]) -> Result<Output> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("failed to start {program}"))?;
    let mut stdin = child.stdin.take().context("a child without input")?;
    let typing = async move {
        // A command need not read its input.
        let _unread = stdin.write_all(input).await;
    };
    let ((), output) = tokio::join!(typing, child.wait_with_output());
    Ok(output?)
}
