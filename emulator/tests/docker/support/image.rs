//! The tests' image: a static program that is compiled once and imported once, under a name by its content.

use std::fs::File;
use std::path::Path;
use std::process::Command;

use bollard::Docker;
use bollard::query_parameters::CreateImageOptionsBuilder;
use futures::TryStreamExt;

/// Entry point and argument of the image itself, for containers without a command.
pub(crate) const ENTRY_POINT: &str = r#"["/probe","say","the image's own"]"#;
pub(crate) const ARGUMENTS: &str = r#"["7"]"#;

/// Other names of the program, under which it is that tool.
const NAMES: [&str; 2] = ["bin/echo", "bin/sh"];

/// The name of the image, which is there when this returns.
pub(crate) async fn probe(docker: &Docker) -> String {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/docker/probe/probe.rs");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    // Every test is a process of its own; the first one works, the others wait for it.
    let lock = File::create(folder.join("probe.lock")).expect("a lock file");
    lock.lock().expect("the lock");
    let tag = tag_of(&std::fs::read(&source).expect("the source"));
    let name = format!("aci-local/test-probe:{tag}");
    if docker.inspect_image(&name).await.is_ok() {
        return name;
    }
    let program = folder.join("probe");
    let compiler = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let compiled = Command::new(compiler)
        .args(["--edition", "2024", "-O", "-C", "strip=symbols", "-C", "target-feature=+crt-static", "-o"])
        .args([&program, &source])
        .status()
        .expect("a compiler");
    assert!(compiled.success(), "the tests' program does not compile");
    let mut archive = tar::Builder::new(Vec::new());
    archive.append_path_with_name(&program, "probe").expect("the program");
    for name in NAMES {
        let mut link = tar::Header::new_gnu();
        link.set_entry_type(tar::EntryType::Symlink);
        link.set_size(0);
        archive.append_link(&mut link, name, "/probe").expect("a link");
    }
    let archive = archive.into_inner().expect("an archive");
    let changes = vec![
        format!("ENTRYPOINT {ENTRY_POINT}"),
        format!("CMD {ARGUMENTS}"),
        "ENV GREETING=hello".to_owned(),
    ];
    let options = CreateImageOptionsBuilder::new()
        .from_src("-")
        .repo("aci-local/test-probe")
        .tag(&tag)
        .changes(changes)
        .build();
    let imported = docker.create_image(Some(options), Some(bollard::body_full(archive.into())), None);
    imported.try_for_each(|_progress| async { Ok(()) }).await.expect("an import");
    name
}

/// FNV-1a: enough to tell one version of the program from another.
fn tag_of(source: &[u8]) -> String {
    let names = NAMES.iter().flat_map(|name| name.as_bytes());
    let content = source.iter().chain(ENTRY_POINT.as_bytes()).chain(ARGUMENTS.as_bytes()).chain(names);
    let hash = content.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{hash:016x}")
}
