//! What a path is about: ARM's grammar of scopes, providers, types and names, read without regard to the type.
//!
//! `{scope}/providers/{namespace}/{type}/{name}[/{type}/{name}…][/{word}]`: a word at the end that has no name is a
//! list for a GET and an action for a POST. Permissions, extension resources and the registration of providers all
//! ask the same questions of a path, so they are answered once.

/// A path, taken apart; the parts keep the caller's casing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target<'a> {
    /// The subscription, if the path begins with one.
    pub subscription: Option<&'a str>,
    /// The resource group, if it is in one.
    pub resource_group: Option<&'a str>,
    /// What the innermost provider is asked for, if the path names one.
    pub provider: Option<ProviderPart<'a>>,
    /// What the innermost provider is asked about: the path before its `/providers/`. Empty for the tenant.
    pub scope: &'a str,
    /// The path without a word at the end that has no name, and without a provider that names nothing.
    pub resource: &'a str,
    /// Such a word, outside providers: `resources` of a subscription, for example.
    pub word: Option<&'a str>,
}

/// The part of a path that belongs to one provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderPart<'a> {
    /// The namespace.
    pub namespace: &'a str,
    /// Types and names, outermost first.
    pub pairs: Vec<(&'a str, &'a str)>,
    /// The word at the end that has no name: a list's type or an action.
    pub word: Option<&'a str>,
}

impl ProviderPart<'_> {
    /// The type without its namespace, a list's own type included: `virtualNetworks/subnets`.
    pub fn kind(&self) -> String {
        let kinds = self.pairs.iter().map(|(kind, _)| *kind).chain(self.word);
        kinds.collect::<Vec<_>>().join("/")
    }

    /// The type of the resource that is named, an action at the end left out.
    pub fn resource_kind(&self) -> String {
        self.pairs.iter().map(|(kind, _)| *kind).collect::<Vec<_>>().join("/")
    }
}

impl<'a> Target<'a> {
    /// Reads a normalised path.
    pub fn of(path: &'a str) -> Self {
        let path = path.trim_end_matches('/');
        let (scope, provider) = match path.rfind("/providers/") {
            Some(at) => (&path[..at], path.get(at + "/providers/".len()..)),
            None => (path, None),
        };
        let mut segments = path.split('/').skip(1);
        let mut next = |word: &str| segments.next().filter(|it| *it == word).and(segments.next());
        let subscription = next("subscriptions");
        let resource_group = subscription.and_then(|_| next("resourceGroups"));
        let mut target =
            Self { subscription, resource_group, provider: None, scope, resource: path, word: None };
        match provider {
            Some(part) => target.read_provider(part),
            None if scope.split('/').skip(1).count() % 2 == 1 => target.split_word(),
            None => {}
        }
        target
    }

    fn read_provider(&mut self, part: &'a str) {
        let mut segments = part.split('/');
        let namespace = segments.next().unwrap_or_default();
        let (mut pairs, mut word) = (Vec::new(), None);
        while let Some(kind) = segments.next() {
            match segments.next() {
                Some(name) => pairs.push((kind, name)),
                None => word = Some(kind),
            }
        }
        if let Some(word) = word {
            self.resource = self.resource.get(..self.resource.len() - word.len() - 1).unwrap_or_default();
        }
        if pairs.is_empty() {
            self.resource = self.scope;
        }
        self.provider = Some(ProviderPart { namespace, pairs, word });
    }

    fn split_word(&mut self) {
        if let Some((resource, word)) = self.resource.rsplit_once('/') {
            (self.resource, self.scope, self.word) = (resource, resource, Some(word));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUP: &str = "/subscriptions/s/resourceGroups/rg";

    #[test]
    fn a_resource_is_read_with_its_scope() {
        let path = format!("{GROUP}/providers/Microsoft.Network/virtualNetworks/v/subnets/n");
        let target = Target::of(&path);
        let provider = target.provider.clone().unwrap();
        assert_eq!((target.subscription, target.resource_group), (Some("s"), Some("rg")));
        assert_eq!((target.scope, target.resource), (GROUP, path.as_str()));
        assert_eq!(
            (provider.namespace, provider.kind().as_str()),
            ("Microsoft.Network", "virtualNetworks/subnets")
        );
        assert_eq!(provider.pairs, [("virtualNetworks", "v"), ("subnets", "n")]);
    }

    #[test]
    fn lists_and_actions_end_in_a_word() {
        let path = format!("{GROUP}/providers/Microsoft.Storage/storageAccounts/a/listKeys");
        let target = Target::of(&path);
        let provider = target.provider.clone().unwrap();
        assert_eq!(target.resource, format!("{GROUP}/providers/Microsoft.Storage/storageAccounts/a"));
        assert_eq!(provider.word, Some("listKeys"));
        assert_eq!(provider.resource_kind(), "storageAccounts");
        let list = Target::of("/subscriptions/s/providers/Microsoft.Storage/storageAccounts");
        assert_eq!((list.resource, list.scope), ("/subscriptions/s", "/subscriptions/s"));
        let resources = Target::of("/subscriptions/s/resources");
        assert_eq!((resources.resource, resources.word), ("/subscriptions/s", Some("resources")));
    }

    #[test]
    fn an_extension_is_about_what_stands_before_it() {
        let account = format!("{GROUP}/providers/Microsoft.Storage/storageAccounts/a");
        let path = format!("{account}/providers/Microsoft.Authorization/roleAssignments/x");
        assert_eq!(Target::of(&path).scope, account);
        let tenant = Target::of("/providers/Microsoft.Authorization/roleDefinitions/x");
        assert_eq!((tenant.scope, tenant.subscription), ("", None));
    }
}
