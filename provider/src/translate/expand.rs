//! `$(NAME)` in commands, arguments and values, with the kubelet's rules.

/// `text` with every `$(NAME)` that `lookup` knows replaced; unknown ones stay as written, `$$` is a `$`.
///
/// Follows `k8s.io/kubernetes/third_party/forked/golang/expansion`.
pub(super) fn expand(text: &str, mut lookup: impl FnMut(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if let Some(tail) = after.strip_prefix('$') {
            out.push('$');
            rest = tail;
        } else if let Some((name, tail)) = after.strip_prefix('(').and_then(|inner| inner.split_once(')')) {
            out.push_str(&lookup(name).unwrap_or_else(|| format!("$({name})")));
            rest = tail;
        } else {
            out.push('$');
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_kubelets_own_cases() {
        let table = [
            ("$(A)-x", "1-x"),
            ("$(A)$(A)", "11"),
            ("$$(A)", "$(A)"),
            ("$$$(A)", "$1"),
            ("$(B)", "$(B)"),
            ("$A", "$A"),
            ("$(A", "$(A"),
            ("100%$", "100%$"),
        ];
        for (text, expected) in table {
            assert_eq!(expand(text, |name| (name == "A").then(|| "1".to_owned())), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn text_without_dollars_stays(text in "[^$]{0,40}") {
            prop_assert_eq!(expand(&text, |_| None), text);
        }
    }
}
