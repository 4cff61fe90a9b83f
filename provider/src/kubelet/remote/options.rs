//! Which streams a request wants, and for what.

use super::super::query::Query;

/// The streams of an exec or attach; at least one of the first three.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::kubelet) struct Wanted {
    /// What the user types.
    pub stdin: bool,
    /// What the program writes.
    pub stdout: bool,
    /// What it complains about.
    pub stderr: bool,
    /// All on one terminal.
    pub tty: bool,
}

/// A request for no stream at all; the text is the kubelet's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("you must specify at least 1 of stdin, stdout, stderr")]
pub(in crate::kubelet) struct NothingWanted;

impl Wanted {
    /// Reads the query. A terminal has no separate error stream, so one that is asked for is left out, as kubelets
    /// do it.
    pub(in crate::kubelet) fn parse(query: &Query) -> Result<Self, NothingWanted> {
        let is_set = |name| query.get(name) == Some("1");
        let tty = is_set("tty");
        let wanted =
            Self { stdin: is_set("input"), stdout: is_set("output"), stderr: is_set("error") && !tty, tty };
        if wanted.stdin || wanted.stdout || wanted.stderr { Ok(wanted) } else { Err(NothingWanted) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_wanted_by_a_one() {
        let wanted = |query: &str| Wanted::parse(&Query::parse(query));
        let stdout = Wanted { stdout: true, ..Wanted::default() };
        assert_eq!(wanted("output=1&input=0&command=ls"), Ok(stdout));
        assert_eq!(wanted("output=1&error=1&input=1"), Ok(Wanted { stdin: true, stderr: true, ..stdout }));
        assert_eq!(wanted("output=1&error=1&tty=1"), Ok(Wanted { tty: true, ..stdout }));
        assert_eq!(wanted("error=1&tty=1"), Err(NothingWanted));
        assert_eq!(wanted(""), Err(NothingWanted));
    }
}
