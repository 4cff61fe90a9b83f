//! `$(NAME)` in commands, arguments and values, with the kubelet's rules.
//!
//! Follows `third_party/forked/golang/expansion` of Kubernetes.

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Text that stays.
    Text(&'a str),
    /// The name in `$(NAME)`.
    Reference(&'a str),
}

/// `text` in pieces; `$$` is a `$`.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (before, from) = rest.split_at(at);
        pieces.push(Piece::Text(before));
        let (dollar, after) = from.split_at(1);
        if let Some(tail) = after.strip_prefix('$') {
            pieces.push(Piece::Text(dollar));
            rest = tail;
        } else if let Some((name, tail)) = after.strip_prefix('(').and_then(|inner| inner.split_once(')')) {
            pieces.push(Piece::Reference(name));
            rest = tail;
        } else {
            pieces.push(Piece::Text(dollar));
            rest = after;
        }
    }
    pieces.push(Piece::Text(rest));
    pieces.retain(|piece| *piece != Piece::Text(""));
    pieces
}

/// `text` with every `$(NAME)` that `lookup` knows replaced; unknown ones stay as written.
pub(super) fn expand(text: &str, mut lookup: impl FnMut(&str) -> Option<String>) -> String {
    pieces(text)
        .into_iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.to_owned(),
            Piece::Reference(name) => lookup(name).unwrap_or_else(|| format!("$({name})")),
        })
        .collect()
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
            ("$(A$(A)", "$(A$(A)"),
            ("$()", "$()"),
            ("$", "$"),
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

        #[test]
        fn no_text_panics(text in "[$()A-C ]{0,24}") {
            let _ = expand(&text, |name| Some(name.to_owned()));
        }
    }
}
