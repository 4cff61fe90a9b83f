//! Terminals and logs over ARM's websockets, against a server that speaks as recorded.

use std::sync::{Arc, Mutex};

use aci_model::stream::TerminalSize;
use aci_provider::arm::{ArmError, ContainerStreams, HttpArm};
use aci_provider::clock::SystemClock;
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};

use crate::support::azure::{StaticTokens, arm_settings};

const SIZE: TerminalSize = TerminalSize { rows: Some(50), cols: Some(132) };

/// What the server was asked, and how it answers.
#[derive(Clone, Default)]
struct Server {
    asked: Arc<Mutex<Vec<Value>>>,
    scheme: Option<&'static str>,
    password: Option<&'static str>,
}

impl Server {
    async fn arm(self) -> HttpArm {
        let below = "/subscriptions/sub/resourceGroups/rg/providers/Microsoft.ContainerInstance/containerGroups/{g}/containers/{c}";
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let scheme = self.scheme.unwrap_or("ws");
        let password = self.password.unwrap_or("word[[EOM]]");
        let access = move |path: &'static str| json!({ "webSocketUri": format!("{scheme}://{address}/{path}"), "password": password });
        let asked = self.asked.clone();
        let router = Router::new()
            .route(
                &format!("{below}/exec"),
                post(async move |Json(body): Json<Value>| {
                    asked.lock().unwrap().push(body);
                    Json(access("terminal"))
                }),
            )
            .route(&format!("{below}/attach"), post(async move || Json(access("log"))))
            .route("/terminal", get(async |upgrade: WebSocketUpgrade| upgrade.on_upgrade(terminal)))
            .route("/log", get(log))
            .with_state(self);
        tokio::spawn(axum::serve(listener, router).into_future());
        let endpoint = format!("http://{address}").parse().unwrap();
        HttpArm::with_credential(arm_settings(endpoint), Arc::new(SystemClock), StaticTokens::new().factory())
            .unwrap()
    }
}

/// Takes the password, then shows in brackets what is typed until `close` or `fail`.
async fn terminal(mut socket: WebSocket) {
    assert_eq!(socket.recv().await.unwrap().unwrap(), Message::Text("word[[EOM]]".into()));
    socket.send(Message::Binary(Bytes::new())).await.unwrap();
    while let Some(Ok(message)) = socket.recv().await {
        let Message::Binary(typed) = message else { continue };
        let code = match &typed[..] {
            b"close" => 1000,
            b"fail" => 1011,
            _ => {
                socket.send(Message::Ping(Bytes::new())).await.unwrap();
                let text = format!("[{}]", std::str::from_utf8(&typed).unwrap());
                socket.send(Message::Text(text.into())).await.unwrap();
                continue;
            }
        };
        socket.send(Message::Close(Some(CloseFrame { code, reason: "".into() }))).await.unwrap();
        while socket.recv().await.is_some() {}
        return;
    }
}

async fn log(State(_): State<Server>, headers: HeaderMap, upgrade: WebSocketUpgrade) -> Response {
    if headers.get("authorization").is_none_or(|password| password != "word[[EOM]]") {
        return (axum::http::StatusCode::UNAUTHORIZED, "no").into_response();
    }
    upgrade.on_upgrade(async |mut socket: WebSocket| {
        for piece in ["one\n", "two\n"] {
            socket.send(Message::Binary(piece.into())).await.unwrap();
        }
    })
}

#[tokio::test]
async fn a_terminal_takes_the_password_first_and_then_what_is_typed_until_it_is_closed() {
    let server = Server::default();
    let arm = server.clone().arm().await;
    let mut terminal = arm.exec("g", "c", "ls -l", SIZE).await.unwrap();
    terminal.input.send("a".into()).await.unwrap();
    assert_eq!(terminal.output.next().await.unwrap().unwrap(), "[a]");
    terminal.input.send("close".into()).await.unwrap();
    assert!(terminal.output.next().await.is_none());
    assert_eq!(
        *server.asked.lock().unwrap(),
        [json!({ "command": "ls -l", "terminalSize": { "rows": 50, "cols": 132 } })]
    );
}

#[tokio::test]
async fn a_terminal_that_is_closed_with_a_failure_or_cut_off_is_an_error() {
    let arm = Server::default().arm().await;
    let mut terminal = arm.exec("g", "c", "ls", SIZE).await.unwrap();
    terminal.input.send("fail".into()).await.unwrap();
    let error = terminal.output.next().await.unwrap().unwrap_err();
    assert!(error.to_string().contains("1011"), "{error}");
}

#[tokio::test]
async fn the_log_is_opened_with_the_password_in_the_header() {
    let arm = Server::default().arm().await;
    let mut log = arm.attach("g", "c").await.unwrap();
    assert_eq!(log.next().await.unwrap().unwrap(), "one\n");
    assert_eq!(log.next().await.unwrap().unwrap(), "two\n");
}

#[tokio::test]
async fn a_websocket_elsewhere_in_the_clear_or_of_an_unknown_kind_is_not_opened() {
    let arm = Server { scheme: Some("ftp"), ..Server::default() }.arm().await;
    let outcome = arm.exec("g", "c", "ls", SIZE).await;
    assert!(matches!(outcome.err(), Some(ArmError::Protocol(text)) if text.contains("ftp")));
}

#[tokio::test]
async fn a_refused_websocket_is_arm_s_error() {
    let arm = Server { password: Some("stale"), ..Server::default() }.arm().await;
    assert!(matches!(arm.attach("g", "c").await.err(), Some(ArmError::Refused { status: 401, .. })));
}
