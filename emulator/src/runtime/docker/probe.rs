//! Probes: a command by Docker's exec, or a request through the [`relay`].
//!
//! What bounds them: Docker cannot end a command that it runs, so one that outlives its time-out goes on until it
//! or its container ends. A program that listens on 127.0.0.1 alone does not answer a request, as on Azure: the
//! group's own address is asked.

use std::net::{IpAddr, Ipv4Addr, SocketAddrV4};
use std::pin::Pin;
use std::time::Duration;

use bollard::container::LogOutput;
use bollard::errors::Error;
use bollard::exec::StartExecResults;
use bollard::models::{ContainerInspectResponse, ExecConfig};
use futures::{Stream, StreamExt, TryStreamExt};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_util::io::StreamReader;

use super::engine::Engine;
use super::error::{is_conflict, is_missing, refused, status, words};
use super::{http_get, relay};
use crate::runtime::probe::{command_timed_out, request_timed_out};
use crate::runtime::{HttpGet, ProbeAction, ProbeOutcome, ProbeSpec, RuntimeError, SandboxId};

/// What Docker may take to begin a command before the engine, not the container, is to blame.
const ENGINE_PATIENCE: Duration = Duration::from_secs(10);
/// How often Docker is asked whether a command has begun: often against a second, the shortest time-out.
const BEGUN_PERIOD: Duration = Duration::from_millis(50);
/// The most of a command's output that an event shows: the longest message of a Kubernetes event
/// (`NoteLengthLimit` in pkg/apis/core/validation/events.go).
const MOST_OUTPUT: usize = 1024;

type Output = Pin<Box<dyn Stream<Item = Result<LogOutput, Error>> + Send>>;
type Input = Pin<Box<dyn AsyncWrite + Send>>;

impl Engine {
    /// Runs a probe once.
    pub(crate) async fn probe(
        &self,
        sandbox: &SandboxId,
        name: &str,
        probe: &ProbeSpec,
    ) -> Result<ProbeOutcome, RuntimeError> {
        let group = self.group_of(sandbox).await?;
        let container = self.names.container(&group, sandbox, name);
        let outcome = match &probe.action {
            ProbeAction::Exec { command } => self.run_command(&container, command, probe.timeout).await?,
            ProbeAction::HttpGet(get) => self.send_request(sandbox, get, probe.timeout).await?,
        };
        // The end of a container fails its probes too, but that it is unwell is then no news.
        let state = self.inspect(&container).await?.and_then(|found| found.state);
        match state.and_then(|state| state.running) {
            Some(true) => Ok(outcome),
            _ => Err(RuntimeError::Gone(format!("container {name}"))),
        }
    }

    async fn run_command(
        &self,
        container: &str,
        command: &[String],
        timeout: Duration,
    ) -> Result<ProbeOutcome, RuntimeError> {
        let config = ExecConfig {
            cmd: Some(command.to_vec()),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            ..ExecConfig::default()
        };
        let exec = self.create_exec(container, config).await?;
        let output = match self.docker.start_exec(&exec, None).await {
            Ok(StartExecResults::Attached { output, .. }) => output,
            Ok(StartExecResults::Detached) => return Err(RuntimeError::Refused("it detached".to_owned())),
            // The program is missing or may not be run.
            Err(error) if status(&error) == Some(400) => return Ok(ProbeOutcome::Failure(words(&error))),
            Err(error) => return Err(not_run(container, error)),
        };
        let mut output = std::pin::pin!(read(output));
        let read = tokio::select! {
            read = output.as_mut() => read,
            begun = self.until_begun(&exec) => {
                begun?;
                match tokio::time::timeout(timeout, output).await {
                    Ok(read) => read,
                    Err(_) => return Ok(command_timed_out(command)),
                }
            }
        };
        let text = read.map_err(refused)?;
        let ended = self.docker.inspect_exec(&exec).await.map_err(|error| not_run(container, error))?;
        match ended.exit_code {
            Some(0) => Ok(ProbeOutcome::Success),
            Some(_) => Ok(ProbeOutcome::Failure(text)),
            None => Err(RuntimeError::Refused("Docker tells no exit code of the command".to_owned())),
        }
    }

    async fn create_exec(&self, container: &str, config: ExecConfig) -> Result<String, RuntimeError> {
        let created = self.docker.create_exec(container, config).await;
        created.map(|created| created.id).map_err(|error| not_run(container, error))
    }

    /// Ends when a command has begun, so that what Docker takes does not count against it.
    async fn until_begun(&self, exec: &str) -> Result<(), RuntimeError> {
        let mut period = tokio::time::interval(BEGUN_PERIOD);
        let begun = async {
            loop {
                period.tick().await;
                let found = self.docker.inspect_exec(exec).await.map_err(refused)?;
                if found.exit_code.is_some() || found.pid.is_some_and(|pid| pid > 0) {
                    return Ok(());
                }
            }
        };
        tokio::time::timeout(ENGINE_PATIENCE, begun).await.unwrap_or_else(|_| Err(slow()))
    }

