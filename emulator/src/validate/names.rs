//! The shapes of names.

use crate::limits::NAME_LENGTH;

/// `[a-z0-9]([-a-z0-9]*[a-z0-9])?`, at most 63 characters: container groups and containers.
pub fn is_dns_label(name: &str) -> bool {
    let bytes = name.as_bytes();
    let word = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    bytes.len() <= NAME_LENGTH
        && bytes.first().is_some_and(word)
        && bytes.last().is_some_and(word)
        && bytes.iter().all(|byte| word(byte) || *byte == b'-')
}

/// `[A-Za-z_][A-Za-z0-9_]*`: environment variables.
pub(super) fn is_environment_name(name: &str) -> bool {
    let mut chars = name.chars();
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    chars.next().is_some_and(|c| word(c) && !c.is_ascii_digit()) && chars.all(word)
}
