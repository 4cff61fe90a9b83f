//! Names of container groups: one pod, one group, never two pods for one name.

use ring::digest::{SHA256, digest};

/// The longest name that ACI takes for a container group (documented in its quotas).
pub const MAX_GROUP_NAME: usize = 63;

/// Hex digits of the UID's hash. Forty bits: with all of a subscription's groups of a region (100 by
/// default, some thousands at most) two pods of equal readable part still never meet.
const HASH_DIGITS: usize = 10;

/// The name of a pod's container group: `{namespace}-{name}-{hash of the UID}`, the readable part cut where
/// it would be too long.
///
/// The UID makes it unique over time (a pod recreated under the same name gets another group) and across
/// namespaces whose names join ambiguously; the result is a legal group name of at most 63 characters.
pub fn group_name(namespace: &str, name: &str, uid: &str) -> String {
    let hash = hex_prefix(uid.as_bytes(), HASH_DIGITS);
    let readable: String = format!("{namespace}-{name}")
        .to_ascii_lowercase()
        .chars()
        .map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '-' })
        .take(MAX_GROUP_NAME - HASH_DIGITS - 1)
        .collect();
    match readable.trim_matches('-') {
        "" => hash,
        readable => format!("{readable}-{hash}"),
    }
}

/// The first `digits` hex digits of the SHA-256 of `data`.
pub(crate) fn hex_prefix(data: &[u8], digits: usize) -> String {
    let mut text: String = digest(&SHA256, data).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    text.truncate(digits);
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const UID: &str = "0d9f4d0e-7a43-4f3f-9f39-0f1e2d3c4b5a";

    #[test]
    fn a_name_can_be_read_back_by_people() {
        let name = group_name("default", "aci-helloworld-7b9d6c5f4-x2x9z", UID);
        assert!(name.starts_with("default-aci-helloworld-7b9d6c5f4-x2x9z-"), "{name}");
    }

    #[test]
    fn names_that_join_to_the_same_text_differ_by_uid() {
        assert_ne!(group_name("a-b", "c", "uid-1"), group_name("a", "b-c", "uid-2"));
    }

    #[test]
    fn a_recreated_pod_gets_another_group() {
        assert_ne!(group_name("default", "web-0", "uid-1"), group_name("default", "web-0", "uid-2"));
    }

    proptest! {
        #[test]
        fn every_name_is_legal(namespace in "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", name in "[a-z0-9]([-.a-z0-9]{0,250}[a-z0-9])?", uid in "\\PC{0,40}") {
            let group = group_name(&namespace, &name, &uid);
            prop_assert!(group.len() <= MAX_GROUP_NAME);
            prop_assert!(group.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'));
            prop_assert!(!group.starts_with('-') && !group.ends_with('-'));
        }
    }
}