    async fn send_request(
        &self,
        sandbox: &SandboxId,
        get: &HttpGet,
        timeout: Duration,
    ) -> Result<ProbeOutcome, RuntimeError> {
        let container = self.names.sandbox(sandbox);
        let gone = || RuntimeError::Gone(format!("sandbox {}", sandbox.0));
        let found = self.inspect(&container).await?.ok_or_else(gone)?;
        let to = SocketAddrV4::new(own_address(&found), get.port);
        let relay = self.relay(&container, to, timeout.saturating_add(ENGINE_PATIENCE));
        let relay = tokio::time::timeout(ENGINE_PATIENCE, relay).await.map_err(|_| slow())??;
        let asked = tokio::time::timeout(timeout, ask(relay, to, get)).await;
        Ok(asked.unwrap_or_else(|_| request_timed_out(&get.url(IpAddr::V4(*to.ip())))))
    }

    /// A program of the sandbox's image that runs, as its standard output and input.
    pub(crate) async fn run_in_sandbox(
        &self,
        sandbox: &str,
        program: &str,
    ) -> Result<impl AsyncRead + AsyncWrite + Send + Unpin + 'static + use<>, RuntimeError> {
        let config = ExecConfig {
            cmd: Some(vec![format!("/{program}")]),
            attach_stdin: Some(true),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            ..ExecConfig::default()
        };
        let exec = self.create_exec(sandbox, config).await?;
        let started = self.docker.start_exec(&exec, None).await.map_err(|error| not_run(sandbox, error))?;
        match started {
            StartExecResults::Attached { output, input } => Ok(joined(output, input)),
            StartExecResults::Detached => Err(RuntimeError::Refused("it detached".to_owned())),
        }
    }

    /// A relay that runs and has yet to report its connection.
    async fn relay(
        &self,
        sandbox: &str,
        to: SocketAddrV4,
        lifetime: Duration,
    ) -> Result<impl AsyncRead + AsyncWrite + Send + Unpin + 'static + use<>, RuntimeError> {
        let mut relay = self.run_in_sandbox(sandbox, relay::PROGRAM).await?;
        let lost = |error: std::io::Error| RuntimeError::Refused(format!("no relay in {sandbox}: {error}"));
        relay.write_all(&relay::header(to, lifetime)).await.map_err(lost)?;
        relay.flush().await.map_err(lost)?;
        match report(&mut relay).await.map_err(lost)? {
            0 => Ok(relay),
            // What Docker says instead, where the sandbox is of an emulator that knew no relay.
            _ => Err(RuntimeError::Refused(format!("{sandbox} has no relay: make the group anew"))),
        }
    }
}

async fn report(relay: &mut (impl AsyncRead + Unpin)) -> std::io::Result<u32> {
    let mut report = [0; relay::REPORT];
    relay.read_exact(&mut report).await?;
    Ok(u32::from_le_bytes(report))
}

/// Sends the request as soon as the relay is connected.
async fn ask<S>(mut relay: S, to: SocketAddrV4, get: &HttpGet) -> ProbeOutcome
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let url = get.url(IpAddr::V4(*to.ip()));
    match report(&mut relay).await {
        Ok(0) => http_get::ask(relay, IpAddr::V4(*to.ip()), get).await,
        Ok(errno) => {
            ProbeOutcome::Failure(format!("Get \"{url}\": dial tcp {to}: connect: {}", errno_words(errno)))
        }
        Err(error) => ProbeOutcome::Failure(format!("Get \"{url}\": {error}")),
    }
}

/// Linux's errors of `connect` in Go's words, as the kubelet shows them.
fn errno_words(errno: u32) -> String {
    match errno {
        101 => "network is unreachable".to_owned(),
        104 => "connection reset by peer".to_owned(),
        110 => "connection timed out".to_owned(),
        111 => "connection refused".to_owned(),
        113 => "no route to host".to_owned(),
        other => format!("errno {other}"),
    }
}

/// The sandbox's address in its network, which a program listens on that is to be reached from outside.
fn own_address(sandbox: &ContainerInspectResponse) -> Ipv4Addr {
    let networks = sandbox.network_settings.as_ref().and_then(|settings| settings.networks.as_ref());
    let mut addresses = networks.into_iter().flat_map(|networks| networks.values());
    addresses.find_map(|end| end.ip_address.as_ref()?.parse().ok()).unwrap_or(Ipv4Addr::LOCALHOST)
}

/// A command's standard output and input as one stream.
fn joined(output: Output, input: Input) -> impl AsyncRead + AsyncWrite + Send + Unpin + 'static {
    let bytes = output.map_err(std::io::Error::other).try_filter_map(|chunk| async move {
        Ok(match chunk {
            LogOutput::StdOut { message } => Some(message),
            _ => None,
        })
    });
    tokio::io::join(StreamReader::new(bytes.boxed()), input)
}

/// What a command writes, cut to what an event shows.
async fn read(mut output: Output) -> Result<String, Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = output.next().await {
        let chunk = chunk?;
        let room = MOST_OUTPUT.saturating_sub(bytes.len());
        bytes.extend(chunk.as_ref().iter().take(room));
    }
    Ok(String::from_utf8_lossy(&bytes).trim_end().to_owned())
}

/// A command that did not begin: its container has ended or is gone, or Docker refuses.
fn not_run(container: &str, error: Error) -> RuntimeError {
    if is_missing(&error) || is_conflict(&error) {
        RuntimeError::Gone(format!("container {container}"))
    } else {
        refused(error)
    }
}

fn slow() -> RuntimeError {
    RuntimeError::Unavailable(format!("a command did not begin within {ENGINE_PATIENCE:?}"))
}
