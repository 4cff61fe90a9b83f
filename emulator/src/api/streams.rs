//! The websockets that exec and attach gave out: a password first, then bytes until one side ends.
//!
//! For exec the password is the first message, for attach the `Authorization` header or, from clients that
//! cannot set one, the first message. What is typed comes as binary or text messages, what the terminal shows
//! goes out in binary ones; there is no message for sizes or exit codes.

use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use futures::StreamExt as _;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use jiff::Timestamp;
use uuid::Uuid;

mod relay;

use crate::app::App;
use crate::arm::error::ArmError;
use crate::groups::GroupError;
use crate::limits::STREAM_MESSAGE_BYTES;
use crate::runtime::LogQuery;
use crate::sessions::{Purpose, StreamKind};
use relay::{Client, End};

/// Where terminals are (recorded).
pub const TERMINAL_PATH: &str = "/execstream/sessionId";
/// Where logs are (reported by users; not recorded).
pub const LOG_PATH: &str = "/logstream/sessionId";

type Upgrade = Result<WebSocketUpgrade, WebSocketUpgradeRejection>;

/// A session that waits for its password until a time, or has had it.
enum Entry {
    Locked(Uuid, Timestamp),
    Open(Purpose),
}

/// `GET /execstream/sessionId/{session}`
pub async fn terminal(
    State(app): State<App>,
    Path(session): Path<String>,
    upgrade: Upgrade,
) -> Result<Response, ArmError> {
    let (id, expires_at) = waiting(&app, &session)?;
    Ok(match upgrade {
        Ok(upgrade) => accept(app, upgrade, Entry::Locked(id, expires_at)),
        Err(rejection) => rejection.into_response(),
    })
}

/// `GET /logstream/sessionId/{session}`
pub async fn log(
    State(app): State<App>,
    Path(session): Path<String>,
    headers: HeaderMap,
    upgrade: Upgrade,
) -> Result<Response, ArmError> {
    let (id, expires_at) = waiting(&app, &session)?;
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) => return Ok(rejection.into_response()),
    };
    let entry = match headers.get(AUTHORIZATION) {
        Some(password) => {
            let purpose = app.sessions.redeem(id, password.as_bytes(), app.clock.now());
            Entry::Open(purpose.ok_or_else(ArmError::stream_refused)?)
        }
        None => Entry::Locked(id, expires_at),
    };
    Ok(accept(app, upgrade, entry))
}

fn waiting(app: &App, session: &str) -> Result<(Uuid, Timestamp), ArmError> {
    let id: Uuid = session.parse().map_err(|_| ArmError::stream_not_found())?;
    let expires_at = app.sessions.expiry(id, app.clock.now()).ok_or_else(ArmError::stream_not_found)?;
    Ok((id, expires_at))
}

fn accept(app: App, upgrade: WebSocketUpgrade, entry: Entry) -> Response {
    let tracked = app.sessions.track();
    upgrade.max_message_size(STREAM_MESSAGE_BYTES).on_upgrade(async move |socket| {
        serve(&app, socket, entry).await;
        drop(tracked);
    })
}

async fn serve(app: &App, socket: WebSocket, entry: Entry) {
    let (outgoing, incoming) = socket.split();
    let mut client = Client { outgoing, incoming };
    let end = tokio::select! {
        end = converse(app, &mut client, entry) => end,
        () = app.sessions.stopping() => End::GoingAway,
    };
    client.close(end, &app.clock).await;
}

async fn converse(app: &App, client: &mut relay::SocketClient, entry: Entry) -> End {
    let purpose = match entry {
        Entry::Open(purpose) => purpose,
        Entry::Locked(id, expires_at) => {
            let password = tokio::select! {
                password = client.first_message() => password,
                () = app.clock.sleep_until(expires_at) => return End::Refused,
            };
            let Some(password) = password else { return End::ClientLeft };
            let Some(purpose) = app.sessions.redeem(id, &password, app.clock.now()) else {
                return End::Refused;
            };
            purpose
        }
    };
    let Purpose { group, container, stream } = purpose;
    match stream {
        StreamKind::Terminal(spec) => match app.groups.exec(&group, &container, &spec).await {
            Ok(exec) => client.terminal(exec).await,
            Err(error) => refuse(client, error).await,
        },
        StreamKind::Log => match app.groups.attach(&group, &container, LogQuery::default()).await {
            Ok(log) => client.log(log).await,
            Err(error) => refuse(client, error).await,
        },
    }
}

/// The request was answered long ago, so a person at a terminal is told in the terminal.
async fn refuse(client: &mut relay::SocketClient, error: GroupError) -> End {
    let text = format!("{}\r\n", ArmError::from(error).message());
    client.show(text.into()).await;
    End::Failed
}
