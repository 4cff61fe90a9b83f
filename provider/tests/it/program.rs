//! The program as its image runs it: a process with its variables, and nothing else of a machine.

use std::fs;
use std::process::Command;

/// What an image of the program alone knows: an ARM, a credential, no certificate and no cluster.
#[test]
fn without_certificates_of_the_system_the_program_comes_as_far_as_the_cluster() {
    let bare = tempfile::tempdir().unwrap();
    let bundle = bare.path().join("bundle.pem");
    fs::write(&bundle, "").unwrap();
    let folder = bare.path().join("certs");
    fs::create_dir(&folder).unwrap();

    let ended = Command::new(env!("CARGO_BIN_EXE_aci-provider"))
        .args(["--nodename", "virtual", "--kubeconfig", "/nowhere/kubeconfig"])
        .env_clear()
        .env("SSL_CERT_FILE", &bundle)
        .env("SSL_CERT_DIR", &folder)
        .env("ACI_RESOURCE_GROUP", "group")
        .env("ACI_REGION", "westus2")
        .env("AZURE_SUBSCRIPTION_ID", "00000000-0000-0000-0000-000000000001")
        .env("AZURE_TENANT_ID", "00000000-0000-0000-0000-000000000002")
        .env("AZURE_CLIENT_ID", "00000000-0000-0000-0000-000000000003")
        .env("AZURE_CLIENT_SECRET", "none")
        .output()
        .unwrap();

    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(said.contains("no usable cluster configuration"), "{said}");
}
