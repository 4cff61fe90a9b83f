//! Who is let in, and what there is to see.

use std::net::TcpListener;

use super::*;

#[tokio::test]
async fn a_client_with_a_certificate_of_the_ca_is_served() {
    let ca = Authority::new();
    let kubelet = Kubelet::start(TrustedClients::Ca(ca.pem())).await;
    let response = kubelet.get(Some(ca.identity()), "/healthz").await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.text().await.unwrap(), "ok");
}

#[tokio::test]
async fn a_client_with_a_certificate_of_another_ca_is_refused() {
    let kubelet = Kubelet::start(TrustedClients::Ca(Authority::new().pem())).await;
    let stranger = Authority::new().identity();
    assert!(kubelet.get(Some(stranger), "/healthz").await.is_err());
}

#[tokio::test]
async fn anyone_is_served_when_clients_are_not_verified() {
    let kubelet = Kubelet::start(TrustedClients::Anyone).await;
    assert_eq!(kubelet.ask("/healthz").await, (200, "ok".to_owned()));
}

#[tokio::test]
async fn the_pods_of_the_node_are_listed_as_a_pod_list() {
    let kubelet = Kubelet::start(TrustedClients::Anyone).await;
    for path in ["/pods", "/pods/"] {
        let (status, body) = kubelet.ask(path).await;
        let list: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!((status, &list["kind"], &list["apiVersion"]), (200, &json!("PodList"), &json!("v1")));
        assert_eq!(list["items"][0]["metadata"]["name"], "web", "{path}");
    }
}

#[tokio::test]
async fn the_running_pods_are_those_whose_groups_azure_has() {
    let kubelet = Kubelet::start(TrustedClients::Anyone).await;
    assert_eq!(kubelet.ask("/runningpods/").await.0, 502);
    let group = |node: &str, uid: &str, state: &str| {
        json!({
            "tags": { "NodeName": node, "ClusterId": "c", "Namespace": "default", "PodName": "web", "UID": uid },
            "properties": {
                "provisioningState": state,
                "containers": [{ "name": "app", "properties": { "image": "nginx" } }],
            },
        })
    };
    kubelet.arm.set_listed(json!([
        group("n", "u-1", "Succeeded"),
        group("other", "u-2", "Succeeded"),
        group("n", "u-3", "Deleting"),
        {},
    ]));
    let (status, body) = kubelet.ask("/runningpods").await;
    let list: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, &list["kind"]), (200, &json!("PodList")));
    assert_eq!(list["items"].as_array().unwrap().len(), 1, "{list}");
    assert_eq!(list["items"][0]["metadata"], json!({ "name": "web", "namespace": "default", "uid": "u-1" }));
    assert_eq!(list["items"][0]["spec"]["containers"], json!([{ "name": "app", "image": "nginx" }]));
}

#[tokio::test]
async fn other_paths_are_answered_as_the_go_provider_does() {
    let kubelet = Kubelet::start(TrustedClients::Anyone).await;
    assert_eq!(kubelet.ask("/nowhere").await, (404, "404 request not found".to_owned()));
}

#[tokio::test]
async fn a_port_that_is_taken_is_named_with_the_remedy() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let settings = KubeletSettings {
        listen: taken.local_addr().unwrap(),
        certificate: self_made(),
        clients: ClientPolicy::Anyone,
        reviews: None,
    };
    let error = KubeletServer::bind(&settings, TrustedClients::Anyone).await.err().unwrap().to_string();
    assert!(error.contains(&settings.listen.to_string()) && error.contains("KUBELET_PORT"), "{error}");
}

#[tokio::test]
async fn certificate_files_are_shown_and_a_missing_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    let made = rcgen::generate_simple_self_signed(["virtual-node".to_owned()]).unwrap();
    let files = ServerCertificate::Files { certificate: certificate.clone(), key: key.clone() };
    let settings = KubeletSettings {
        listen: ([127, 0, 0, 1], 0).into(),
        certificate: files.clone(),
        clients: ClientPolicy::Anyone,
        reviews: None,
    };
    let error = KubeletServer::bind(&settings, TrustedClients::Anyone).await.err().unwrap().to_string();
    assert!(error.contains("cert.pem"), "{error}");

    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let kubelet =
        Kubelet::start_with(TrustedClients::Anyone, files, ScriptedArm::new(), BTreeMap::new()).await;
    let trusting = client_builder()
        .tls_certs_only([reqwest::Certificate::from_pem(made.cert.pem().as_bytes()).unwrap()])
        .resolve("virtual-node", kubelet.url.trim_start_matches("https://").parse().unwrap())
        .build()
        .unwrap();
    let port = kubelet.url.rsplit(':').next().unwrap();
    let response = trusting.get(format!("https://virtual-node:{port}/healthz")).send().await.unwrap();
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn shutdown_ends_the_server_while_a_connection_is_kept_alive() {
    let kubelet = Kubelet::start(TrustedClients::Anyone).await;
    let client = client(None);
    client.get(format!("{}/healthz", kubelet.url)).send().await.unwrap().text().await.unwrap();
    kubelet.shutdown.cancel();
    kubelet.serving.await.unwrap();
}
