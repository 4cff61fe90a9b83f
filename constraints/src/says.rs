//! What Azure says, from the emulator's own constructors.

use aci_emulator::arm::error::ArmError;
use aci_emulator::arm::error::catalogue::{self, Blanks};
use aci_emulator::validate::Violation;
use aci_emulator::validate::violation::RULES;

use crate::evidence;

/// What stands in a text for what differs from run to run.
pub const VARIES: &str = "…";

/// What Azure says.
#[derive(Clone, Copy, Debug)]
pub enum Says {
    /// A rule of validation is broken.
    Rule(fn() -> Violation),
    /// An error of the ARM surface: its constructor's name, by which its evidence is found, and the error. `error!`
    /// writes both.
    Error(&'static str, fn() -> ArmError),
    /// A refusal that only Azure's side can bring about, by its code in the emulator's table.
    Entry(&'static str, fn() -> Blanks),
    /// What the group comes to show: nothing is refused.
    Seen {
        /// The mark of its evidence, and what there is to say about it.
        evidence: &'static str,
        /// Where, and what.
        seen: &'static [Seen],
    },
    /// What a pod comes to show.
    Pod {
        /// The mark of its evidence, and what there is to say about it.
        evidence: &'static str,
        /// The reason of its event or status.
        reason: &'static str,
        /// The message.
        message: &'static str,
    },
}

/// A value in the body of a container group.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// A JSON pointer, in which `*` is any element of a list.
    pub at: &'static str,
    /// The value's text; [`VARIES`] stands for anything.
    pub is: &'static str,
}

/// An error of the ARM surface by its constructor: `error!(transitioning("web"))`.
#[macro_export]
macro_rules! error {
    ($constructor:ident($($argument:expr),* $(,)?)) => {
        $crate::says::Says::Error(stringify!($constructor), || {
            aci_emulator::arm::error::ArmError::$constructor($($argument),*)
        })
    };
}

/// A refusal as it goes over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// Azure's code.
    pub code: String,
    /// Azure's words; [`VARIES`] stands for anything.
    pub text: String,
}

impl Says {
    /// The refusal, where it is one.
    pub fn refusal(&self) -> Option<Refusal> {
        let of = |error: ArmError| Refusal {
            status: error.status(),
            code: error.code().to_owned(),
            text: error.message().to_owned(),
        };
        match self {
            Self::Rule(violation) => Some(of(violation().into())),
            Self::Error(_, error) => Some(of(error())),
            Self::Entry(code, blanks) => catalogue::find(code).map(|entry| of((entry.make)(&blanks()))),
            Self::Seen { .. } | Self::Pod { .. } => None,
        }
    }

    /// The mark of its evidence, and what there is to say about it.
    pub fn evidence(&self) -> String {
        let text = match self {
            Self::Rule(violation) => {
                let name = violation().name();
                RULES.iter().find(|rule| rule.name == name).map_or("", |rule| rule.evidence)
            }
            Self::Error(constructor, _) => return evidence::of_constructor(constructor).unwrap_or_default(),
            Self::Entry(code, _) => catalogue::find(code).map_or("", |entry| entry.evidence),
            Self::Seen { evidence, .. } | Self::Pod { evidence, .. } => evidence,
        };
        text.trim().to_owned()
    }
}

/// Whether a text is as expected; [`VARIES`] in what is expected stands for anything.
pub fn fits(expected: &str, text: &str) -> bool {
    let mut parts = expected.split(VARIES);
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut is_open = false;
    for part in parts {
        is_open = true;
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    // The last part must be the end; an empty one covers whatever is left.
    rest.is_empty() || (is_open && (expected.ends_with(VARIES) || ends_with_last(expected, text)))
}

fn ends_with_last(expected: &str, text: &str) -> bool {
    expected.rsplit(VARIES).next().is_some_and(|last| text.ends_with(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_varies_may_be_anything() {
        assert!(fits("as it is", "as it is"));
        assert!(!fits("as it is", "as it is not"));
        assert!(fits("id '…' at …", "id '7' at home"));
        assert!(fits("after '…' minutes.", "after '4.99' minutes."));
        assert!(!fits("after '…' minutes.", "after '4.99' minutes. More"));
        assert!(!fits("id '…' at …", "no id"));
    }
}
