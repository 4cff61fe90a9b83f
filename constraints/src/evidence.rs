//! Where words are known from.
//!
//! The evidence of an ARM error is the documentation of its constructor, and stays there: it is read from the
//! emulator's sources when this crate is compiled.

/// How sure it is that Azure says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Recorded traffic of the service.
    Rec,
    /// Microsoft's documentation.
    Doc,
    /// Pasted by a user of Azure.
    User,
    /// Stable wording without a strong source.
    WellKnown,
    /// Chosen by analogy.
    Assumed,
    /// The emulator's, or the provider's, own.
    Ours,
}

impl Mark {
    /// All of them, the surest first.
    pub const ALL: &'static [Mark] =
        &[Self::Rec, Self::Doc, Self::User, Self::WellKnown, Self::Assumed, Self::Ours];

    /// As documents write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rec => "REC",
            Self::Doc => "DOC",
            Self::User => "USER",
            Self::WellKnown => "WELL-KNOWN",
            Self::Assumed => "ASSUMED",
            Self::Ours => "OURS",
        }
    }

    /// What it means.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Rec => "recorded traffic of the service",
            Self::Doc => "Microsoft's documentation",
            Self::User => "an answer pasted by a user of Azure",
            Self::WellKnown => "stable wording of Azure Resource Manager",
            Self::Assumed => "chosen by analogy, as no source tells",
            Self::Ours => "refused here, accepted by Azure",
        }
    }

    /// The first mark of a text.
    pub fn of(evidence: &str) -> Option<Self> {
        let first = |mark: &Mark| evidence.find(mark.name()).map(|at| (at, *mark));
        Self::ALL.iter().filter_map(first).min_by_key(|(at, _)| *at).map(|(_, mark)| mark)
    }
}

/// Where the constructors of ARM errors are.
const SOURCES: &[&str] = &[
    include_str!("../../emulator/src/arm/error.rs"),
    include_str!("../../emulator/src/arm/error/catalogue.rs"),
    include_str!("../../emulator/src/arm/error/deployments.rs"),
    include_str!("../../emulator/src/arm/error/neighbours.rs"),
];

/// The names of all constructors of ARM errors.
pub fn constructors() -> impl Iterator<Item = &'static str> {
    let lines = SOURCES.iter().flat_map(|source| source.lines());
    let names = lines.filter_map(|line| line.strip_prefix("    pub fn "));
    names.filter(|line| !line.contains("self")).filter_map(|line| line.split(['(', '<']).next())
}

/// The documentation of a constructor, on one line; of a conversion by its name and its first parameter.
pub fn of_constructor(name: &str) -> Option<String> {
    let head = if name.contains('(') { format!("    fn {name}") } else { format!("    pub fn {name}(") };
    SOURCES.iter().find_map(|source| {
        let before = source[..source.find(&head)?].trim_end().lines().rev();
        let mut lines: Vec<_> = before.map_while(|line| line.trim().strip_prefix("/// ")).collect();
        lines.reverse();
        Some(lines.join(" "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_of_a_constructor_is_its_evidence() {
        assert_eq!(of_constructor("missing_api_version"), Some("DOC, USER.".to_owned()));
        assert!(
            of_constructor("no_registered_provider")
                .is_some_and(|it| it.starts_with("DOC, USER: a well-formed"))
        );
        assert_eq!(of_constructor("no_such_constructor"), None);
    }

    #[test]
    fn the_first_mark_counts() {
        assert_eq!(Mark::of("ASSUMED; the number is DOC."), Some(Mark::Assumed));
        assert_eq!(Mark::of("DOC and USER: what asking for more returns."), Some(Mark::Doc));
        assert_eq!(Mark::of("nothing"), None);
    }

    #[test]
    fn constructors_are_found_by_their_names() {
        assert!(constructors().any(|name| name == "not_authorized_linked"));
    }
}
