//! `/_emulator/clock`: time on demand.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::arm::error::ArmError;
use crate::arm::reject::JsonBody;
use crate::clock::{Clock as _, DialClock};

/// How time passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Mode {
    /// By itself.
    Running,
    /// When told.
    Stepped,
}

/// The clock as it is.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reading {
    mode: Mode,
    now: Timestamp,
    /// The earliest time that something waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_transition: Option<Timestamp>,
}

/// A new mode.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Change {
    mode: Mode,
}

/// How far to move.
#[derive(Deserialize)]
#[serde(untagged, rename_all_fields = "camelCase", deny_unknown_fields)]
enum Advance {
    /// So many seconds.
    By { seconds: f64 },
    /// To what comes next.
    Until { until: Until },
}

/// What to move to.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Until {
    NextTransition,
}

/// `GET /_emulator/clock`
pub async fn get(State(app): State<App>) -> Result<Json<Reading>, ArmError> {
    Ok(Json(read(dial(&app)?)))
}

/// `POST /_emulator/clock`: stops it or lets it run.
pub async fn set(State(app): State<App>, body: Bytes) -> Result<Json<Reading>, ArmError> {
    let dial = dial(&app)?;
    match JsonBody::<Change>::parse(&body)?.value.mode {
        Mode::Running => dial.run(),
        Mode::Stepped => dial.stop(),
    }
    Ok(Json(read(dial)))
}

/// `POST /_emulator/clock/advance`: moves it, by seconds or to the next transition.
pub async fn advance(State(app): State<App>, body: Bytes) -> Result<Json<Reading>, ArmError> {
    let dial = dial(&app)?;
    let advance = JsonBody::<Advance>::parse(&body)?.value;
    if !dial.is_stepped() {
        return Err(ArmError::clock_runs());
    }
    match advance {
        Advance::By { seconds } => {
            let by = SignedDuration::try_from_secs_f64(seconds).ok().filter(|by| !by.is_negative());
            dial.advance(by.ok_or_else(ArmError::clock_step)?);
        }
        Advance::Until { until: Until::NextTransition } => {
            if !dial.advance_to_next().await {
                return Err(ArmError::nothing_waits());
            }
        }
    }
    Ok(Json(read(dial)))
}

fn dial(app: &App) -> Result<&DialClock, ArmError> {
    app.clock.dial().ok_or_else(ArmError::clock_is_anothers)
}

fn read(dial: &DialClock) -> Reading {
    let mode = if dial.is_stepped() { Mode::Stepped } else { Mode::Running };
    Reading { mode, now: dial.now(), next_transition: dial.next_deadline() }
}
