//! Sealing of records: ChaCha20-Poly1305 with a random nonce, bound to the record's place.
//!
//! The table and the key are associated data, so a record that is copied over another's does not open. The
//! nonce is random: 96 bits allow 2^32 records under one key (NIST SP 800-38D, 8.3, whose bound for GCM holds
//! here too), far beyond what a folder sees. ChaCha20 rather than AES because it is equally fast and constant
//! in time on processors without AES instructions.

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};

/// The length of a key, in bytes.
pub(super) const KEY_LEN: usize = 32;

/// The first byte of a record; another scheme would get another.
const SCHEME: u8 = 1;

pub(super) struct Seal {
    key: LessSafeKey,
    random: SystemRandom,
}

impl Seal {
    pub(super) fn new(key: &[u8]) -> Result<Self, String> {
        let key = UnboundKey::new(&CHACHA20_POLY1305, key)
            .map_err(|_| format!("state.key does not hold {KEY_LEN} bytes; restore it from a backup"))?;
        Ok(Self { key: LessSafeKey::new(key), random: SystemRandom::new() })
    }

    pub(super) fn random_key() -> Result<[u8; KEY_LEN], String> {
        let mut key = [0; KEY_LEN];
        SystemRandom::new().fill(&mut key).map_err(|_| "the system has no randomness to give".to_owned())?;
        Ok(key)
    }

    /// Scheme, nonce, ciphertext and tag.
    pub(super) fn close(&self, table: &str, key: &str, mut plain: Vec<u8>) -> Result<Vec<u8>, String> {
        let mut nonce = [0; NONCE_LEN];
        self.random.fill(&mut nonce).map_err(|_| "the system has no randomness to give".to_owned())?;
        self.key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), place(table, key), &mut plain)
            .map_err(|_| "the record is too large to be sealed".to_owned())?;
        Ok([&[SCHEME], nonce.as_slice(), plain.as_slice()].concat())
    }

    pub(super) fn open(&self, table: &str, key: &str, record: &[u8]) -> Option<Vec<u8>> {
        let (&scheme, rest) = record.split_first()?;
        let (nonce, sealed) = rest.split_at_checked(NONCE_LEN)?;
        if scheme != SCHEME {
            return None;
        }
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut sealed = sealed.to_vec();
        let plain = self.key.open_in_place(nonce, place(table, key), &mut sealed).ok()?;
        Some(plain.to_vec())
    }
}

/// A table's name has no NUL, so no two places have the same bytes.
fn place(table: &str, key: &str) -> Aad<Vec<u8>> {
    Aad::from([table.as_bytes(), &[0], key.as_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_opens_only_in_its_own_place_and_unchanged() {
        let seal = Seal::new(&[7; KEY_LEN]).unwrap();
        let record = seal.close("groups", "a", b"plain".to_vec()).unwrap();
        assert_eq!(seal.open("groups", "a", &record).unwrap(), b"plain");
        assert_eq!(seal.open("groups", "b", &record), None);
        assert_eq!(seal.open("meta", "a", &record), None);
        for byte in 0..record.len() {
            let mut damaged = record.clone();
            damaged[byte] ^= 1;
            assert_eq!(seal.open("groups", "a", &damaged), None, "byte {byte}");
        }
        assert_eq!(seal.open("groups", "a", &[]), None);
    }
}
