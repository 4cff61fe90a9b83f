//! Docker's account of a container's life, as times and exits.

use bollard::models::ContainerState;
use jiff::Timestamp;

use crate::runtime::Exit;

/// When the container last started; Docker writes year 1 where it never did.
pub(crate) fn started_at(state: &ContainerState) -> Option<Timestamp> {
    time(state.started_at.as_deref())
}

/// How the container ended; `None` while it runs and where it never started.
pub(crate) fn exit(state: &ContainerState) -> Option<Exit> {
    started_at(state)?;
    if state.running.unwrap_or(false) {
        return None;
    }
    Some(Exit {
        code: code(state.exit_code.unwrap_or_default()),
        oom_killed: state.oom_killed.unwrap_or(false),
        finished_at: time(state.finished_at.as_deref())?,
    })
}

/// An exit code as the domain counts it; Docker's own are within 0..=255.
pub(crate) fn code(code: i64) -> i32 {
    i32::try_from(code).unwrap_or(i32::MAX)
}

fn time(text: Option<&str>) -> Option<Timestamp> {
    text?.parse().ok().filter(|time: &Timestamp| *time > Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(running: bool, started: &str, finished: &str) -> ContainerState {
        ContainerState {
            running: Some(running),
            exit_code: Some(137),
            oom_killed: Some(true),
            started_at: Some(started.into()),
            finished_at: Some(finished.into()),
            ..ContainerState::default()
        }
    }

    const NEVER: &str = "0001-01-01T00:00:00Z";
    const THEN: &str = "2026-01-02T03:04:05.678901234Z";

    #[test]
    fn a_container_that_never_started_has_no_exit() {
        assert_eq!(exit(&state(false, NEVER, NEVER)), None);
        assert_eq!(started_at(&state(false, NEVER, NEVER)), None);
    }

    #[test]
    fn a_restarted_container_shows_its_old_end_but_has_no_exit() {
        assert_eq!(exit(&state(true, THEN, THEN)), None);
    }

    #[test]
    fn an_ended_container_tells_code_memory_and_time() {
        let exit = exit(&state(false, THEN, THEN)).unwrap();
        assert_eq!((exit.code, exit.oom_killed), (137, true));
        assert_eq!(exit.finished_at, THEN.parse::<Timestamp>().unwrap());
    }
}
