//! `$filter` of role assignments and role definitions: comparisons and functions joined by `and`.

use http::Uri;

use crate::arm::error::ArmError;
use crate::arm::query;

/// A term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// `atScope()`: at the scope and above it, not below.
    AtScope,
    /// `assignedTo('{object id}')`: to that principal, groups included.
    AssignedTo(String),
    /// `{name} eq '{value}'`
    Equals(String, String),
}

/// The filter of a request.
///
/// # Errors
/// `InvalidFilterInQueryString`.
pub fn of(uri: &Uri) -> Result<Vec<Term>, ArmError> {
    let text = query::value(uri.query(), "$filter").unwrap_or_default();
    parse(&text).ok_or_else(|| ArmError::invalid_filter(&text))
}

/// Reads a filter; `None` for one that is not understood. One without terms lets everything through.
pub fn parse(text: &str) -> Option<Vec<Term>> {
    let text = text.trim();
    if text.is_empty() {
        return Some(Vec::new());
    }
    conjuncts(text).into_iter().map(|part| term(part.trim())).collect()
}

/// The parts between the `and`s that stand outside of quotes.
fn conjuncts(text: &str) -> Vec<&str> {
    const AND: &str = " and ";
    let (mut parts, mut start, mut quoted) = (Vec::new(), 0, false);
    for (at, letter) in text.char_indices() {
        quoted ^= letter == '\'';
        let is_and = text.get(at..at + AND.len()).is_some_and(|word| word.eq_ignore_ascii_case(AND));
        if !quoted && is_and && at >= start {
            parts.push(&text[start..at]);
            start = at + AND.len();
        }
    }
    parts.push(&text[start..]);
    parts
}

fn term(text: &str) -> Option<Term> {
    let lower = text.to_ascii_lowercase();
    if lower == "atscope()" || lower == "atscopeandbelow()" {
        // Definitions hold below their scopes anyway, so the longer form asks for nothing else.
        return Some(Term::AtScope);
    }
    if let Some(inner) = lower.strip_prefix("assignedto(").and_then(|rest| rest.strip_suffix(')')) {
        return Some(Term::AssignedTo(literal(inner)?));
    }
    let (name, value) = text.split_once(" eq ").or_else(|| text.split_once(" EQ "))?;
    Some(Term::Equals(name.trim().to_ascii_lowercase(), literal(value.trim())?))
}

fn literal(text: &str) -> Option<String> {
    let inner = text.trim().strip_prefix('\'')?.strip_suffix('\'')?;
    Some(inner.replace("''", "'"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn terms_are_joined_by_and() {
        assert_eq!(parse(""), Some(vec![]));
        assert_eq!(
            parse("atScope() and assignedTo('AB')"),
            Some(vec![Term::AtScope, Term::AssignedTo("ab".to_owned())])
        );
        let named = |name: &str| Some(vec![Term::Equals("rolename".to_owned(), name.to_owned())]);
        assert_eq!(parse("roleName eq 'Bob''s and Ann''s'"), named("Bob's and Ann's"));
        assert_eq!(parse("atScope() AND roleName eq 'x'").map(|terms| terms.len()), Some(2));
    }

    proptest! {
        #[test]
        fn any_value_survives_its_quotes(value in ".{0,20}") {
            let text = format!("roleName eq '{}'", value.replace('\'', "''"));
            prop_assert_eq!(parse(&text), Some(vec![Term::Equals("rolename".to_owned(), value)]));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}") {
            let _terms = parse(&text);
        }
    }

    #[test]
    fn what_is_not_understood_is_no_filter() {
        for text in ["principalId", "principalId eq x", "principalId ne 'x'", "atScope() or atScope()"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
