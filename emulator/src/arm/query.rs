//! Query parameters by name, in any case, as ARM reads them.

/// The decoded value of the first parameter with this name.
pub fn value(query: Option<&str>, name: &str) -> Option<String> {
    pairs(query?).find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// Decodes `a=b&c=d`, in a query or a form.
pub fn pairs(text: &str) -> impl Iterator<Item = (String, String)> {
    form_urlencoded::parse(text.as_bytes()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_in_any_case_and_values_are_decoded() {
        let query = Some("API-Version=2023-05-01&tail=1%30&flag");
        assert_eq!(value(query, "api-version").as_deref(), Some("2023-05-01"));
        assert_eq!(value(query, "tail").as_deref(), Some("10"));
        assert_eq!(value(query, "flag").as_deref(), Some(""));
        assert_eq!(value(query, "absent"), None);
    }
}
