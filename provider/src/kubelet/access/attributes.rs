//! What a request to a kubelet is to an authorizer: a verb on a subresource of the node.
//!
//! Source: the kubelet's `server/auth.go`, with the finer subresources of KubeletFineGrainedAuthz (1.32), of which
//! any is enough.

use axum::http::Method;

/// What is asked of the API server.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Attributes {
    /// The node.
    pub node: String,
    /// The verb; empty for methods that have none.
    pub verb: &'static str,
    /// Below `nodes`.
    pub subresource: &'static str,
}

/// The paths that are more than `proxy`, with what they are instead.
const OWN: [(&str, &str); 3] = [("/stats", "stats"), ("/metrics", "metrics"), ("/logs", "log")];
/// The paths that are `proxy` as well.
const FINER: [(&str, &str); 6] = [
    ("/pods", "pods"),
    ("/runningpods", "pods"),
    ("/healthz", "healthz"),
    ("/livez", "healthz"),
    ("/readyz", "healthz"),
    ("/configz", "configz"),
];

/// The verb of a method.
pub(super) fn verb(method: &Method) -> &'static str {
    match *method {
        Method::POST => "create",
        Method::GET => "get",
        Method::PUT => "update",
        Method::PATCH => "patch",
        Method::DELETE => "delete",
        _ => "",
    }
}

/// The subresources of a path, the finest first.
pub(super) fn subresources(path: &str) -> Vec<&'static str> {
    let of = |table: &[(&str, &'static str)]| {
        table.iter().find(|(prefix, _)| is_below(path, prefix)).map(|(_, name)| *name)
    };
    match of(&OWN) {
        Some(own) => vec![own],
        None => of(&FINER).into_iter().chain(["proxy"]).collect(),
    }
}

fn is_below(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_has_the_kubelet_s_attributes() {
        for (method, path, verb, subresources) in [
            (Method::GET, "/stats/summary", "get", &["stats"][..]),
            (Method::GET, "/metrics", "get", &["metrics"]),
            (Method::GET, "/metrics/resource", "get", &["metrics"]),
            (Method::GET, "/metrics/cadvisor", "get", &["metrics"]),
            (Method::GET, "/logs/", "get", &["log"]),
            (Method::GET, "/pods", "get", &["pods", "proxy"]),
            (Method::GET, "/runningpods/", "get", &["pods", "proxy"]),
            (Method::GET, "/healthz", "get", &["healthz", "proxy"]),
            (Method::GET, "/configz", "get", &["configz", "proxy"]),
            (Method::POST, "/exec/ns/pod/c", "create", &["proxy"]),
            (Method::GET, "/exec/ns/pod/c", "get", &["proxy"]),
            (Method::POST, "/attach/ns/pod/uid/c", "create", &["proxy"]),
            (Method::POST, "/portForward/ns/pod", "create", &["proxy"]),
            (Method::GET, "/containerLogs/ns/pod/c", "get", &["proxy"]),
            (Method::PUT, "/nowhere", "update", &["proxy"]),
            (Method::PATCH, "/", "patch", &["proxy"]),
            (Method::DELETE, "/statsandmore", "delete", &["proxy"]),
            (Method::OPTIONS, "/podsandmore", "", &["proxy"]),
        ] {
            assert_eq!(super::verb(&method), verb, "{method} {path}");
            assert_eq!(super::subresources(path), subresources, "{method} {path}");
        }
    }
}
