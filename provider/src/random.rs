//! Randomness as a parameter.

use std::fmt::Write as _;
use std::sync::Arc;

use ring::rand::{SecureRandom as _, SystemRandom};

/// Bytes in a token: nobody guesses 128 bits.
const BYTES: usize = 16;

/// Where unguessable texts come from.
pub trait Randomness: Send + Sync + 'static {
    /// 32 hex digits that nobody can guess; `None` when the machine has no randomness to give.
    fn token(&self) -> Option<String>;
}

/// A source that is handed around.
pub type SharedRandomness = Arc<dyn Randomness>;

/// The randomness of the machine.
#[derive(Clone, Copy, Debug)]
pub struct SystemRandomness;

impl Randomness for SystemRandomness {
    fn token(&self) -> Option<String> {
        let mut bytes = [0; BYTES];
        SystemRandom::new().fill(&mut bytes).ok()?;
        let mut token = String::with_capacity(2 * BYTES);
        for byte in bytes {
            write!(token, "{byte:02x}").ok()?;
        }
        Some(token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_hex_digits_and_never_the_same() {
        let tokens = [(); 2].map(|()| SystemRandomness.token().unwrap());
        assert_ne!(tokens[0], tokens[1]);
        assert!(tokens.iter().all(|token| token.len() == 32 && token.bytes().all(|b| b.is_ascii_hexdigit())));
    }
}
