//! What containers use, as the engine counts it.

use aci_emulator::runtime::{Runtime, RuntimeError, SandboxUsage};

use crate::support::{Lab, eventually, id, sandbox, with_lab};

const MEBIBYTE: u64 = 1024 * 1024;

async fn usage(lab: &Lab, sandbox: &str) -> SandboxUsage {
    let names = ["busy", "idle", "nobody"].map(str::to_owned);
    lab.runtime.stats(&id(sandbox), &names).await.expect("an answer")
}

#[tokio::test]
async fn a_busy_container_uses_more_and_more_and_an_idle_one_next_to_nothing() {
    with_lab("usage", |lab| async move {
        lab.runtime.create_sandbox(&sandbox("u1")).await.unwrap();
        lab.start_until("u1", &lab.container("busy", &["spin", "33554432"]), "spinning").await;
        lab.runtime.start_container(&id("u1"), &lab.container("idle", &["wait"])).await.unwrap();
        let first = usage(&lab, "u1").await;
        assert!(first.containers["busy"].memory >= 32 * MEBIBYTE, "{first:?}");
        assert!(first.containers["idle"].memory < 16 * MEBIBYTE, "{first:?}");
        assert!(!first.containers.contains_key("nobody"), "{first:?}");
        // A tenth of a second of a core, whatever else the machine has to do.
        let before = first.containers["busy"].cpu_nanos;
        let later = eventually("the busy container has used a tenth of a second", || async {
            let now = usage(&lab, "u1").await;
            (now.containers["busy"].cpu_nanos >= before + 100_000_000).then_some(now)
        })
        .await;
        assert!(later.containers["idle"].cpu_nanos < later.containers["busy"].cpu_nanos, "{later:?}");
        lab.runtime.stop_container(&id("u1"), "idle", 0).await.unwrap();
        eventually("the ended container is left out", || async {
            (!usage(&lab, "u1").await.containers.contains_key("idle")).then_some(())
        })
        .await;
        lab.runtime.remove_sandbox(&id("u1")).await.unwrap();
        let gone = lab.runtime.stats(&id("u1"), &[]).await;
        assert!(matches!(gone, Err(RuntimeError::Gone(_))), "{gone:?}");
    })
    .await;
}
