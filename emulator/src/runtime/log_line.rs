//! Lines of a container's output, one by one.

use futures::stream::BoxStream;
use jiff::Timestamp;

use super::RuntimeError;

/// What a container writes, as it comes; ends with the attempt.
pub type LogLines = BoxStream<'static, Result<LogLine, RuntimeError>>;

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// When it was written, by the engine.
    pub at: Timestamp,
    /// Whether to standard error.
    pub is_error: bool,
    /// The text, without the end of the line.
    pub text: String,
}
