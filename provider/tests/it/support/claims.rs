//! Whether a test that somebody refers to is there.

use std::path::Path;

/// Whether `file`, from this crate's folder, has a test of that name.
pub(crate) fn is_test(file: &str, test: &str) -> bool {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
    let lines: Vec<_> = text.lines().collect();
    // Properties have an argument.
    let place = lines.iter().position(|line| line.contains(&format!("fn {test}(")));
    place.is_some_and(|place| {
        let before = lines[..place].iter().rev().take_while(|line| line.trim_start().starts_with("#["));
        before.into_iter().any(|line| line.contains("test"))
    })
}
