//! Liveness and readiness probes: when they run, what their failures do.

use aci_emulator::group::{ContainerPhase, Group, GroupState};
use aci_emulator::runtime::sim::{ScriptedProbe, SimScript};
use serde_json::{Value, json};

use crate::support::clock::{seconds, start};
use crate::support::sim::{Domain, events, id, is_running, one, web};

const NO_FILE: &str = "cat: can't open '/tmp/healthy': No such file or directory";
const UNHEALTHY: &str = "Liveness probe failed: cat: can't open '/tmp/healthy': No such file or directory";
const KILLED: (&str, &str, u32) = ("Killing", "Killing container web (platform initiated).", 1);

/// A group whose container has the documentation's liveness probe, every five seconds.
fn with_liveness(policy: &str) -> Value {
    let mut group = one(policy);
    group["containers"][0]["properties"]["livenessProbe"] =
        json!({ "exec": { "command": ["cat", "/tmp/healthy"] }, "periodSeconds": 5 });
    group
}

fn with_readiness() -> Value {
    let mut group = one("Always");
    group["containers"][0]["properties"]["readinessProbe"] =
        json!({ "httpGet": { "path": "/ready", "port": 80 }, "periodSeconds": 5 });
    group
}

/// Every attempt is unwell from some seconds after its start.
fn unwell_after(age: i64) -> SimScript {
    SimScript { probes: vec![ScriptedProbe::fails("healthy", seconds(age), NO_FILE)], ..SimScript::default() }
}

fn count(group: &Group, name: &str, message: &str) -> u32 {
    let mut found = web(group).events.iter().filter(|event| event.name == name && event.message == message);
    found.next().map_or(0, |event| event.count)
}

async fn until_unhealthy(domain: &Domain, times: u32) {
    let what = format!("the probe has failed {times} times");
    domain.until("web", &what, |group| count(group, "Unhealthy", UNHEALTHY) == times).await;
}

#[tokio::test]
async fn three_failures_in_a_row_kill_the_container_and_it_starts_again() {
    let domain = Domain::new().await;
    domain.sim.script("web", unwell_after(10));
    domain.running("web", with_liveness("Always")).await;
    domain.after(seconds(5)).await;
    domain.after(seconds(5)).await;
    until_unhealthy(&domain, 1).await;
    domain.after(seconds(5)).await;
    until_unhealthy(&domain, 2).await;
    let group = domain.groups.get(&id("web")).unwrap();
    assert_eq!(web(&group).restart_count, 0, "two are not enough");
    domain.after(seconds(5)).await;

    let is_back = |group: &Group| web(group).restart_count == 1 && is_running(web(group));
    let group = domain.until("web", "it has restarted", is_back).await;
    assert_eq!(web(&group).current, ContainerPhase::Running { started_at: start() + seconds(20) });
    let Some(ContainerPhase::Terminated { exit_code, .. }) = &web(&group).previous else { panic!() };
    assert_eq!(*exit_code, Some(143));
    let events = events(web(&group));
    assert_eq!(
        events[3..6],
        [("Unhealthy", UNHEALTHY, 3), KILLED, ("Killing", "Container web terminated with ExitCode 143.", 1),]
    );
    let warnings: Vec<bool> = web(&group).events[3..6].iter().map(|event| event.warning).collect();
    assert_eq!(warnings, [true, false, false]);
    assert_eq!(group.status.state, GroupState::Running);
}

#[tokio::test]
async fn a_container_that_is_always_unwell_backs_off() {
    let domain = Domain::new().await;
    domain.sim.script("web", unwell_after(0));
    domain.running("web", with_liveness("Always")).await;
    for failures in 1..3 {
        until_unhealthy(&domain, failures).await;
        domain.after(seconds(5)).await;
    }
    domain.until("web", "it has restarted", |group| web(group).restart_count == 1).await;
    for failures in 4..6 {
        until_unhealthy(&domain, failures).await;
        domain.after(seconds(5)).await;
    }
    let waits = |group: &Group| {
        matches!(&web(group).current, ContainerPhase::Waiting { detail }
            if detail == "CrashLoopBackOff: Back-off 10s restarting failed")
    };
    let group = domain.until("web", "it backs off", waits).await;
    assert_eq!(count(&group, "Unhealthy", UNHEALTHY), 6);
    domain.after(seconds(10)).await;
    domain.until("web", "it has restarted again", |group| web(group).restart_count == 2).await;
}

