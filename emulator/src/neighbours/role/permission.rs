//! What a role lets its holders do: actions with wildcards, and exceptions.

use serde::{Deserialize, Serialize};

/// Actions, and those among them that are not meant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Permission {
    /// What is allowed.
    pub actions: Vec<String>,
    /// What of that is not.
    pub not_actions: Vec<String>,
    /// What is allowed with data.
    pub data_actions: Vec<String>,
    /// What of that is not.
    pub not_data_actions: Vec<String>,
}

/// Whether actions, less the exceptions, have one.
pub fn allows<'a>(
    action: &str,
    mut actions: impl Iterator<Item = &'a str>,
    mut exceptions: impl Iterator<Item = &'a str>,
) -> bool {
    actions.any(|pattern| matches(pattern, action)) && !exceptions.any(|pattern| matches(pattern, action))
}

/// Whether a pattern fits an action; the case does not count. An asterisk stands for anything, and between two
/// slashes for nothing at all too: `userAssignedIdentities/*/assign/action` of "Managed Identity Operator" is known to
/// allow `userAssignedIdentities/assign/action` (WELL-KNOWN).
fn matches(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.to_ascii_lowercase(), action.to_ascii_lowercase());
    fits(&pattern, &action) || pattern.contains("/*/") && fits(&pattern.replace("/*/", "/"), &action)
}

fn fits(pattern: &str, action: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == action };
    let Some(mut left) = action.strip_prefix(head) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let tail = parts.pop().unwrap_or_default();
    for part in parts {
        match left.split_once(part) {
            Some((_, after)) => left = after,
            None => return false,
        }
    }
    left.ends_with(tail)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_asterisk_stands_for_anything() {
        let action = "Microsoft.ContainerInstance/containerGroups/write";
        for pattern in ["*", "*/write", "microsoft.containerinstance/*", "*/containerGroups/*", action] {
            assert!(matches(pattern, action), "{pattern}");
        }
        for pattern in ["", "*/read", "Microsoft.Network/*", "Microsoft.ContainerInstance/*/read", "a*b*c"] {
            assert!(!matches(pattern, action), "{pattern}");
        }
        assert!(!matches("aba*aba", "aba"), "the two ends must not share letters");
        assert!(
            matches("a/*/assign/action", "a/assign/action")
                && matches("a/*/assign/action", "a/b/assign/action")
        );
    }

    #[test]
    fn exceptions_take_away() {
        let allowed =
            |action| allows(action, ["*"].into_iter(), ["Microsoft.Authorization/*/Write"].into_iter());
        assert!(allowed("Microsoft.Authorization/roleAssignments/read"));
        assert!(!allowed("Microsoft.Authorization/roleAssignments/write"));
    }

    proptest! {
        #[test]
        fn cutting_a_hole_into_an_action_leaves_a_pattern_that_fits(
            action in "[a-z/]{1,20}", from in 0_usize..20, to in 0_usize..20,
        ) {
            let (from, to) = (from.min(action.len()), to.min(action.len()));
            let (from, to) = (from.min(to), from.max(to));
            let pattern = format!("{}*{}", &action[..from], &action[to..]);
            prop_assert!(matches(&pattern, &action), "{}", pattern);
        }
    }
}
