//! Byte streams of a container: programs that run beside its own on a terminal, and logs that are followed.

use std::pin::Pin;

use async_trait::async_trait;
use bytes::Bytes;
use futures::Sink;
use futures::stream::BoxStream;

use super::RuntimeError;

/// Bytes as they come; the end of the stream is the end of what writes them.
pub type ByteStream = BoxStream<'static, Result<Bytes, RuntimeError>>;

/// Where what is typed goes.
pub type ByteSink = Pin<Box<dyn Sink<Bytes, Error = RuntimeError> + Send>>;

/// A program to run in a container that runs.
#[derive(Clone, PartialEq, Eq)]
pub struct ExecSpec {
    /// The program and its arguments; no shell reads them.
    pub command: Vec<String>,
    /// The terminal that it gets.
    pub terminal: TerminalSize,
}

/// The size of a terminal in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TerminalSize {
    /// Rows.
    pub rows: u16,
    /// Columns.
    pub cols: u16,
}

/// A program that runs on a terminal.
pub struct Exec {
    /// What the program reads.
    pub input: ByteSink,
    /// What the program writes, as the terminal shows it; ends with the program.
    pub output: ByteStream,
    /// The rest of the terminal.
    pub control: Box<dyn ExecControl>,
}

/// What else can be asked of a program on a terminal.
#[async_trait]
pub trait ExecControl: Send + Sync {
    /// Tells the program a new size of its terminal.
    ///
    /// # Errors
    /// [`RuntimeError::Gone`] when the program has ended.
    async fn resize(&self, size: TerminalSize) -> Result<(), RuntimeError>;

    /// The exit code; `None` while the program runs.
    ///
    /// # Errors
    /// [`RuntimeError::Unavailable`] when the engine does not answer.
    async fn exit_code(&self) -> Result<Option<i32>, RuntimeError>;
}
