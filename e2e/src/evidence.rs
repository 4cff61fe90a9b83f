//! What a failed test leaves behind to read: pods, events, containers, the last lines of every log.

use std::fmt::Write as _;

use crate::process::run;
use crate::{EMULATOR_CONTAINER, PROVIDER_DEPLOYMENT};

/// Gathers what tells about a namespace and the programs; never fails, since it reports a failure.
pub async fn gather(namespace: &str) -> String {
    let provider = format!("deployment/{PROVIDER_DEPLOYMENT}");
    let commands: [(&str, Vec<&str>); 6] = [
        ("kubectl", vec!["-n", namespace, "get", "pods", "-o", "wide"]),
        ("kubectl", vec!["-n", namespace, "get", "pods", "-o", "yaml"]),
        ("kubectl", vec!["-n", namespace, "get", "events", "--sort-by=.lastTimestamp"]),
        ("kubectl", vec!["-n", "kube-system", "logs", &provider, "--tail=60"]),
        (
            "docker",
            vec!["ps", "-a", "--filter", "label=aci-local.emulator", "--format", "{{.Names}} {{.Status}}"],
        ),
        ("docker", vec!["logs", "--tail=60", EMULATOR_CONTAINER]),
    ];
    let mut text = String::new();
    for (program, arguments) in commands {
        let output = run(program, &arguments).await.unwrap_or_else(|error| format!("{error:#}"));
        // Writing to a String cannot fail.
        let _ = writeln!(text, "── {program} {}\n{output}", arguments.join(" "));
    }
    text
}
