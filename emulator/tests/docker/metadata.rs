//! The instance metadata service inside a deployment.

use std::sync::Arc;

use aci_emulator::runtime::{MetadataCalls, Runtime, RuntimeError, SandboxSpec};
use futures::StreamExt;

use crate::support::{Lab, connect, eventually, id, sandbox, with_lab};

const ADDRESS: &str = "169.254.169.254:80";

fn with_metadata(name: &str) -> SandboxSpec {
    SandboxSpec { metadata: true, ..sandbox(name) }
}

/// Answers each question with its own first line and a text.
fn answer(mut calls: MetadataCalls, text: &'static str) {
    tokio::spawn(async move {
        while let Some(call) = calls.next().await {
            let line = String::from_utf8_lossy(&call.request).lines().next().unwrap_or_default().to_owned();
            let _gone = call.answer.send(format!("{text} {line}").into());
        }
    });
}

async fn ask(lab: &Lab, sandbox: &str, container: &str, path: &str) -> (i32, String) {
    let (exit, log) = lab.run(sandbox, &lab.container(container, &["ask", ADDRESS, path])).await;
    (exit.code, log)
}

#[tokio::test]
async fn questions_come_from_inside_and_port_80_stays_the_containers() {
    with_lab("metadata", |lab| async move {
        lab.runtime.create_sandbox(&with_metadata("d")).await.unwrap();
        answer(lab.runtime.metadata(&id("d")).await.unwrap(), "I heard");
        // A web server on every address of the group, before and after.
        lab.start_until("d", &lab.container("web", &["serve", "80", "the page"]), "listening").await;
        assert_eq!(ask(&lab, "d", "one", "/a?b=1").await, (0, "I heard GET /a?b=1 HTTP/1.1\n".to_owned()));
        let page = lab.container("page", &["fetch", "127.0.0.1:80"]);
        assert_eq!(lab.run("d", &page).await.1, "the page\n");
        let many = futures::future::join_all((0..8).map(|number| {
            let lab = Arc::clone(&lab);
            async move { ask(&lab, "d", &format!("many-{number}"), &format!("/{number}")).await.1 }
        }));
        for (number, heard) in many.await.into_iter().enumerate() {
            assert_eq!(heard, format!("I heard GET /{number} HTTP/1.1\n"));
        }
    })
    .await;
}

#[tokio::test]
async fn a_later_emulator_answers_where_the_one_before_did_and_only_where_it_was_asked_for() {
    with_lab("metadata-later", |lab| async move {
        // Whether anybody else answers there is the host's affair, so it is not asked.
        lab.runtime.create_sandbox(&sandbox("without")).await.unwrap();
        let without = lab.runtime.metadata(&id("without")).await;
        assert!(matches!(without, Err(RuntimeError::Refused(_))));
        lab.runtime.create_sandbox(&with_metadata("d")).await.unwrap();
        drop(lab.runtime.metadata(&id("d")).await.unwrap());
        let later = connect(&lab.owner, vec![]).await.unwrap();
        // The agent of before ends with its input, and with it what it made.
        let calls = eventually("the service", || async { later.metadata(&id("d")).await.ok() }).await;
        answer(calls, "now");
        assert_eq!(ask(&lab, "d", "one", "/").await.1, "now GET / HTTP/1.1\n");
        lab.runtime.remove_sandbox(&id("d")).await.unwrap();
        let gone = later.metadata(&id("d")).await;
        assert!(matches!(gone, Err(RuntimeError::Gone(_))));
    })
    .await;
}

#[tokio::test]
async fn the_service_ends_with_its_deployment() {
    with_lab("metadata-end", |lab| async move {
        lab.runtime.create_sandbox(&with_metadata("d")).await.unwrap();
        let mut calls = lab.runtime.metadata(&id("d")).await.unwrap();
        lab.runtime.remove_sandbox(&id("d")).await.unwrap();
        let ended = crate::support::within("the end of the questions", calls.next()).await;
        assert!(ended.is_none());
    })
    .await;
}
