//! Init containers.

use aci_e2e::cluster::with_namespace;
use aci_e2e::manifest::{script, virtual_pod};
use aci_e2e::wait::PATIENCE;
use anyhow::ensure;
use serde_json::{Value, json};

/// A container that adds its name to the volume's only file.
fn writer(name: &str, text: &str) -> Value {
    let mut container = script(name, text);
    container["volumeMounts"] = json!([{"name": "notes", "mountPath": "/notes"}]);
    container
}

/// ACI knows no requests of init containers.
fn init(name: &str, text: &str) -> Value {
    let mut container = writer(name, text);
    container["resources"] = json!({});
    container
}

#[tokio::test]
async fn init_containers_end_one_after_the_other_before_the_first_container_starts() {
    with_namespace("init", async |cluster| {
        let mut pod = virtual_pod("staged", "Never", json!([writer("main", "cat /notes/all")]));
        // Were they to run together, the second would be first.
        pod["spec"]["initContainers"] = json!([
            init("slow", "sleep 1; echo slow >> /notes/all"),
            init("quick", "echo quick >> /notes/all"),
        ]);
        pod["spec"]["volumes"] = json!([{"name": "notes", "emptyDir": {}}]);
        cluster.create_pod(pod).await?;
        let pod = cluster.await_phase("staged", "Succeeded").await?;
        ensure!(cluster.logs("staged", "main").await? == "slow\nquick\n");
        let statuses = pod["status"]["initContainerStatuses"].as_array().map_or(&[][..], Vec::as_slice);
        let ended = |status: &Value| status["state"]["terminated"]["exitCode"] == 0;
        ensure!(statuses.len() == 2 && statuses.iter().all(ended), "{statuses:?}");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_pod_whose_init_container_fails_never_starts_its_containers() {
    with_namespace("init", async |cluster| {
        let mut pod = virtual_pod("stuck", "Never", json!([writer("main", "echo started")]));
        pod["spec"]["initContainers"] = json!([init("broken", "exit 4")]);
        pod["spec"]["volumes"] = json!([{"name": "notes", "emptyDir": {}}]);
        cluster.create_pod(pod).await?;
        let failed = |pod: &Value| {
            pod["status"]["initContainerStatuses"][0]["state"]["terminated"]["exitCode"] == 4
                && pod["status"]["phase"] == "Failed"
        };
        let pod = cluster.await_pod("stuck", "has failed in its init container", PATIENCE, failed).await?;
        let main = &pod["status"]["containerStatuses"][0];
        ensure!(main["state"]["running"].is_null() && main["restartCount"] == 0, "{main}");
        Ok(())
    })
    .await;
}
