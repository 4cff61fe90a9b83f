//! Websockets that exec and attach gave out and that wait for their password: good once, and not for long.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aci_model::{ResourceId, Secret};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use ring::digest;
use subtle::ConstantTimeEq as _;
use tokio_util::sync::{CancellationToken, WaitForCancellationFuture};
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;
use uuid::Uuid;

use crate::ids::SharedIds;
use crate::limits::STREAM_SESSION;
use crate::runtime::ExecSpec;

/// Characters of a password before its end mark (recorded: about 25), each worth six bits.
const PASSWORD_LENGTH: usize = 25;
/// The end of every password (recorded).
const PASSWORD_END: &str = "[[EOM]]";

/// All sessions, and the streams that came of them.
#[derive(Default)]
pub struct Sessions {
    waiting: Mutex<HashMap<Uuid, Session>>,
    stop: CancellationToken,
    streams: TaskTracker,
}

/// What a session is for.
#[derive(Clone, PartialEq, Eq)]
pub struct Purpose {
    /// The group.
    pub group: ResourceId,
    /// The container.
    pub container: String,
    /// What comes over the websocket.
    pub stream: StreamKind,
}

/// What comes over a websocket.
#[derive(Clone, PartialEq, Eq)]
pub enum StreamKind {
    /// A terminal with a program.
    Terminal(ExecSpec),
    /// The container's log.
    Log,
}

/// What the caller of exec or attach is told.
pub struct Ticket {
    /// The session.
    pub id: Uuid,
    /// Its password.
    pub password: Secret,
}

struct Session {
    purpose: Purpose,
    password: Secret,
    expires_at: Timestamp,
}

impl Sessions {
    /// Begins a session; forgets those that have expired.
    pub fn open(&self, purpose: Purpose, ids: &SharedIds, now: Timestamp) -> Ticket {
        let (id, password) = (ids.next(), password(ids.next(), ids.next()));
        let expires_at = now.saturating_add(STREAM_SESSION).unwrap_or(now);
        let mut waiting = self.waiting();
        waiting.retain(|_, session| session.expires_at > now);
        waiting.insert(id, Session { purpose, password: password.clone(), expires_at });
        Ticket { id, password }
    }

    /// Until when a session waits for its password; `None` when there is no such session.
    pub fn expiry(&self, id: Uuid, now: Timestamp) -> Option<Timestamp> {
        let waiting = self.waiting();
        waiting.get(&id).map(|session| session.expires_at).filter(|expires_at| *expires_at > now)
    }

    /// Ends a session with its purpose when the password is right; a wrong one leaves it to its owner.
    pub fn redeem(&self, id: Uuid, password: &[u8], now: Timestamp) -> Option<Purpose> {
        let mut waiting = self.waiting();
        let session = waiting.get(&id).filter(|session| session.expires_at > now)?;
        let is_right = bool::from(session.password.expose().as_bytes().ct_eq(password));
        if !is_right {
            return None;
        }
        waiting.remove(&id).map(|session| session.purpose)
    }

    /// Counts a stream among those that [`Sessions::shutdown`] waits for, until the token is dropped.
    pub fn track(&self) -> TaskTrackerToken {
        self.streams.token()
    }

    /// Ends when streams must.
    pub fn stopping(&self) -> WaitForCancellationFuture<'_> {
        self.stop.cancelled()
    }

    /// Ends all streams.
    pub async fn shutdown(&self) {
        self.stop.cancel();
        self.streams.close();
        self.streams.wait().await;
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<Uuid, Session>> {
        // A panic elsewhere leaves the map whole: every change to it is a single call.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Two ids hold 244 random bits in known places; the digest spreads them, and 25 characters keep 150.
fn password(one: Uuid, other: Uuid) -> Secret {
    let bytes = [one.into_bytes(), other.into_bytes()].concat();
    let mut text = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, &bytes));
    text.truncate(PASSWORD_LENGTH);
    Secret::new(text + PASSWORD_END)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::SignedDuration;

    use super::*;
    use crate::ids::{RandomIds, SequentialIds};

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn log() -> Purpose {
        let group = ResourceId::container_group("s", "rg", "web");
        Purpose { group, container: "app".into(), stream: StreamKind::Log }
    }

    fn opened() -> (Sessions, Ticket) {
        let sessions = Sessions::default();
        let ids: SharedIds = Arc::new(SequentialIds::default());
        let ticket = sessions.open(log(), &ids, NOW);
        (sessions, ticket)
    }

    #[test]
    fn a_password_is_printable_long_and_new_every_time() {
        let ids: SharedIds = Arc::new(RandomIds);
        let sessions = Sessions::default();
        let passwords = [(); 2].map(|()| sessions.open(log(), &ids, NOW).password);
        assert_ne!(passwords[0], passwords[1]);
        for password in &passwords {
            let secret = password.expose().strip_suffix("[[EOM]]").unwrap();
            assert_eq!(secret.len(), 25);
            assert!(secret.bytes().all(|byte| byte.is_ascii_graphic()), "{secret}");
        }
    }

    #[test]
    fn a_session_is_good_once() {
        let (sessions, Ticket { id, password }) = opened();
        let password = password.expose().as_bytes();
        assert!(sessions.redeem(id, password, NOW) == Some(log()));
        assert!(sessions.redeem(id, password, NOW).is_none());
        assert_eq!(sessions.expiry(id, NOW), None);
    }

    #[test]
    fn a_wrong_password_opens_nothing_and_leaves_the_session_to_its_owner() {
        let (sessions, Ticket { id, password }) = opened();
        let right = password.expose();
        for wrong in ["", "x", right.trim_end_matches(PASSWORD_END), &format!("{right} ")] {
            assert!(sessions.redeem(id, wrong.as_bytes(), NOW).is_none(), "{wrong}");
        }
        assert!(sessions.redeem(Uuid::from_u128(999), right.as_bytes(), NOW).is_none());
        assert!(sessions.redeem(id, right.as_bytes(), NOW).is_some());
    }

    #[test]
    fn a_session_ends_at_its_time_and_is_forgotten() {
        let (sessions, Ticket { id, password }) = opened();
        let end = NOW + STREAM_SESSION;
        assert_eq!(sessions.expiry(id, end - SignedDuration::from_nanos(1)), Some(end));
        assert_eq!(sessions.expiry(id, end), None);
        assert!(sessions.redeem(id, password.expose().as_bytes(), end).is_none());
        let ids: SharedIds = Arc::new(RandomIds);
        sessions.open(log(), &ids, end);
        assert_eq!(sessions.waiting().len(), 1);
    }
}
