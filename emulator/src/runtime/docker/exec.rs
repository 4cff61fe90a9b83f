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
use futures::{StreamExt, TryStreamExt, sink};
use jiff::Timestamp;
use tokio::io::AsyncWriteExt;
use tokio_util::io::ReaderStream;

use super::container::tail_text;
use super::engine::Engine;
use super::error::{is_conflict, is_missing, refused};
use super::hijack::{self, HijackError};
use crate::runtime::{
    ByteStream, Exec, ExecControl, ExecSpec, LogLine, LogLines, LogQuery, RuntimeError, SandboxId,
    TerminalSize,
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
        let container = self.existing(sandbox, name).await?;
        let options = LogsOptionsBuilder::new()
            .stdout(true)
            .stderr(true)
            .follow(true)
            .timestamps(query.timestamps)
            .tail(&tail_text(query.tail));
        Ok(self.docker.logs(&container, Some(options.build())).map(chunk).boxed())
    }

    /// The lines of the latest attempt while they are written.
    pub(crate) async fn lines(
        &self,
        sandbox: &SandboxId,
        name: &str,
        since: Option<Timestamp>,
    ) -> Result<LogLines, RuntimeError> {
        let container = self.existing(sandbox, name).await?;
        let options = LogsOptionsBuilder::new().stdout(true).stderr(true).follow(true).timestamps(true);
        // Docker takes whole seconds, so the lines before are left out here.
        let options = match since.and_then(|since| i32::try_from(since.as_second()).ok()) {
            Some(seconds) => options.since(seconds),
            None => options,
        };
        let frames = self.docker.logs(&container, Some(options.build()));
        let lines = frames.map_err(refused).try_filter_map(move |frame| async move {
            Ok(line(&frame).filter(|line| since.is_none_or(|since| line.at >= since)))
        });
        Ok(lines.boxed())
    }

    /// The Docker container of the latest attempt. A stream of its log is lazy: without this a missing container
    /// would be its first item.
    async fn existing(&self, sandbox: &SandboxId, name: &str) -> Result<String, RuntimeError> {
        let group = self.group_of(sandbox).await?;
        let container = self.names.container(&group, sandbox, name);
        match self.inspect(&container).await? {
            Some(_) => Ok(container),
            None => Err(RuntimeError::Gone(format!("container {name}"))),
        }
    }
}

/// A line with its time in front, as Docker writes it; very long ones come in pieces.
fn line(frame: &LogOutput) -> Option<LogLine> {
    let text = String::from_utf8_lossy(frame.as_ref());
    let (at, text) = text.split_once(' ')?;
    Some(LogLine {
        at: at.parse().ok()?,
        is_error: matches!(frame, LogOutput::StdErr { .. }),
        text: text.strip_suffix('\n').unwrap_or(text).trim_end_matches('\r').to_owned(),
    })
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
    fn a_line_is_its_time_its_stream_and_its_text() {
        let frame = |text: &'static str| LogOutput::StdErr { message: text.into() };
        let told = line(&frame("2026-01-02T03:04:05.000000007Z a line\r\n")).unwrap();
        assert_eq!((told.at.subsec_nanosecond(), told.is_error), (7, true));
        assert_eq!(told.text, "a line");
        assert_eq!(line(&frame("2026-01-02T03:04:05Z \n")).unwrap().text, "");
        assert_eq!(line(&frame("no time")), None);
    }

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
