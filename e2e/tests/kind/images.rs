//! Images that cannot be had.

use std::time::Duration;

use aci_e2e::cluster::with_namespace;
use aci_e2e::manifest::virtual_pod;
use anyhow::ensure;
use serde_json::json;

#[tokio::test]
async fn an_image_that_does_not_exist_shows_as_the_waiting_reason_within_10_seconds() {
    with_namespace("noimage", async |cluster| {
        let container = json!([{"name": "main", "image": "localhost:9/no/such-image:v1"}]);
        cluster.create_pod(virtual_pod("ghost", "Always", container)).await?;
        let pod = cluster
            .await_pod("ghost", "waits for its image", Duration::from_secs(10), |pod| {
                let reason = &pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"];
                reason == "ErrImagePull" || reason == "ImagePullBackOff"
            })
            .await?;
        ensure!(pod["status"]["phase"] == "Pending", "{}", pod["status"]["phase"]);
        Ok(())
    })
    .await;
}
