//! Every official example of an operation other than the PUT of a container group (`spec_requests`) is answered with a
//! status that the example has, and with a body that is valid against that version's document.

use std::path::Path;

use aci_model::ApiVersion;
use http::Method;
use serde_json::{Value, json};

use crate::spec_requests::AMENDMENTS;
use crate::support::app::{Answer, SUBSCRIPTION, TestApp};
use crate::support::schema::Schema;

const DOCUMENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/spec");

/// One example: what is called, with what, and what may come back.
struct Example {
    name: String,
    operation: String,
    method: Method,
    /// The path of the document, with names in braces.
    path: String,
    parameters: Value,
    /// Names of the members that go into the query, and of the one that is the body.
    query: Vec<String>,
    body: Option<String>,
    /// Schemas of answers by status, and the statuses of the example.
    responses: Value,
    statuses: Vec<String>,
}

/// What stands where an example has no name.
const NAMELESS: &str = "demo1";

/// The documents of a version.
fn document(version: ApiVersion) -> Option<(std::path::PathBuf, Value)> {
    let kind = if version.as_str().ends_with("-preview") { "preview" } else { "stable" };
    let folder = Path::new(DOCUMENTS).join(kind).join(version.as_str());
    let text = std::fs::read_to_string(folder.join("containerInstance.json")).ok()?;
    Some((folder, serde_json::from_str(&text).unwrap()))
}

fn examples(folder: &Path, document: &Value) -> Vec<Example> {
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            for (_, example) in operation["x-ms-examples"].as_object().into_iter().flatten() {
                let file = folder.join(example["$ref"].as_str().unwrap());
                let example: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
                let named = |place: &str| {
                    let all =
                        operation["parameters"].as_array().unwrap().iter().map(|it| resolved(document, it));
                    let names =
                        all.filter(|it| it["in"] == place).map(|it| it["name"].as_str().unwrap().to_owned());
                    names.collect::<Vec<_>>()
                };
                found.push(Example {
                    name: file.file_stem().unwrap().to_string_lossy().into_owned(),
                    operation: id.to_owned(),
                    method: method.to_ascii_uppercase().parse().unwrap(),
                    path: path.clone(),
                    parameters: example["parameters"].clone(),
                    query: named("query"),
                    body: named("body").pop(),
                    responses: operation["responses"].clone(),
                    statuses: example["responses"].as_object().unwrap().keys().cloned().collect(),
                });
            }
        }
    }
    found
}

fn resolved<'a>(document: &'a Value, parameter: &'a Value) -> &'a Value {
    let local = parameter["$ref"].as_str().and_then(|name| name.strip_prefix("#/parameters/"));
    local.map_or(parameter, |name| &document["parameters"][name])
}

impl Example {
    /// A parameter; some examples write names in another case than the document.
    fn parameter(&self, name: &str) -> Option<&Value> {
        let all = self.parameters.as_object().unwrap();
        all.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    fn text(&self, name: &str) -> Option<String> {
        self.parameter(name).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    }

    /// The path with its names; the subscription is the test's, as `subid` is none.
    fn place(&self, version: ApiVersion) -> String {
        let fill = |segment: &str| match segment.strip_prefix('{').and_then(|it| it.strip_suffix('}')) {
            Some("subscriptionId") => SUBSCRIPTION.rsplit_once('/').unwrap().1.to_owned(),
            // The oldest document's examples leave out names that their answers have.
            Some(name) => self.text(name).unwrap_or_else(|| NAMELESS.to_owned()),
            None => segment.to_owned(),
        };
        let path: Vec<_> = self.path.split('/').map(fill).collect();
        let mut place = format!("{}?api-version={version}", path.join("/"));
        for name in self.query.iter().filter(|name| *name != "api-version") {
            if let Some(value) = self.text(name) {
                place += &format!("&{name}={value}");
            }
        }
        place
    }

    /// Makes what the example takes for granted: its group with its container, running or stopped, and its profile.
    async fn prepare(&self, app: &TestApp) {
        let Some(resource_group) = self.text("resourceGroupName") else { return };
        let scope = format!("{SUBSCRIPTION}/resourceGroups/{resource_group}");
        app.put(&scope, json!({ "location": "westus" })).await;
        let provider = format!("{scope}/providers/Microsoft.ContainerInstance");
        let container = self.text("containerName").unwrap_or_else(|| "container1".to_owned());
        let properties = json!({ "osType": "Linux", "containers": [{ "name": container, "properties": {
            "image": "nginx", "resources": { "requests": { "cpu": 1, "memoryInGB": 1 } },
        } }] });
        let body = json!({ "location": "westus", "properties": properties });
        if self.path.contains("{containerGroupName}") {
            let name = self.text("containerGroupName").unwrap_or_else(|| NAMELESS.to_owned());
            let group = format!("{provider}/containerGroups/{name}");
            assert!(app.put(&group, body.clone()).await.status.is_success());
            app.get_until(&group, |it| it["properties"]["instanceView"]["state"] == "Running").await;
            if self.operation.ends_with("_Start") {
                app.post(&format!("{group}/stop")).await;
            }
        }
        if let Some(name) = self.text("containerGroupProfileName") {
            let profile = format!("{provider}/containerGroupProfiles/{name}?api-version=2025-09-01");
            match self.method {
                Method::PUT => app.delete(&profile).await,
                _ => app.put(&profile, body).await,
            };
        }
    }

    fn faults(&self, answer: &Answer, schema: &Schema) -> Vec<String> {
        let status = answer.status.as_u16();
        if !self.statuses.contains(&status.to_string()) {
            return vec![format!("{status}, not one of {:?}: {}", self.statuses, answer.text)];
        }
        let wanted = &self.responses[status.to_string()]["schema"];
        match (wanted.is_null(), answer.text.is_empty()) {
            (true, true) => Vec::new(),
            (true, false) => vec![format!("a body that no schema describes: {}", answer.text)],
            (false, true) => vec!["no body".to_owned()],
            (false, false) => schema.faults_by(wanted, "answer", &answer.json()),
        }
    }
}

#[tokio::test]
async fn every_official_example_is_answered_as_its_document_says() {
    let (mut checked, mut wrong) = (0, Vec::new());
    for version in ApiVersion::ALL {
        let Some((folder, document)) = document(*version) else { continue };
        let schema = Schema::of(DOCUMENTS, version.as_str()).unwrap();
        let app = TestApp::new().await;
        for example in examples(&folder, &document) {
            if example.operation == "ContainerGroups_CreateOrUpdate" {
                continue;
            }
            example.prepare(&app).await;
            let mut body = example.body.as_ref().and_then(|name| example.parameter(name)).cloned();
            if let Some(body) = body.as_mut().filter(|_| example.method == Method::PUT) {
                AMENDMENTS.iter().for_each(|(_, amend)| amend(body));
            }
            let answer = app.call(example.method.clone(), &example.place(*version), body).await;
            checked += 1;
            let faults = example.faults(&answer, &schema);
            wrong.extend(faults.into_iter().map(|fault| format!("{version} {}: {fault}", example.name)));
        }
    }
    if checked == 0 {
        eprintln!("skipped: the API's documents are not at {DOCUMENTS}");
        return;
    }
    assert!(wrong.is_empty(), "{checked} examples, {} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(checked > 200, "only {checked} examples");
}
