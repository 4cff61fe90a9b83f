//! The recordings as they lie beside the checkout, polling collapsed.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

/// A call and its answer.
#[derive(Clone, Debug)]
pub(crate) struct Interaction {
    pub(crate) method: String,
    /// Without the host.
    pub(crate) path: String,
    pub(crate) request: Option<Value>,
    pub(crate) status: u16,
    /// By lower-case name.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Value,
    /// When it was recorded.
    pub(crate) year: u16,
}

#[derive(Deserialize)]
struct Line {
    src: String,
    method: String,
    url: String,
    req_body: Option<String>,
    status: u16,
    headers: BTreeMap<String, Value>,
    body: Option<Value>,
}

impl From<Line> for Interaction {
    fn from(line: Line) -> Self {
        let headers = line.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), text(value)));
        let headers: BTreeMap<_, _> = headers.collect();
        let year = headers["date"].split(' ').nth(3).unwrap().parse().unwrap();
        let body = match line.body {
            Some(Value::String(text)) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
            body => body.unwrap_or_default(),
        };
        Self {
            method: line.method,
            path: line.url.split_once("management.azure.com").unwrap().1.to_owned(),
            request: line.req_body.map(|body| serde_json::from_str(unquoted(&body)).unwrap()),
            status: line.status,
            headers,
            body,
            year,
        }
    }
}

/// Python wrote some bodies as it prints bytes.
fn unquoted(body: &str) -> &str {
    body.strip_prefix("b'").and_then(|body| body.strip_suffix('\'')).unwrap_or(body)
}

fn text(value: &Value) -> String {
    let value = value.as_array().map_or(value, |values| &values[0]);
    value.as_str().unwrap().to_owned()
}

impl Interaction {
    /// The path of the resource group that the call is in.
    pub(crate) fn resource_group(&self) -> Option<String> {
        let end = self.path.find(['?']).unwrap_or(self.path.len());
        let segments: Vec<_> = self.path[..end].split('/').take(5).collect();
        let is_group = segments.get(3).is_some_and(|word| word.eq_ignore_ascii_case("resourcegroups"));
        (is_group && segments.len() == 5)
            .then(|| segments.join("/").replace("resourceGroups", "resourcegroups"))
    }

    /// Whether it is about a path.
    pub(crate) fn is_at(&self, path: &str) -> bool {
        self.path.split('?').next().is_some_and(|own| own.eq_ignore_ascii_case(path))
    }

    /// Whether it asks how an operation goes.
    pub(crate) fn is_poll(&self) -> bool {
        self.path.contains("/operations/") || self.path.contains("/asyncoperations/")
    }

    pub(crate) fn request(&self) -> Option<Value> {
        self.request.clone()
    }

    /// The state that the answer shows.
    pub(crate) fn state(&self) -> Option<String> {
        state(&self.body)
    }
}

/// What a poller looks at: how far an operation is, or a resource and its containers.
pub(crate) fn state(body: &Value) -> Option<String> {
    let status = body["status"].as_str().or(body["properties"]["provisioningState"].as_str())?;
    let instance = body["properties"]["instanceView"]["state"].as_str().unwrap_or_default();
    Some(format!("{status} {instance}"))
}

/// Every recorded test with its calls in order; empty where the recordings are not at hand.
pub(crate) fn recordings() -> BTreeMap<String, Vec<Interaction>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/recordings/azure-cli-2.77.0.jsonl");
    let Ok(text) = std::fs::read_to_string(&file) else {
        eprintln!("skipped: no recordings at {}", file.display());
        return BTreeMap::new();
    };
    let mut tests: BTreeMap<String, Vec<Interaction>> = BTreeMap::new();
    for line in text.lines() {
        let line: Line = serde_json::from_str(line).unwrap();
        let name = line.src.rsplit('/').next().unwrap().trim_end_matches(".yaml").to_owned();
        tests.entry(name).or_default().push(line.into());
    }
    for interactions in tests.values_mut() {
        interactions.dedup_by(|later, earlier| {
            let is_again = later.method == "GET" && earlier.method == "GET" && later.path == earlier.path;
            // An assignment was refused until the directory knew the identity.
            let is_retry = later.method == "PUT" && earlier.status == 400 && later.path == earlier.path;
            if is_again || is_retry {
                *earlier = later.clone();
            }
            is_again || is_retry
        });
    }
    tests
}
