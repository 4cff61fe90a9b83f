//! Names of a group's volumes: 5 to 63 lower-case letters, digits and dashes, no two dashes in a row (documented
//! with ACI's naming rules). Kubernetes' may be shorter.

const LEAST: usize = 5;
const MOST: usize = 63;

/// A legal name like `wanted` that is not `taken`.
pub(super) fn legal(wanted: &str, taken: impl Fn(&str) -> bool) -> String {
    let mut name = String::new();
    for c in wanted.chars().map(|c| c.to_ascii_lowercase()) {
        match c {
            'a'..='z' | '0'..='9' => name.push(c),
            _ if !name.is_empty() && !name.ends_with('-') => name.push('-'),
            _ => {}
        }
    }
    let mut name = cut(&name, MOST);
    if name.len() < LEAST {
        name = format!("vol-{name}");
        name = cut(&name, MOST);
    }
    if name.len() < LEAST {
        name = "volume".to_owned();
    }
    let numbered = |number: usize| {
        let end = format!("-{number}");
        format!("{}{end}", cut(&name, MOST - end.len()))
    };
    let mut candidate = name.clone();
    let mut number = 2;
    while taken(&candidate) {
        candidate = numbered(number);
        number += 1;
    }
    candidate
}

fn cut(name: &str, most: usize) -> String {
    let name: String = name.chars().take(most).collect();
    name.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_legal_name_stays_and_a_short_one_grows() {
        assert_eq!(legal("config", |_| false), "config");
        assert_eq!(legal("tmp", |_| false), "vol-tmp");
        assert_eq!(legal("a--b-c", |_| false), "a-b-c");
        assert_eq!(legal("config", |name| name == "config"), "config-2");
    }

    proptest! {
        #[test]
        fn every_name_is_legal_and_used_once(wanted in prop::collection::vec("\\PC{0,80}", 1..8)) {
            let mut names = HashSet::new();
            for wanted in &wanted {
                let name = legal(wanted, |name| names.contains(name));
                prop_assert!((LEAST..=MOST).contains(&name.len()), "{name}");
                prop_assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'));
                prop_assert!(!name.starts_with('-') && !name.ends_with('-') && !name.contains("--"));
                prop_assert!(names.insert(name));
            }
        }
    }
}
