//! `containerLogs`, against an ARM whose answers are scripted.

use super::scripted_arm::{Scene, scene};
use super::*;

const PATH: &str = "/containerLogs/default/web/app";
const ONE: &str = "2026-01-02T03:04:01.000000001Z one\n";
const TWO: &str = "2026-01-02T03:04:02.000000002Z two\n";
const THREE: &str = "2026-01-02T03:04:03.000000003Z three\n";

async fn playing(policy: &'static str, scenes: impl IntoIterator<Item = Scene>) -> Kubelet {
    let arm = ScriptedArm::playing(policy, scenes);
    Kubelet::start_with(TrustedClients::Anyone, self_made(), arm, BTreeMap::new()).await
}

fn terminated(exit_code: i32, log: &str) -> Scene {
    let view = json!({ "restartCount": 0, "currentState": { "state": "Terminated", "exitCode": exit_code } });
    Scene { view, log: Some(log.to_owned()) }
}

fn between_attempts(log: &str) -> Scene {
    let view = json!({ "restartCount": 1, "currentState": { "state": "Waiting" },
                       "previousState": { "state": "Terminated", "exitCode": 1 } });
    Scene { view, log: Some(log.to_owned()) }
}

fn failing() -> Scene {
    Scene { log: None, ..scene("Running", "") }
}

#[tokio::test]
async fn a_log_is_given_whole_or_in_the_part_that_is_asked_for() {
    let log = [ONE, TWO, THREE].concat();
    for (query, expected) in [
        ("", "one\ntwo\nthree\n"),
        ("?tailLines=2", "two\nthree\n"),
        ("?tailLines=0", ""),
        ("?timestamps=true&tailLines=1", THREE),
        ("?sinceTime=2026-01-02T03:04:02Z", "two\nthree\n"),
        ("?limitBytes=6", "one\ntw"),
    ] {
        let kubelet = playing("Always", [scene("Running", &log)]).await;
        assert_eq!(kubelet.ask(&format!("{PATH}{query}")).await, (200, expected.to_owned()), "{query}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_named_in_the_kubelet_s_words() {
    let kubelet = playing("Always", [scene("Running", ONE)]).await;
    for (path, status, text) in [
        ("/containerLogs/default/none/app", 404, r#"pod "none" does not exist"#),
        ("/containerLogs/other/web/app", 404, r#"pod "web" does not exist"#),
        ("/containerLogs/default/web/none", 404, r#"container "none" not found in pod "web""#),
        (
            "/containerLogs/default/web/app?previous=true",
            400,
            "previous terminated container \"app\" in pod \"web\" not found: Azure Container Instances keeps the log \
             of the latest attempt only",
        ),
        (
            "/containerLogs/default/web/app?tailLines=x",
            400,
            r#"could not parse "tailLines": "x" is not a whole number"#,
        ),
    ] {
        assert_eq!(kubelet.ask(path).await, (status, text.to_owned()), "{path}");
    }
}

#[tokio::test]
async fn a_container_that_has_not_started_is_waited_for_in_the_kubelet_s_words() {
    for (waiting, reason) in [
        (BTreeMap::new(), "ContainerCreating"),
        (BTreeMap::from([("app", "ErrImagePull")]), "image can't be pulled"),
        (BTreeMap::from([("app", "ImagePullBackOff")]), "trying and failing to pull image"),
    ] {
        let arm = ScriptedArm::new();
        let kubelet = Kubelet::start_with(TrustedClients::Anyone, self_made(), arm, waiting).await;
        let text = format!(r#"container "app" in pod "web" is waiting to start: {reason}"#);
        assert_eq!(kubelet.ask(&format!("{PATH}?follow=true")).await, (400, text));
    }
}

#[tokio::test]
async fn a_failure_of_arm_is_told_as_such() {
    let kubelet = playing("Always", [failing()]).await;
    let (status, body) = kubelet.ask(PATH).await;
    assert_eq!((status, body.as_str()), (502, "no answer from Azure Resource Manager: refused"));
}

#[tokio::test]
async fn a_followed_log_grows_until_the_container_has_ended_for_good() {
    let (two, three) = ([ONE, TWO].concat(), [ONE, TWO, THREE].concat());
    let kubelet = playing(
        "OnFailure",
        [scene("Running", ONE), scene("Running", ONE), scene("Running", &two), terminated(0, &three)],
    )
    .await;
    assert_eq!(kubelet.ask(&format!("{PATH}?follow=true")).await, (200, "one\ntwo\nthree\n".to_owned()));
}

#[tokio::test]
async fn a_followed_log_goes_on_through_a_restart_without_losing_or_repeating_a_line() {
    let (one_two, three_only) = ([ONE, TWO].concat(), THREE);
    let four = format!("{THREE}2026-01-02T03:04:04.000000004Z two\n");
    let kubelet = playing(
        "OnFailure",
        [
            scene("Running", ONE),
            terminated(1, &one_two),
            between_attempts(&one_two),
            failing(),
            between_attempts(""),
            scene("Running", three_only),
            terminated(0, &four),
        ],
    )
    .await;
    let (status, body) = kubelet.ask(&format!("{PATH}?follow=true")).await;
    assert_eq!((status, body.as_str()), (200, "one\ntwo\nthree\ntwo\n"));
}

#[tokio::test]
async fn a_followed_log_begins_with_the_lines_asked_for_and_ends_at_the_bytes_asked_for() {
    let log = [ONE, TWO].concat();
    let grown = [ONE, TWO, THREE].concat();
    let scenes = || [scene("Running", &log), scene("Running", &grown), terminated(0, &grown)];
    for (query, expected) in
        [("tailLines=1", "two\nthree\n"), ("tailLines=0", "three\n"), ("limitBytes=10", "one\ntwo\nth")]
    {
        let kubelet = playing("Never", scenes()).await;
        let (status, body) = kubelet.ask(&format!("{PATH}?follow=true&{query}")).await;
        assert_eq!((status, body.as_str()), (200, expected), "{query}");
    }
}

#[tokio::test]
async fn more_lines_than_a_question_covers_are_fetched_whole() {
    let line = |n: usize| format!("2026-01-02T03:04:05.{n:09}Z {n}\n");
    let first: String = (0..10).map(line).collect();
    let burst: String = (0..5000).map(line).collect();
    let kubelet = playing("Never", [scene("Running", &first), terminated(0, &burst)]).await;
    let (_, body) = kubelet.ask(&format!("{PATH}?follow=true")).await;
    assert!(
        body.lines().map(|line| line.parse::<usize>().unwrap()).eq(0..5000),
        "{} lines",
        body.lines().count()
    );
}

#[tokio::test]
async fn a_followed_log_is_flushed_as_it_comes_and_shutdown_ends_it() {
    let kubelet = playing("Always", [scene("Running", ONE), scene("Running", &[ONE, TWO].concat())]).await;
    let mut response = kubelet.get(None, &format!("{PATH}?follow=true")).await.unwrap();
    assert_eq!(response.chunk().await.unwrap().unwrap(), "one\n");
    assert_eq!(response.chunk().await.unwrap().unwrap(), "two\n");
    kubelet.shutdown.cancel();
    assert_eq!(response.chunk().await.unwrap(), None);
    kubelet.serving.await.unwrap();
    assert!(kubelet.arm.polls() >= 2);
}
