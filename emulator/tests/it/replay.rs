//! Recorded traffic of azure-cli's own tests, sent again in order: status, error code, headers and body of every answer
//! are as recorded, ids, times and addresses aside. What differs stands in [`scenes::KNOWN`] with its reason; what
//! stands there and no longer differs fails the test too.
//!
//! The recordings lie beside the checkout and are no part of the project; without them the fixtures in the other tests
//! remain.

mod compare;
pub(crate) mod recording;
mod scenes;

use std::collections::BTreeSet;

use http::{Method, StatusCode};
use serde_json::Value;

use crate::support::app::{Answer, TestApp};
use recording::{Interaction, recordings};

/// Who the recorded client is.
const CLIENT: &str = "00000000-aaaa-bbbb-cccc-000000000001";

/// A second each: every start takes less.
const MOST_POLLS: usize = 400;

/// A recorded test on an emulator of its own.
struct Replay {
    app: TestApp,
    /// Where the operation that was begun last is followed.
    operation: Option<String>,
}

impl Replay {
    async fn begin(scene: &str, interactions: &[Interaction]) -> Self {
        let replay = Self { app: TestApp::bare().await, operation: None };
        let groups = interactions.iter().filter_map(Interaction::resource_group);
        for group in groups.collect::<BTreeSet<_>>() {
            // Made before the recording began, unless it shows how.
            let is_made = interactions.iter().any(|it| it.method == "PUT" && it.is_at(&group));
            if !is_made {
                replay.send(Method::PUT, &group, Some(scenes::resource_group(interactions, &group))).await;
            }
        }
        scenes::script(scene, &replay.app.sim);
        for (path, body) in scenes::before(scene) {
            let answer = replay.send(Method::PUT, &path, Some(body)).await;
            assert!(answer.status.is_success(), "{scene}: {path}: {}", answer.text);
            replay.settle(&path).await;
        }
        replay
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.app.call_as(CLIENT, method, path, body).await
    }

    /// Until what was put by [`scenes::before`] is there.
    async fn settle(&self, path: &str) {
        let (path, is_there) = scenes::look(path);
        let mut last = Value::Null;
        for _ in 0..10_000 {
            last = self.send(Method::GET, &path, None).await.json();
            if is_there(&last) {
                return;
            }
            tokio::task::yield_now().await;
        }
        panic!("{path} never became what it was to be: {last}");
    }

    /// Sends a call again; what was polled in Azure is polled until it shows the same state.
    async fn again(&mut self, interaction: &Interaction) -> Answer {
        let path = match self.operation.clone().filter(|_| interaction.is_poll()) {
            Some(operation) => operation,
            None => interaction.path.clone(),
        };
        let method: Method = interaction.method.parse().unwrap();
        let mut answer = self.send(method.clone(), &path, interaction.request()).await;
        let wanted = interaction.state();
        for _ in 0..MOST_POLLS {
            let is_reached =
                answer.status == StatusCode::NOT_FOUND || wanted == recording::state(&body(&answer));
            if method != Method::GET || is_reached {
                break;
            }
            scenes::pass_time(&self.app.clock);
            tokio::task::yield_now().await;
            answer = self.send(method.clone(), &path, None).await;
        }
        let begun = [answer.header("azure-asyncoperation"), answer.header("location")];
        let begun = begun.iter().find_map(|url| url.strip_prefix("http://arm.test").map(str::to_owned));
        self.operation = begun.or(self.operation.take());
        answer
    }
}

fn body(answer: &Answer) -> Value {
    serde_json::from_str(&answer.text).unwrap_or_else(|_| Value::String(answer.text.clone()))
}

#[tokio::test]
async fn recorded_calls_get_the_recorded_answers() {
    let tests = recordings();
    let (mut compared, mut unexplained, mut used) = (0, Vec::new(), BTreeSet::new());
    for (scene, interactions) in tests.iter().filter(|(scene, _)| !scenes::is_left_out(scene)) {
        let mut replay = Replay::begin(scene, interactions).await;
        for interaction in interactions {
            let answer = replay.again(interaction).await;
            compared += 1;
            for difference in compare::differences(interaction, &answer, &body(&answer)) {
                let line = format!("{scene}: {} {}: {difference}", interaction.method, interaction.path);
                match scenes::KNOWN.iter().position(|known| known.explains(&line)) {
                    Some(row) => drop(used.insert(row)),
                    None => unexplained.push(line),
                }
            }
        }
    }
    eprintln!("{compared} recorded answers compared, {} known differences", scenes::KNOWN.len());
    assert!(unexplained.is_empty(), "{} differences:\n{}", unexplained.len(), unexplained.join("\n"));
    let stale =
        (0..scenes::KNOWN.len()).filter(|row| !used.contains(row)).map(|row| scenes::KNOWN[row].line());
    let stale: Vec<_> = stale.filter(|_| !tests.is_empty()).collect();
    assert!(stale.is_empty(), "no longer different:\n{}", stale.join("\n"));
    assert!(compared > 120 || tests.is_empty(), "only {compared} answers were compared");
}
