//! The invariants of ARCHITECTURE.md that a machine can hold, checked on the sources themselves.

#![expect(clippy::unwrap_used, reason = "a test that cannot read the sources has failed")]

use std::fs;
use std::path::{Path, PathBuf};

const MEMBERS: [&str; 5] = ["model", "emulator", "provider", "constraints", "e2e"];

/// A source file of the workspace: its path from the root, with forward slashes, and its text.
struct Source {
    path: String,
    text: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn sources() -> Vec<Source> {
    let root = root();
    let mut pending: Vec<PathBuf> = MEMBERS.iter().map(|member| root.join(member)).collect();
    let mut found = Vec::new();
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let path = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
                found.push(Source { path, text });
            }
        }
    }
    assert!(found.len() > 50, "the sources were not found");
    found
}

/// Fails with every offender, so that one run shows all there is to do.
fn expect_none(rule: &str, offenders: Vec<String>) {
    assert!(offenders.is_empty(), "{rule}:\n  {}", offenders.join("\n  "));
}

fn offenders(rule: impl Fn(&Source) -> bool) -> Vec<String> {
    sources().into_iter().filter(|source| rule(source)).map(|source| source.path).collect()
}

fn is_test(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("/tests.rs")
}

/// The dependencies of a member, development ones left out.
fn dependencies(member: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(member).join("Cargo.toml")).unwrap();
    let manifest: toml::Table = text.parse().unwrap();
    manifest["dependencies"].as_table().unwrap().keys().cloned().collect()
}

#[test]
fn modules_are_named_after_what_they_hold() {
    let named_badly =
        |name: &str| ["mod.rs", "utils.rs", "util.rs", "helpers.rs", "common.rs"].contains(&name);
    expect_none(
        "files with a name that tells nothing",
        offenders(|source| source.path.rsplit('/').next().is_some_and(named_badly)),
    );
}

#[test]
fn files_are_short_and_half_of_them_at_most_150_lines() {
    expect_none("files of more than 700 lines", offenders(|source| source.text.lines().count() > 700));
    let mut lengths: Vec<usize> = sources()
        .iter()
        .filter(|source| !is_test(&source.path))
        .map(|source| source.text.split("#[cfg(test)]").next().unwrap_or_default().lines().count())
        .collect();
    lengths.sort_unstable();
    assert!(lengths[lengths.len() / 2] <= 150, "the median file has {} lines", lengths[lengths.len() / 2]);
}

#[test]
fn every_file_opens_with_why_it_exists() {
    expect_none("files without a module comment", offenders(|source| !source.text.starts_with("//!")));
}

#[test]
fn only_the_docker_module_names_bollard() {
    let homes = ["emulator/src/runtime/docker", "emulator/tests/docker/", "e2e/tests/tidy.rs"];
    let allowed = |path: &str| homes.iter().any(|home| path.starts_with(home));
    expect_none(
        "files outside the Docker module and its tests that name bollard",
        offenders(|source| source.text.contains("bollard") && !allowed(&source.path)),
    );
}

#[test]
fn the_domain_does_not_know_http() {
    let domain = [
        "clock",
        "collection",
        "deployments",
        "directory",
        "faults",
        "group",
        "groups",
        "ids",
        "limits",
        "neighbours",
        "ngroups",
        "policy",
        "resource_groups",
        "runtime",
        "store",
        "template",
        "validate",
    ];
    let inside = |path: &str| {
        domain.iter().any(|name| {
            path == format!("emulator/src/{name}.rs") || path.starts_with(&format!("emulator/src/{name}/"))
        })
    };
    expect_none(
        "domain files that use the edge",
        offenders(|source| {
            inside(&source.path)
                && ["crate::api", "crate::arm", "axum::", "StatusCode"]
                    .iter()
                    .any(|word| source.text.contains(word))
        }),
    );
}

#[test]
fn arrows_point_at_the_model() {
    let io = ["tokio", "reqwest", "kube", "axum", "bollard", "redb", "hyper-util", "rustls"];
    let model = dependencies("model");
    assert!(!model.iter().any(|name| io.contains(&name.as_str())), "the model does IO: {model:?}");
    assert!(!dependencies("emulator").iter().any(|name| name == "aci-provider"));
    assert!(!dependencies("provider").iter().any(|name| name == "aci-emulator"));
    for member in ["model", "emulator", "provider"] {
        assert!(!dependencies(member).iter().any(|name| name == "aci-constraints"), "{member}");
    }
    let e2e = dependencies("e2e");
    assert!(
        !e2e.iter().any(|name| name.starts_with("aci-")),
        "the harness shares code with what it tests: {e2e:?}"
    );
}

#[test]
fn nothing_is_left_open_and_no_test_is_switched_off() {
    // Spelled in halves, so that this file does not find itself.
    let words =
        [("todo", "!("), ("unimplemented", "!("), ("#[ign", "ore"), ("#[all", "ow("), ("#![all", "ow(")];
    let words = words.map(|(head, tail)| format!("{head}{tail}"));
    expect_none(
        "files with something left open",
        offenders(|source| words.iter().any(|word| source.text.contains(word.as_str()))),
    );
}

#[test]
fn nothing_waits_by_sleeping() {
    let sleeps = ["time::sl", "thread::sl"].map(|head| format!("{head}eep("));
    expect_none(
        "files that sleep; timers belong to clock.rs",
        offenders(|source| {
            !source.path.ends_with("/clock.rs")
                && sleeps.iter().any(|word| source.text.contains(word.as_str()))
        }),
    );
}

#[test]
fn the_wall_clock_is_read_in_clock_files_alone() {
    let reads = ["SystemTime::n", "Instant::n", "Timestamp::n"].map(|head| format!("{head}ow("));
    expect_none(
        "files that read the wall clock",
        offenders(|source| {
            !source.path.ends_with("/clock.rs")
                && !is_test(&source.path)
                && !source.path.starts_with("e2e/src/bin/")
                && reads.iter().any(|word| source.text.contains(word.as_str()))
        }),
    );
}
