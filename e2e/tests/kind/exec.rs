//! `kubectl exec`, `attach` and `cp`: commands beside a container's own, and files in and out.

use std::process::Output;

use aci_e2e::HELLOWORLD_IMAGE;
use aci_e2e::cluster::{Cluster, with_namespace};
use aci_e2e::manifest::{script, virtual_pod};
use aci_e2e::process::{converse, run};
use aci_e2e::wait::PATIENCE;
use anyhow::{Context, Result, ensure};
use serde_json::json;

/// Runs a ready pod `sleeper`, whose container `main` is a Debian one and whose `small` has little but busybox.
async fn sleeper(cluster: &Cluster) -> Result<()> {
    let mut small = script("small", "exec sleep infinity");
    small["image"] = json!(HELLOWORLD_IMAGE);
    let containers = json!([script("main", "exec sleep infinity"), small]);
    cluster.create_pod(virtual_pod("sleeper", "Always", containers)).await?;
    cluster.await_ready("sleeper").await.map(drop)
}

async fn exec(cluster: &Cluster, container: &str, input: &[u8], command: &[&str]) -> Result<Output> {
    let head = ["-n", &cluster.namespace, "exec", "-i", "sleeper", "-c", container, "--"];
    converse("kubectl", &[&head, command].concat(), input).await
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test]
async fn a_command_has_its_arguments_pipes_and_exit_code() {
    with_namespace("exec", async |cluster| {
        sleeper(cluster).await?;
        for container in ["main", "small"] {
            let words = ["sh", "-c", "cat; echo \"$1|$2\" >&2; exit 42", "sh", "a  b", "$HOME"];
            let output = exec(cluster, container, b"typed\n", &words).await?;
            ensure!(text(&output.stdout) == "typed\n", "{container}: {output:?}");
            ensure!(text(&output.stderr).starts_with("a  b|$HOME\n"), "{container}: {output:?}");
            ensure!(output.status.code() == Some(42), "{container}: {output:?}");
            let output = exec(cluster, container, b"", &["echo", "it's", "well"]).await?;
            ensure!(
                text(&output.stdout) == "it's well\n" && output.status.success(),
                "{container}: {output:?}"
            );
            let output = exec(cluster, container, b"", &["no-such-program"]).await?;
            ensure!(output.status.code() == Some(127), "{container}: {output:?}");
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_pipe_through_a_container_keeps_every_line() {
    with_namespace("pipe", async |cluster| {
        sleeper(cluster).await?;
        let lines: String = (0..20_000).map(|n| format!("{n}\n")).collect();
        let output = exec(cluster, "main", lines.as_bytes(), &["sort", "-n", "-r"]).await?;
        let expected: String = (0..20_000).rev().map(|n| format!("{n}\n")).collect();
        ensure!(text(&output.stdout) == expected, "{} bytes of {}", output.stdout.len(), expected.len());
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_terminal_has_the_size_of_the_user_s() {
    with_namespace("tty", async |cluster| {
        sleeper(cluster).await?;
        // `script` gives kubectl a terminal, and `stty` that terminal its size.
        let line = format!(
            "stty rows 33 cols 99; kubectl -n {} exec -it sleeper -c main -- sh -c 'stty size; tty; exit 5'",
            cluster.namespace
        );
        let output = converse("script", &["-qec", &line, "/dev/null"], b"").await?;
        let shown = text(&output.stdout);
        ensure!(shown.contains("33 99") && shown.contains("/dev/pts/"), "{shown}");
        ensure!(output.status.code() == Some(5), "{output:?}");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn binary_files_are_copied_both_ways() {
    with_namespace("cp", async |cluster| {
        sleeper(cluster).await?;
        let folder = tempfile::tempdir()?;
        let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
        // Every byte value, and many zeros: what a terminal and a careless reader would change.
        let bytes: Vec<u8> = (0..300_000u32)
            .flat_map(|n| if n % 7 == 0 { [0; 4] } else { n.wrapping_mul(2_654_435_761).to_be_bytes() })
            .collect();
        std::fs::write(path("local"), &bytes)?;
        for container in ["main", "small"] {
            let there = format!("{}/sleeper:/tmp/there", cluster.namespace);
            run("kubectl", &["cp", "-c", container, &path("local"), &there]).await?;
            let sum = exec(cluster, container, b"", &["sha256sum", "/tmp/there"]).await?;
            let expected = run("sha256sum", &[&path("local")]).await?;
            ensure!(text(&sum.stdout)[..64] == expected[..64], "{container}: {sum:?}");
            run("kubectl", &["cp", "-c", container, &there, &path("back")]).await?;
            ensure!(std::fs::read(path("back"))? == bytes, "{container}: the file came back changed");
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn attach_shows_what_the_container_writes_and_refuses_input() {
    with_namespace("attach", async |cluster| {
        let text_of = "n=0; while [ $n -lt 20 ]; do echo line $n; n=$((n+1)); sleep 0.5; done";
        cluster.create_pod(virtual_pod("talker", "Never", json!([script("main", text_of)]))).await?;
        cluster.await_pod("talker", "runs", PATIENCE, |pod| pod["status"]["phase"] == "Running").await?;
        let attach = ["-n", &cluster.namespace, "attach", "talker", "-c", "main"];
        let refused = converse("kubectl", &[&attach[..], &["-i"]].concat(), b"x").await?;
        ensure!(text(&refused.stderr).contains("cannot attach standard input"), "{refused:?}");
        let shown = tokio::time::timeout(PATIENCE, converse("kubectl", &attach, b"")).await;
        let shown = text(&shown.context("attach did not end with the container")??.stdout);
        ensure!(shown.contains("line 19\n"), "{shown}");
        Ok(())
    })
    .await;
}
