//! A provider of our own, started for the measurement and ended with it.

use std::process::Stdio;

use anyhow::{Context, Result, bail};
use serde_json::json;
use tempfile::NamedTempFile;
use tokio::process::{Child, Command};

use aci_e2e::arm::SUBSCRIPTION;

use crate::emulator::proportional_memory;

/// The node that it makes.
pub(super) const NODE: &str = "fleet";

/// A running provider; killed when dropped.
pub(super) struct Provider {
    process: Child,
    _kubeconfig: NamedTempFile,
}

impl Provider {
    /// Starts the provider that was built beside this program.
    pub(super) fn start(emulator: &str, api_server: &str, resource_group: &str) -> Result<Self> {
        let binary = std::env::current_exe()?.with_file_name("aci-provider");
        if !binary.exists() {
            bail!("{} is missing: cargo build --release -p aci-provider", binary.display());
        }
        let kubeconfig = NamedTempFile::new()?;
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "bench",
            "clusters": [{"name": "bench", "cluster": {"server": format!("http://{api_server}")}}],
            "contexts": [{"name": "bench", "context": {"cluster": "bench", "user": "bench"}}],
            "users": [{"name": "bench", "user": {}}],
        });
        std::fs::write(kubeconfig.path(), config.to_string())?;
        // `ACI_BENCH_LOG=1` shows what it says.
        let log = std::env::var_os("ACI_BENCH_LOG").map_or_else(Stdio::null, |_| Stdio::inherit());
        let process = Command::new(binary)
            .args(["--nodename", NODE, "--no-verify-clients"])
            .env("KUBECONFIG", kubeconfig.path())
            .env("KUBELET_PORT", "0")
            .env("KUBELET_CERTIFICATE_SIGNER", "none")
            .env("ACI_ARM_ENDPOINT", format!("http://{emulator}"))
            .env("IDENTITY_ENDPOINT", format!("http://{emulator}/msi/token"))
            .env("IDENTITY_HEADER", "any")
            .env("VIRTUALNODE_USER_IDENTITY_CLIENTID", SUBSCRIPTION)
            .env("AZURE_SUBSCRIPTION_ID", SUBSCRIPTION)
            .env("ACI_RESOURCE_GROUP", resource_group)
            .env("ACI_REGION", "westus2")
            .env("ACI_CLUSTER_ID", "bench")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .context("failed to start the provider")?;
        Ok(Self { process, _kubeconfig: kubeconfig })
    }

    /// Its memory in MiB, shared pages counted by share.
    pub(super) fn memory(&self) -> Result<f64> {
        proportional_memory(self.process.id().context("the provider has ended")?)
    }
}

/// The calls of ARM so far, from the provider's own metrics.
pub(super) async fn arm_calls(port: u64) -> Result<f64> {
    // The certificate is one that the provider signed itself, and the way is this machine's loopback.
    let client = reqwest::Client::builder().no_proxy().tls_danger_accept_invalid_certs(true).build()?;
    let answer = client.get(format!("https://127.0.0.1:{port}/metrics")).send().await?.error_for_status()?;
    let text = answer.text().await?;
    let calls = text.lines().filter(|line| line.starts_with("aci_provider_arm_calls_total{"));
    let counts = calls.filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok());
    Ok(counts.sum())
}
