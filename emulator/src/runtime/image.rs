//! What images say of themselves.

/// The process that an image starts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageConfig {
    /// The program and its first arguments.
    pub entrypoint: Vec<String>,
    /// More arguments, or the program where there is no entry point.
    pub cmd: Vec<String>,
    /// Where it starts.
    pub working_dir: String,
}
