//! `$filter` of the list of resources: comparisons joined by `and`, which is what `az resource list` and the SDKs
//! send.

use super::generic::GenericResource;
use crate::regions;

/// A filter; one without terms lets everything through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    terms: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    property: Property,
    is_equal: bool,
    value: String,
}

/// What can be compared. Source: "Resources - List", Azure REST API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Property {
    ResourceType,
    Name,
    Location,
    ResourceGroup,
    TagName,
    TagValue,
}

impl Property {
    fn named(name: &str) -> Option<Self> {
        let names = [
            ("resourceType", Self::ResourceType),
            ("name", Self::Name),
            ("location", Self::Location),
            ("resourceGroup", Self::ResourceGroup),
            ("tagName", Self::TagName),
            ("tagValue", Self::TagValue),
        ];
        names.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, property)| property)
    }
}

impl Filter {
    /// Reads a filter; `None` for one that is not understood.
    pub fn parse(text: &str) -> Option<Self> {
        let mut terms = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let (term, after) = term(rest)?;
            terms.push(term);
            rest = match word(after) {
                (word, more) if word.eq_ignore_ascii_case("and") && !more.is_empty() => more,
                ("", "") => "",
                _ => return None,
            };
        }
        Some(Self { terms })
    }

    /// Whether a resource of a resource group is wanted.
    pub fn matches(&self, resource: &GenericResource, resource_group: &str) -> bool {
        self.terms.iter().all(|term| self.is_met(term, resource, resource_group) == term.is_equal)
    }

    fn is_met(&self, term: &Term, resource: &GenericResource, resource_group: &str) -> bool {
        let is = |text: &str| text.eq_ignore_ascii_case(&term.value);
        let tags = || resource.tags.iter().flatten();
        match term.property {
            Property::ResourceType => is(&resource.kind),
            Property::Name => is(&resource.name),
            Property::Location => resource.location == regions::normalise(&term.value),
            Property::ResourceGroup => is(resource_group),
            Property::TagName => tags().any(|(name, _)| is(name)),
            Property::TagValue => {
                let mut named = self.terms.iter().filter(|term| term.property == Property::TagName);
                let name = named.next().map(|term| &term.value);
                let belongs = |tag: &str| name.is_none_or(|name| name.eq_ignore_ascii_case(tag));
                tags().any(|(name, value)| belongs(name) && *value == term.value)
            }
        }
    }
}

/// One comparison, and what follows it.
fn term(text: &str) -> Option<(Term, &str)> {
    let (property, rest) = word(text);
    let (operator, rest) = word(rest);
    let is_equal = match operator.to_ascii_lowercase().as_str() {
        "eq" => true,
        "ne" => false,
        _ => return None,
    };
    let (value, rest) = literal(rest)?;
    Some((Term { property: Property::named(property)?, is_equal, value }, rest.trim_start()))
}

/// The text up to white space, and what follows that.
fn word(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (word, rest.trim_start())
}

/// A text in quotes, in which two quotes are one, and what follows it.
fn literal(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut rest = text.strip_prefix('\'')?;
    loop {
        let (part, after) = rest.split_once('\'')?;
        value.push_str(part);
        match after.strip_prefix('\'') {
            Some(more) => {
                value.push('\'');
                rest = more;
            }
            None => return Some((value, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn resource() -> GenericResource {
        GenericResource {
            id: String::new(),
            name: "web".to_owned(),
            kind: "Microsoft.ContainerInstance/containerGroups".to_owned(),
            location: "westus".to_owned(),
            identity: None,
            zones: None,
            tags: Some([("team".to_owned(), "it's us".to_owned())].into_iter().collect()),
        }
    }

    fn wants(filter: &str) -> bool {
        Filter::parse(filter).unwrap_or_else(|| panic!("{filter}")).matches(&resource(), "RG")
    }

    #[test]
    fn comparisons_ignore_case_and_add_up() {
        assert!(wants(""));
        assert!(wants("resourceType eq 'microsoft.containerinstance/containergroups'"));
        assert!(wants("NAME EQ 'Web' and location eq 'West US' and resourceGroup eq 'rg'"));
        assert!(wants("name ne 'api'"));
        assert!(!wants("name eq 'web' and location eq 'eastus'"));
        assert!(!wants("resourceType ne 'Microsoft.ContainerInstance/containerGroups'"));
    }

    #[test]
    fn a_tags_value_belongs_to_its_name() {
        assert!(wants("tagName eq 'Team' and tagValue eq 'it''s us'"));
        assert!(!wants("tagName eq 'other' and tagValue eq 'it''s us'"));
        assert!(!wants("tagName eq 'team' and tagValue eq 'them'"));
    }

    #[test]
    fn what_is_not_understood_is_no_filter() {
        for text in [
            "name",
            "name eq",
            "name eq web",
            "name eq 'web",
            "name eq 'a' or name eq 'b'",
            "size eq '1'",
            "name eq 'a' and ",
        ] {
            assert_eq!(Filter::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_value_survives_its_quotes(value in ".{0,20}") {
            let text = format!("name eq '{}'", value.replace('\'', "''"));
            let filter = Filter::parse(&text).unwrap();
            prop_assert_eq!(&filter.terms[0].value, &value);
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}") {
            let _filter = Filter::parse(&text);
        }
    }
}
