//! Probes of containers that run on a real engine, wherever the tests themselves run.

use std::sync::Arc;
use std::time::Duration;

use aci_emulator::clock::SystemClock;
use aci_emulator::data::Folder;
use aci_emulator::group::{ContainerStatus, Group};
use aci_emulator::groups::Groups;
use aci_emulator::ids::SequentialIds;
use aci_emulator::platform::Platform;
use aci_emulator::runtime::{HttpGet, ProbeAction, ProbeOutcome, ProbeSpec, Runtime, RuntimeError};
use aci_emulator::store::Store;
use aci_model::{ApiVersion, ResourceId};
use serde_json::{Value, json};

use crate::support::{Lab, exit_of, id, sandbox, with_lab, within};

/// Long enough for any answer, so that only a test about the time-out meets it.
const PATIENT: Duration = Duration::from_secs(20);

fn exec(arguments: &[&str], timeout: Duration) -> ProbeSpec {
    let program = std::iter::once("/probe").chain(arguments.iter().copied());
    ProbeSpec { action: ProbeAction::Exec { command: program.map(str::to_owned).collect() }, timeout }
}

fn get(port: u16, path: &str, timeout: Duration) -> ProbeSpec {
    let headers = vec![("X-Probe".to_owned(), "yes".to_owned())];
    ProbeSpec {
        action: ProbeAction::HttpGet(HttpGet { tls: false, port, path: path.to_owned(), headers }),
        timeout,
    }
}

async fn probe(lab: &Lab, probe: &ProbeSpec) -> ProbeOutcome {
    lab.runtime.probe(&id("d"), "app", probe).await.unwrap()
}

/// What a failed probe says.
async fn failure(lab: &Lab, spec: &ProbeSpec) -> String {
    match probe(lab, spec).await {
        ProbeOutcome::Failure(words) => words,
        ProbeOutcome::Success => panic!("{spec:?} succeeded"),
    }
}

#[tokio::test]
async fn a_command_succeeds_with_0_and_otherwise_says_what_it_wrote() {
    with_lab("probe-exec", |lab| async move {
        lab.runtime.create_sandbox(&sandbox("d")).await.unwrap();
        lab.runtime.start_container(&id("d"), &lab.container("app", &["wait"])).await.unwrap();
        assert_eq!(probe(&lab, &exec(&["say", "fine", "0"], PATIENT)).await, ProbeOutcome::Success);
        assert_eq!(failure(&lab, &exec(&["say", "not fine", "3"], PATIENT)).await, "not fine");
        let words = failure(&lab, &exec(&["cat", "/tmp/healthy"], PATIENT)).await;
        assert_eq!(words, "/tmp/healthy: No such file or directory (os error 2)");
        let missing = ProbeAction::Exec { command: vec!["/nope".to_owned()] };
        let words = failure(&lab, &ProbeSpec { action: missing, timeout: PATIENT }).await;
        assert!(words.contains("/nope") && words.contains("no such file"), "{words}");
        let long = failure(&lab, &exec(&["no", &"x".repeat(5000)], PATIENT)).await;
        assert_eq!(long.len(), 1024, "an event stays readable");
        let slow = failure(&lab, &exec(&["wait"], Duration::from_secs(1))).await;
        assert_eq!(slow, "command \"/probe wait\" timed out");
    })
    .await;
}

#[tokio::test]
async fn a_request_reaches_a_group_that_nobody_else_reaches() {
    with_lab("probe-http", |lab| async move {
        assert_eq!(lab.runtime.create_sandbox(&sandbox("d")).await.unwrap().ip, None);
        lab.start_until("d", &lab.container("app", &["answer", "80", "200"]), "listening").await;
        assert_eq!(probe(&lab, &get(80, "/health?all=1", PATIENT)).await, ProbeOutcome::Success);
        let heard = lab.log("d", "app").await.to_lowercase();
        assert!(heard.contains("get /health?all=1 http/1.1\r\n"), "{heard}");
        assert!(heard.contains("x-probe: yes\r\n") && heard.contains("user-agent: kube-probe/"), "{heard}");

        lab.start_until("d", &lab.container("sick", &["answer", "81", "503"]), "listening").await;
        assert_eq!(failure(&lab, &get(81, "/", PATIENT)).await, "HTTP probe failed with statuscode: 503");
    })
    .await;
}