#[tokio::test]
async fn the_first_probe_waits_for_its_delay_and_counts_from_the_start() {
    let domain = Domain::new().await;
    domain.sim.script("web", unwell_after(0));
    let mut group = with_liveness("Always");
    group["containers"][0]["properties"]["livenessProbe"]["initialDelaySeconds"] = json!(30);
    group["containers"][0]["properties"]["livenessProbe"]["failureThreshold"] = json!(1);
    domain.running("web", group).await;
    domain.after(seconds(30)).await;
    let restarted = |group: &Group| web(group).restart_count == 1 && is_running(web(group));
    let group = domain.until("web", "it has restarted", restarted).await;
    assert_eq!(count(&group, "Unhealthy", UNHEALTHY), 1, "none before the delay was over");
    domain.after(seconds(30)).await;
    domain
        .until("web", "the second attempt is killed", |group| count(group, "Unhealthy", UNHEALTHY) == 2)
        .await;
}

#[tokio::test]
async fn on_failure_restarts_what_it_killed_and_never_does_not() {
    for (policy, restarts) in [("OnFailure", 1), ("Never", 0)] {
        let domain = Domain::new().await;
        domain.sim.script("web", unwell_after(10));
        domain.running("web", with_liveness(policy)).await;
        for _ in 0..4 {
            domain.after(seconds(5)).await;
        }
        let is_over = |group: &Group| match policy {
            "Never" => group.status.state == GroupState::Failed,
            _ => web(group).restart_count == 1,
        };
        let group = domain.until("web", "the kill has its consequence", is_over).await;
        assert_eq!(web(&group).restart_count, restarts);
        assert!(events(web(&group)).contains(&KILLED));
    }
}

#[tokio::test]
async fn a_failing_readiness_probe_is_told_and_changes_nothing_else() {
    let domain = Domain::new().await;
    let failing = ScriptedProbe {
        until: Some(seconds(20)),
        ..ScriptedProbe::fails("/ready", seconds(0), "HTTP probe failed with statuscode: 503")
    };
    domain.sim.script("web", SimScript { probes: vec![failing], ..SimScript::default() });
    domain.running("web", with_readiness()).await;
    let unready = "Readiness probe failed: HTTP probe failed with statuscode: 503";
    for failures in 1..=4 {
        domain.until("web", "it failed again", |group| count(group, "Unhealthy", unready) == failures).await;
        domain.after(seconds(5)).await;
    }
    // It is well from here on; the last event stays where it was.
    domain.after(seconds(5)).await;
    domain.after(seconds(5)).await;
    let group = domain.groups.get(&id("web")).unwrap();
    let event = web(&group).events.iter().find(|event| event.name == "Unhealthy").unwrap();
    assert_eq!((event.count, event.warning, event.last), (4, true, start() + seconds(15)));
    assert_eq!((web(&group).restart_count, is_running(web(&group))), (0, true));
    assert_eq!(group.status.state, GroupState::Running);
}

#[tokio::test]
async fn a_probe_that_takes_too_long_has_failed() {
    let domain = Domain::new().await;
    let slow = ScriptedProbe { takes: seconds(3), ..ScriptedProbe::fails("healthy", seconds(0), "") };
    domain.sim.script("web", SimScript { probes: vec![slow], ..SimScript::default() });
    let mut group = with_liveness("Always");
    group["containers"][0]["properties"]["livenessProbe"]["timeoutSeconds"] = json!(2);
    domain.running("web", group).await;
    domain.after(seconds(2)).await;
    let timed_out = "Liveness probe failed: command \"cat /tmp/healthy\" timed out";
    domain.until("web", "the probe timed out", |group| count(group, "Unhealthy", timed_out) == 1).await;
    domain.after(seconds(3)).await;
}

#[tokio::test]
async fn an_engine_that_is_away_fails_no_probe_and_probing_goes_on_after_it() {
    let domain = Domain::new().await;
    domain.sim.script("web", unwell_after(0));
    domain.running("web", with_liveness("Always")).await;
    until_unhealthy(&domain, 1).await;
    domain.sim.set_available(false);
    domain.after(seconds(5)).await;
    domain.clock.until_awaited(start() + seconds(10)).await;
    domain.sim.set_available(true);
    domain.after(seconds(5)).await;
    until_unhealthy(&domain, 2).await;
}

#[tokio::test]
async fn a_restarted_emulator_probes_what_it_finds_running() {
    let mut domain = Domain::new().await;
    domain.sim.script("web", unwell_after(10));
    domain.running("web", with_liveness("Always")).await;
    domain.after(seconds(5)).await;
    domain.clock.until_awaited(start() + seconds(10)).await;
    domain.restart().await;
    domain.clock.advance(seconds(5));
    until_unhealthy(&domain, 1).await;
}
