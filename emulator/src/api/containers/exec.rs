//! `POST …/containerGroups/{group}/containers/{container}/exec`

use aci_model::stream::{ContainerExecRequest, WebSocketAccess};
use axum::Json;
use axum::extract::State;

use crate::api::groups::{ContainerName, GroupCall};
use crate::api::streams::TERMINAL_PATH;
use crate::api::surface::Operation;
use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::origin::Origin;
use crate::arm::reject::JsonBody;
use crate::runtime::{ExecSpec, TerminalSize};
use crate::sessions::{Purpose, StreamKind};

/// The terminal of a caller that tells no size: what `az` sends where there is none (recorded).
const DEFAULT_TERMINAL: TerminalSize = TerminalSize { rows: 24, cols: 80 };

/// Handles the operation. The program starts when the websocket is
/// opened, not before.
pub async fn handle(
    State(app): State<App>,
    call: GroupCall,
    ContainerName(container): ContainerName,
    origin: Origin,
    body: JsonBody<ContainerExecRequest>,
) -> Result<Json<WebSocketAccess>, ArmError> {
    call.check(Operation::Exec)?;
    app.groups.check_streamable(&call.id, &container)?;
    let spec = spec(&body.value)
        .map_err(|fault| ArmError::invalid_exec_command(&container, call.id.name(), fault))?;
    let TerminalSize { rows, cols } = spec.terminal;
    let purpose = Purpose { group: call.id, container, stream: StreamKind::Terminal(spec) };
    let ticket = app.sessions.open(purpose, &app.ids, app.clock.now());
    let web_socket_uri = format!(
        "{}{TERMINAL_PATH}/{}?api-version=1.0&rows={rows}&cols={cols}",
        origin.websocket(),
        ticket.id
    );
    Ok(Json(WebSocketAccess { web_socket_uri, password: ticket.password }))
}

/// The program to run, or what is wrong with the command. Azure starts one process without a shell (DOC), and
/// takes `echo hello` (recorded); so words and quotes are a shell's, and pipes and variables are plain words.
fn spec(request: &ContainerExecRequest) -> Result<ExecSpec, &'static str> {
    let line = request.command.as_deref().unwrap_or_default();
    let command = shlex::split(line).ok_or("a quotation mark or an escape is not closed")?;
    if command.iter().all(String::is_empty) {
        return Err("'command' must name a program");
    }
    if line.contains('\0') {
        return Err("'command' must not contain a zero character");
    }
    let size = request.terminal_size.unwrap_or_default();
    let rows = size.rows.unwrap_or(DEFAULT_TERMINAL.rows);
    let cols = size.cols.unwrap_or(DEFAULT_TERMINAL.cols);
    Ok(ExecSpec { command, terminal: TerminalSize { rows, cols } })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(line: &str) -> Result<Vec<String>, &'static str> {
        spec(&ContainerExecRequest { command: Some(line.to_owned()), terminal_size: None })
            .map(|spec| spec.command)
    }

    #[test]
    fn a_command_is_split_as_a_shell_splits_it_and_not_read_further() {
        assert_eq!(command("/bin/bash").unwrap(), ["/bin/bash"]);
        assert_eq!(command("  echo hello   world ").unwrap(), ["echo", "hello", "world"]);
        assert_eq!(
            command(r#"sh -c "echo 'a b' | wc" x\ y ''"#).unwrap()[2..],
            ["echo 'a b' | wc", "x y", ""]
        );
        assert_eq!(command("cat x | grep $HOME").unwrap(), ["cat", "x", "|", "grep", "$HOME"]);
    }

    #[test]
    fn a_command_without_a_program_or_with_an_open_quote_is_refused() {
        for wrong in ["", "   ", "''", "echo 'x", "echo \"x", "echo x\\", "echo a\0b"] {
            assert!(command(wrong).is_err(), "{wrong:?}");
        }
        assert!(spec(&ContainerExecRequest::default()).is_err());
    }

    #[test]
    fn a_size_that_is_not_told_is_the_usual_one() {
        let body = br#"{"command":"sh","terminalSize":{"rows":50}}"#;
        let request = JsonBody::<ContainerExecRequest>::parse(body).unwrap().value;
        let terminal = spec(&request).ok().unwrap().terminal;
        assert_eq!(terminal, TerminalSize { rows: 50, cols: 80 });
        let wrong = br#"{"command":"sh","terminalSize":{"rows":-1}}"#;
        let error = JsonBody::<ContainerExecRequest>::parse(wrong).unwrap_err();
        assert!(error.message().contains("terminalSize.rows"), "{}", error.message());
    }
}