#[tokio::test]
async fn a_server_that_does_not_answer_outside_or_at_all_is_unwell() {
    with_lab("probe-deaf", |lab| async move {
        lab.runtime.create_sandbox(&sandbox("d")).await.unwrap();
        lab.start_until("d", &lab.container("app", &["deaf", "80"]), "listening").await;
        let words = failure(&lab, &get(80, "/", Duration::from_secs(1))).await;
        assert!(words.ends_with("(Client.Timeout exceeded while awaiting headers)"), "{words}");
        lab.start_until("d", &lab.container("local", &["local", "81"]), "listening").await;
        for port in [81, 82] {
            let words = failure(&lab, &get(port, "/", PATIENT)).await;
            assert!(words.starts_with("Get \"http://"), "{words}");
            assert!(words.ends_with(&format!(":{port}: connect: connection refused")), "{words}");
        }
    })
    .await;
}

#[tokio::test]
async fn nothing_is_said_about_a_container_that_has_ended() {
    with_lab("probe-ended", |lab| async move {
        lab.runtime.create_sandbox(&sandbox("d")).await.unwrap();
        let mut seen = lab.runtime.observe();
        lab.runtime.start_container(&id("d"), &lab.container("app", &["say", "x", "0"])).await.unwrap();
        exit_of(&mut seen, "app", 0).await;
        for spec in [exec(&["say", "x", "0"], PATIENT), get(80, "/", PATIENT)] {
            let answer = lab.runtime.probe(&id("d"), "app", &spec).await;
            assert!(matches!(answer, Err(RuntimeError::Gone(_))), "{answer:?}");
            let answer = lab.runtime.probe(&id("nowhere"), "app", &spec).await;
            assert!(matches!(answer, Err(RuntimeError::Gone(_))), "{answer:?}");
        }
    })
    .await;
}

fn group(lab: &Lab) -> Value {
    json!({ "location": "westus", "properties": {
        "osType": "Linux",
        "restartPolicy": "Always",
        "containers": [{ "name": "app", "properties": {
            "image": lab.image,
            "command": ["/probe", "answer", "80", "200", "/healthy"],
            "resources": { "requests": { "cpu": 1, "memoryInGB": 1 } },
            "livenessProbe": {
                "exec": { "command": ["/probe", "cat", "/healthy"] },
                "periodSeconds": 1,
                "failureThreshold": 2,
                "timeoutSeconds": 20,
            },
            "readinessProbe": {
                "httpGet": { "path": "/", "port": 80 },
                "periodSeconds": 1,
                "timeoutSeconds": 20,
            },
        } }],
    } })
}

fn app(group: &Group) -> &ContainerStatus {
    &group.status.containers[0]
}

fn messages(group: &Group) -> Vec<&str> {
    app(group).events.iter().map(|event| event.message.as_str()).collect()
}

#[tokio::test]
async fn a_container_whose_liveness_probe_begins_to_fail_is_killed_and_restarted() {
    with_lab("probe-liveness", |lab| async move {
        let runtime: Arc<dyn Runtime> = lab.runtime.clone();
        let ids = Arc::new(SequentialIds::default());
        let platform = Platform::bare(&Folder::fleeting());
        let groups =
            Groups::open(runtime, Store::in_memory(), Arc::new(SystemClock), ids, platform).await.unwrap();
        let web = ResourceId::container_group("sub", "rg", "web");
        let spec = serde_json::from_value(group(&lab)).unwrap();
        groups.put(web.clone(), spec, ApiVersion::V2023_05_01, None).await.unwrap();
        let mut view = groups.watch(&web).unwrap();
        let started = view.wait_for(|group| messages(group).contains(&"Started container"));
        let started = within("the start", started).await.unwrap().clone();
        // It goes well until the file is gone.
        let sandbox = started.status.sandbox.clone().unwrap();
        crate::support::eventually("a readiness probe", || async {
            let log = lab.runtime.logs(&sandbox, "app", Default::default()).await.unwrap();
            log.contains("kube-probe").then_some(())
        })
        .await;
        assert_eq!(app(&view.borrow()).restart_count, 0);
        let remove = exec(&["remove", "/healthy"], PATIENT);
        assert_eq!(lab.runtime.probe(&sandbox, "app", &remove).await.unwrap(), ProbeOutcome::Success);

        let restarted = view.wait_for(|group| {
            app(group).events.iter().any(|event| event.name == "Started" && event.count == 2)
        });
        let restarted = within("the restart", restarted).await.unwrap().clone();
        groups.shutdown().await;
        assert_eq!(app(&restarted).restart_count, 1);
        let told = messages(&restarted);
        let failed = "Liveness probe failed: /healthy: No such file or directory (os error 2)";
        assert!(told.contains(&failed), "{told:?}");
        assert!(told.contains(&"Killing container app (platform initiated)."), "{told:?}");
    })
    .await;
}
