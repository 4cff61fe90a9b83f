//! Paths as ARM reads them: words in any case, empty segments ignored, names kept as the caller wrote them.
//!
//! Routing matches exactly, so this runs before it and rewrites the fixed words. They stand at even places:
//! ARM's grammar is keyword, value, keyword, value, and an action at the end is a keyword without a value.

use axum::body::Body;
use http::uri::PathAndQuery;
use http::{Request, Uri};

/// The fixed words of the routes, in Azure's spelling.
const KEYWORDS: &[&str] = &[
    "subscriptions",
    "resourceGroups",
    "providers",
    "tenants",
    "operationresults",
    "locations",
    "operations",
    "usages",
    "capabilities",
    "cachedImages",
    "resources",
    "containerGroups",
    "containerGroupProfiles",
    "revisions",
    "ngroups",
    "skus",
    "sandboxGroups",
    "connect",
    "outboundNetworkDependenciesEndpoints",
    "containers",
    "logs",
    "exec",
    "attach",
    "start",
    "stop",
    "restart",
    "register",
    "virtualNetworks",
    "subnets",
    "serviceAssociationLinks",
];

/// The fixed words of the routes beside container groups: actions, and types that no provider lists.
const NEIGHBOURS: &[&str] = &[
    "unregister",
    "moveResources",
    "validateMoveResources",
    "tags",
    "managementGroups",
    "tagNames",
    "deployments",
    "operationStatuses",
    "validate",
    "whatIf",
    "exportTemplate",
    "cancel",
];

/// The roots of ARM paths; others, such as those of the token endpoints, are left as they are.
const ROOTS: &[&str] = &["subscriptions", "providers", "tenants"];

/// Whether a path is one of ARM's.
pub fn is_arm(path: &str) -> bool {
    let first = path.split('/').find(|segment| !segment.is_empty()).unwrap_or_default();
    ROOTS.iter().any(|root| first.eq_ignore_ascii_case(root))
}

/// Rewrites the path of a request.
pub fn normalise(mut request: Request<Body>) -> Request<Body> {
    let path = normalised(request.uri().path());
    if path != request.uri().path() {
        let text = match request.uri().query() {
            Some(query) => format!("{path}?{query}"),
            None => path,
        };
        let mut parts = request.uri().clone().into_parts();
        parts.path_and_query = text.parse::<PathAndQuery>().ok();
        if let Ok(uri) = Uri::from_parts(parts) {
            *request.uri_mut() = uri;
        }
    }
    request
}

fn normalised(path: &str) -> String {
    let segments = path.split('/').filter(|segment| !segment.is_empty()).enumerate();
    let arm = is_arm(path);
    let mut text = String::with_capacity(path.len());
    let mut after_providers = false;
    for (index, segment) in segments {
        let word = match index % 2 {
            _ if !arm => segment,
            0 => keyword(segment),
            _ if after_providers => namespace(segment),
            _ => segment,
        };
        after_providers = word == "providers";
        text.push('/');
        text.push_str(word);
    }
    if text.is_empty() { "/".to_owned() } else { text }
}

fn keyword(segment: &str) -> &str {
    let kinds = super::resources::catalogue::NEIGHBOURS.iter().flat_map(|provider| provider.kinds);
    let words = kinds.flat_map(|kind| kind.name.split('/'));
    let mut known = KEYWORDS.iter().chain(NEIGHBOURS).copied().chain(words);
    known.find(|word| word.eq_ignore_ascii_case(segment)).unwrap_or(segment)
}

fn namespace(segment: &str) -> &str {
    let mut known = super::resources::providers::all().map(|provider| provider.namespace);
    known.find(|name| name.eq_ignore_ascii_case(segment)).unwrap_or(segment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_words_get_azures_spelling_and_names_keep_the_callers() {
        let given = "/SUBSCRIPTIONS/S/resourcegroups/RG/PROVIDERS/microsoft.containerinstance//containergroups/START/Start/";
        let expected = "/subscriptions/S/resourceGroups/RG/providers/Microsoft.ContainerInstance/containerGroups/START/start";
        assert_eq!(normalised(given), expected);
    }

    #[test]
    fn paths_outside_arm_keep_their_words() {
        assert_eq!(normalised("/Contoso//oauth2/v2.0/token"), "/Contoso/oauth2/v2.0/token");
        assert_eq!(normalised("//"), "/");
    }
}
