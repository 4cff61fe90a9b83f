//! Programs beside a container's own, on a terminal, and its log while it grows.
//!
//! Docker cannot end such a program; one whose caller has left ends when it reads the end of its input, or
//! with its container.

use async_trait::async_trait;
use bollard::Docker;
use bollard::container::LogOutput;
use bollard::errors::Error;
use bollard::exec::ResizeExecOptions;
use bollard::models::ExecConfig;
use bollard::query_parameters::LogsOptionsBuilder;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt as _, sink};
use tokio::io::AsyncWriteExt;
use tokio_util::io::ReaderStream;

use super::container::tail_text;
use super::engine::Engine;
use super::error::{is_conflict, is_missing, refused};
use super::hijack::{self, HijackError};
use crate::runtime::{
    ByteStream, Exec, ExecControl, ExecSpec, LogQuery, RuntimeError, SandboxId, TerminalSize,
};

/// What Docker takes for the wish to detach, and keeps back while it may become that: nothing that anybody types,
/// unlike the usual ^P ^Q, which is "previous line" to shells.
const DETACH_KEYS: &str = "ctrl-^,ctrl-_,ctrl-^,ctrl-_,ctrl-^,ctrl-_,ctrl-^,ctrl-_";

/// How much output is taken at once.
const OUTPUT_BYTES: usize = 32 * 1024;

struct Control {
    docker: Docker,
    exec: String,
}

impl Engine {
    /// Runs a program on a terminal.
    pub(crate) async fn exec(
        &self,
        sandbox: &SandboxId,
        name: &str,
        spec: &ExecSpec,
    ) -> Result<Exec, RuntimeError> {
        let group = self.group_of(sandbox).await?;
        let container = self.names.container(&group, sandbox, name);
        let made = self.docker.create_exec(&container, config(spec)).await;
        let exec = made.map_err(|error| not_running(name, error))?.id;
        let terminal =
            hijack::start_exec(&self.host, &exec).await.map_err(|error| not_started(name, error))?;
        let (output, input) = tokio::io::split(terminal);
        let output = ReaderStream::with_capacity(output, OUTPUT_BYTES)
            .map_err(|error| RuntimeError::Gone(format!("the program ({error})")));
        let input = sink::unfold(input, |mut input, bytes: Bytes| async move {
            let written = async {
                input.write_all(&bytes).await?;
                input.flush().await
            };
            written.await.map_err(|error| RuntimeError::Gone(format!("the program ({error})")))?;
            Ok(input)
        });
        let control = Control { docker: self.docker.clone(), exec };
        control.tell_first_size(spec.terminal);
        Ok(Exec { input: Box::pin(input), output: output.boxed(), control: Box::new(control) })
    }

    /// The log of the latest attempt while it grows.
    pub(crate) async fn attach(
        &self,
        sandbox: &SandboxId,
        name: &str,
        query: LogQuery,
    ) -> Result<ByteStream, RuntimeError> {
        let group = self.group_of(sandbox).await?;
        let container = self.names.container(&group, sandbox, name);
        // The stream is lazy: without this a missing container would be its first item.
        if self.inspect(&container).await?.is_none() {
            return Err(RuntimeError::Gone(format!("container {name}")));
        }
        let options = LogsOptionsBuilder::new()
            .stdout(true)
            .stderr(true)
            .follow(true)
            .timestamps(query.timestamps)
            .tail(&tail_text(query.tail));
        Ok(self.docker.logs(&container, Some(options.build())).map(chunk).boxed())
    }
}

fn config(spec: &ExecSpec) -> ExecConfig {
    let TerminalSize { rows, cols } = spec.terminal;
    ExecConfig {
        attach_stdin: Some(true),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        tty: Some(true),
        detach_keys: Some(DETACH_KEYS.to_owned()),
        // Since API 1.42; older engines do not read it.
        console_size: Some(vec![rows.into(), cols.into()]),
        cmd: Some(spec.command.clone()),
        ..ExecConfig::default()
    }
}

fn chunk(output: Result<LogOutput, Error>) -> Result<Bytes, RuntimeError> {
    output.map(LogOutput::into_bytes).map_err(refused)
}

fn not_running(name: &str, error: Error) -> RuntimeError {
    if is_missing(&error) || is_conflict(&error) {
        RuntimeError::Gone(format!("a running container {name}"))
    } else {
        refused(error)
    }
}

fn not_started(name: &str, error: HijackError) -> RuntimeError {
    match error {
        HijackError::Refused { status: 404 | 409, .. } => {
            RuntimeError::Gone(format!("a running container {name}"))
        }
        HijackError::Refused { message, .. } => RuntimeError::Refused(message),
        broken => RuntimeError::Unavailable(broken.to_string()),
    }
}

impl Control {
    /// Engines before API 1.42 take a size only of a program that runs, and keep a caller waiting for one that
    /// never does; the output must not wait for that.
    fn tell_first_size(&self, size: TerminalSize) {
        let control = Self { docker: self.docker.clone(), exec: self.exec.clone() };
        tokio::spawn(async move {
            if let Err(error) = control.resize(size).await {
                tracing::debug!(%error, "The program ended before it was told the size of its terminal");
            }
        });
    }
}

#[async_trait]
impl ExecControl for Control {
    async fn resize(&self, size: TerminalSize) -> Result<(), RuntimeError> {
        let options = ResizeExecOptions { height: size.rows, width: size.cols };
        match self.docker.resize_exec(&self.exec, options).await {
            Err(error) if is_missing(&error) || is_conflict(&error) => {
                Err(RuntimeError::Gone("the program".to_owned()))
            }
            other => other.map_err(refused),
        }
    }

    async fn exit_code(&self) -> Result<Option<i32>, RuntimeError> {
        let found = self.docker.inspect_exec(&self.exec).await.map_err(refused)?;
        let code = found.exit_code.filter(|_| found.running != Some(true));
        Ok(code.and_then(|code| i32::try_from(code).ok()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_gets_a_terminal_of_the_wanted_size_and_its_arguments_unread() {
        let command = vec!["echo".to_owned(), "a b".to_owned(), "|".to_owned()];
        let config =
            config(&ExecSpec { command: command.clone(), terminal: TerminalSize { rows: 24, cols: 80 } });
        assert_eq!((config.tty, config.attach_stdin), (Some(true), Some(true)));
        assert_eq!(config.console_size, Some(vec![24, 80]));
        assert_eq!(config.cmd, Some(command));
    }
}
