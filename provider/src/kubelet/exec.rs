//! `/exec/…`: a command in a running container, as `kubectl exec` and `kubectl cp` ask for it.
//!
//! ARM gives a terminal and nothing else; [`wrapping`] says how pipes and exit codes come out of it,
//! [`transcript`] reads what comes back, [`conversation`] carries bytes between the two sides.
//!
//! What is lost: a terminal keeps its first size, for ACI has no message for another; a command goes on when its
//! user leaves, as under a real kubelet, but reads the end of its input.

use std::sync::Arc;
use std::time::Duration;

use aci_model::stream::TerminalSize;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use tokio::sync::Mutex;
use tracing::{debug, info};

mod conversation;
mod opening;
mod transcript;
mod wrapping;

use super::KubeletState;
use super::query::Query;
use super::remote::{self, Outcome, RemoteStreams, Wanted, refusal};
use super::target::{ContainerPath, Target, UidContainerPath};
use conversation::{Conversation, End, Reading};
use opening::Opening;
use transcript::Transcript;
use wrapping::ZeroByte;

use crate::arm::ArmError;
use crate::arm::streams::Terminal;
use crate::profile::Act;

/// How long the size of a user's terminal is waited for: kubectl tells it at once.
const FIRST_SIZE: Duration = Duration::from_secs(2);
/// The terminal of a user who tells no size, as in `az`.
const USUAL_SIZE: TerminalSize = TerminalSize { rows: Some(24), cols: Some(80) };

/// A command that is to be run.
struct Exec {
    state: KubeletState,
    target: Target,
    command: Vec<String>,
    wanted: Wanted,
}

/// Serves `/exec/{namespace}/{pod}/{container}`.
pub(super) async fn exec(
    State(state): State<KubeletState>,
    Path(path): Path<ContainerPath>,
    request: Request,
) -> Response {
    serve(state, path.into(), request).await
}

/// Serves `/exec/{namespace}/{pod}/{uid}/{container}`.
pub(super) async fn exec_of_uid(
    State(state): State<KubeletState>,
    Path(path): Path<UidContainerPath>,
    request: Request,
) -> Response {
    serve(state, path, request).await
}

async fn serve(state: KubeletState, path: UidContainerPath, request: Request) -> Response {
    let query = Query::parse(request.uri().query().unwrap_or_default());
    let (wanted, target) = match remote::read(&query, &state, path) {
        Ok(read) => read,
        Err((status, text)) => return refusal(status, text),
    };
    let command: Vec<String> = query.all("command").map(str::to_owned).collect();
    if command.is_empty() {
        return refusal(StatusCode::BAD_REQUEST, "you must specify at least one command for the container");
    }
    if let (2.., Some(constraint)) = (command.len(), state.node.profile.refuses(Act::ExecArguments)) {
        return remote::refused(constraint);
    }
    if let Err(error) = wrapping::plain(&command) {
        return refusal(StatusCode::BAD_REQUEST, error.to_string());
    }
    let exec = Exec { state: state.clone(), target, command, wanted };
    remote::accept(request, wanted, state, |streams| exec.run(streams)).await
}

impl Exec {
    /// Runs the command and tells the user how it ended.
    async fn run(self, mut streams: RemoteStreams) {
        let (left, clock) = (streams.ended(), Arc::clone(&self.state.clock));
        let size = first_size(&mut streams, &self.state).await;
        let stdin = streams.stdin.take().map(|stdin| Arc::new(Mutex::new(stdin)));
        let mut noted = None;
        for is_wrapped in [self.state.node.has_shells, false] {
            let begun = tokio::select! {
                begun = self.begin(is_wrapped, size) => begun,
                () = left.cancelled() => return,
                () = self.state.shutdown.cancelled() => return streams.finish(Outcome::shutting_down()).await,
            };
            let (terminal, reading) = match begun {
                Ok(begun) => begun,
                Err(error) => return streams.finish(Outcome::Failure(error)).await,
            };
            let mut conversation = Conversation::new(terminal, reading, stdin.clone());
            let end = tokio::select! {
                end = conversation.run(&mut streams) => end,
                () = self.state.shutdown.cancelled() => End::Outcome(Outcome::shutting_down()),
            };
            match end {
                End::NoShell(shown) if is_wrapped => noted = Some(self.note(&shown)),
                End::NoShell(shown) => return streams.finish(Outcome::Failure(shown)).await,
                End::Left => return conversation.linger(&clock).await,
                End::Outcome(outcome) => {
                    let outcome = match outcome {
                        Outcome::Success(None) => Outcome::Success(noted),
                        outcome => outcome,
                    };
                    tokio::join!(streams.finish(outcome), conversation.linger(&clock));
                    return;
                }
            }
        }
    }

    /// Has ARM run the command, with the script around it or without.
    async fn begin(&self, is_wrapped: bool, size: TerminalSize) -> Result<(Terminal, Reading), String> {
        let (line, reading) = match is_wrapped.then(|| self.wrap(size)) {
            Some(wrapped) => wrapped?,
            None => (
                wrapping::plain(&self.command).map_err(|error| error.to_string())?,
                Reading::Plain(Opening::default()),
            ),
        };
        let Target { group, container, .. } = &self.target;
        debug!(group, container, is_wrapped, tty = self.wanted.tty, "exec");
        let terminal = self.state.streams.exec(group, container, &line, size).await;
        Ok((terminal.map_err(|error: ArmError| error.to_string())?, reading))
    }

    fn wrap(&self, size: TerminalSize) -> Result<(String, Reading), String> {
        let token = self.state.randomness.token().ok_or("the virtual node has no randomness")?;
        let transcript = Transcript::new(&token, !self.wanted.tty);
        let wrapped = match self.wanted.tty {
            true => wrapping::on_terminal(&token, size, &self.command)
                .map(|line| (line, Reading::OnTerminal(transcript))),
            false => wrapping::piped(&token, self.wanted.stdin, &self.command)
                .map(|line| (line, Reading::Piped(transcript))),
        };
        wrapped.map_err(|error: ZeroByte| error.to_string())
    }

    /// What there is to know about a command that ran without the script.
    fn note(&self, shown: &str) -> String {
        let Target { group, container, .. } = &self.target;
        info!(group, container, shown, "exec without a shell: the exit code will not be known");
        format!("container {container:?} has no /bin/sh, so the command's exit code is not known")
    }
}

/// The size of the user's terminal, where it is told in time.
async fn first_size(streams: &mut RemoteStreams, state: &KubeletState) -> TerminalSize {
    let Some(size) = streams.size.as_mut() else { return USUAL_SIZE };
    let told = tokio::select! {
        told = size.wait_for(Option::is_some) => told.ok().and_then(|size| *size),
        () = state.clock.sleep(FIRST_SIZE) => None,
    };
    match told {
        Some(size) if size.width > 0 && size.height > 0 => {
            TerminalSize { rows: Some(size.height), cols: Some(size.width) }
        }
        _ => USUAL_SIZE,
    }
}
