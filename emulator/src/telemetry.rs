//! The log: for people or as JSON, one line per request, never a body or a token.

use std::io::IsTerminal as _;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tracing_subscriber::EnvFilter;

use crate::app::App;

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    Plain,
    /// For programs: one JSON object per line.
    Json,
}

/// Begins to log, to standard error; `RUST_LOG` chooses what, `info` without it.
///
/// # Errors
/// When the process logs already.
pub fn init(format: LogFormat) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Plain => builder.with_target(false).with_ansi(std::io::stderr().is_terminal()).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    }
}

/// Logs a request when it has been answered. The query stays out, as it may carry what its sender thinks
/// private; the path of an ARM call names resources only.
pub async fn log_request(State(app): State<App>, request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let begin = app.clock.now();
    let response = next.run(request).await;
    let duration = app.clock.now().duration_since(begin).as_millis();
    let status = response.status().as_u16();
    tracing::info!(
        http.method = %method,
        http.path = %path,
        http.status = status,
        duration_ms = i64::try_from(duration).unwrap_or(i64::MAX),
        "{method} {path} → {status}"
    );
    response
}
