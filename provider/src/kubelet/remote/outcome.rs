//! How an exec or attach ended, as the error stream tells it.

use serde_json::json;

use super::super::channel::Version;

/// The end of an exec or attach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::kubelet) enum Outcome {
    /// As well as can be told; with what the user should know all the same.
    Success(Option<String>),
    /// The program ended with a code.
    Exit(i32),
    /// It did not run, or its end is not known.
    Failure(String),
}

impl Outcome {
    /// It is cut off because the provider ends.
    pub(in crate::kubelet) fn shutting_down() -> Self {
        Self::Failure("the virtual node is shutting down".to_owned())
    }

    /// What the error stream carries; `None` for nothing. Source of the forms: the kubelet's `remotecommand/exec.go`
    /// and `httpstream.go`.
    pub(in crate::kubelet) fn text(&self, version: Version) -> Option<String> {
        let message = self.message();
        if version < Version::V4 {
            return (!self.is_success()).then_some(message);
        }
        let mut status =
            json!({ "metadata": {}, "status": if self.is_success() { "Success" } else { "Failure" } });
        let fields = match self {
            Self::Success(None) => json!({}),
            Self::Exit(0) => json!({}),
            Self::Success(Some(_)) => json!({ "message": message }),
            Self::Exit(code) => json!({
                "message": message,
                "reason": "NonZeroExitCode",
                "details": { "causes": [{ "reason": "ExitCode", "message": code.to_string() }] },
            }),
            Self::Failure(cause) => json!({
                "message": format!("Internal error occurred: {message}"),
                "reason": "InternalError",
                "details": { "causes": [{ "message": cause }] },
                "code": 500,
            }),
        };
        if let (Some(status), serde_json::Value::Object(fields)) = (status.as_object_mut(), fields) {
            status.extend(fields);
        }
        Some(status.to_string())
    }

    fn is_success(&self) -> bool {
        matches!(self, Self::Success(_) | Self::Exit(0))
    }

    fn message(&self) -> String {
        match self {
            Self::Success(note) => note.clone().unwrap_or_default(),
            Self::Exit(code) => {
                format!("command terminated with non-zero exit code: exit status {code}")
            }
            Self::Failure(cause) => format!("error executing command in container: {cause}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn status(outcome: Outcome) -> Value {
        serde_json::from_str(&outcome.text(Version::V4).unwrap()).unwrap()
    }

    #[test]
    fn an_exit_code_is_told_as_the_kubelet_tells_it() {
        assert_eq!(
            status(Outcome::Exit(7)),
            json!({
                "metadata": {},
                "status": "Failure",
                "message": "command terminated with non-zero exit code: exit status 7",
                "reason": "NonZeroExitCode",
                "details": { "causes": [{ "reason": "ExitCode", "message": "7" }] },
            })
        );
        assert_eq!(status(Outcome::Exit(0)), json!({ "metadata": {}, "status": "Success" }));
    }

    #[test]
    fn a_failure_is_an_internal_error_and_a_note_goes_with_success() {
        let failure = status(Outcome::Failure("gone".to_owned()));
        assert_eq!(failure["message"], "Internal error occurred: error executing command in container: gone");
        assert_eq!((&failure["reason"], &failure["code"]), (&json!("InternalError"), &json!(500)));
        let noted = status(Outcome::Success(Some("note".to_owned())));
        assert_eq!((&noted["status"], &noted["message"]), (&json!("Success"), &json!("note")));
    }

    #[test]
    fn clients_of_before_v4_get_plain_text_and_nothing_for_success() {
        assert_eq!(Outcome::Exit(0).text(Version::V3), None);
        assert_eq!(Outcome::Success(Some("note".to_owned())).text(Version::V1), None);
        assert_eq!(
            Outcome::Exit(2).text(Version::V2).unwrap(),
            "command terminated with non-zero exit code: exit status 2"
        );
    }
}
