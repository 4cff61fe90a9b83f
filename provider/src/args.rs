//! The command line: every flag of the Go provider, the flags of its ancestors that manifests still carry,
//! and a few of our own.
//!
//! Flags are parsed without looking at the environment; [`crate::config`] merges the two, so that a test
//! passes both as values.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Parser;

mod historic;

pub use historic::HistoricArgs;

/// A virtual-kubelet provider that runs pods as Azure container groups.
#[derive(Clone, Debug, Parser)]
#[command(name = "aci-provider", version)]
pub struct Args {
    /// Name of the node.
    #[arg(long, default_value = "vk-aci-test-aks")]
    pub nodename: String,

    /// Operating system of the node's pods: Linux or Windows.
    #[arg(long)]
    pub os: Option<String>,

    /// TOML file with Region, ResourceGroup, OperatingSystem, CPU, Memory, Pods, SubnetName, SubnetCIDR.
    #[arg(long, value_name = "FILE")]
    pub provider_config: Option<PathBuf>,

    /// Kubeconfig file [env: KUBECONFIG; else ~/.kube/config; else the service account].
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,

    /// DNS domain of the cluster, for search lists.
    #[arg(long, default_value = "cluster.local")]
    pub cluster_domain: String,

    /// How long the node may take to become Ready, such as 90s or 2m; 0 waits for ever.
    #[arg(long, default_value = "0", value_name = "DURATION")]
    pub startup_timeout: String,

    /// Registers the node without a taint.
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true")]
    pub disable_taint: bool,

    /// Deletes the node when the provider ends, and with it its pods: for good-byes, not for restarts.
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true")]
    pub deregister: bool,

    /// Least severe level that is logged: error, warn, info, debug or trace.
    #[arg(long, default_value = "info", value_name = "LEVEL")]
    pub log_level: String,

    /// Form of log lines: plain or json [env: ACI_LOG_FORMAT] [default: plain].
    #[arg(long, value_name = "FORMAT")]
    pub log_format: Option<String>,

    /// How many calls to ARM may be under way for pods at the same time [default: 16].
    #[arg(long, value_name = "N")]
    pub pod_sync_workers: Option<String>,

    /// Address the kubelet API listens on [env: KUBELET_LISTEN] [default: VKUBELET_POD_IP, else 127.0.0.1].
    #[arg(long, value_name = "IP")]
    pub kubelet_listen: Option<String>,

    /// CA that client certificates of the kubelet API must come from [env: APISERVER_CA_CERT_LOCATION].
    #[arg(long, value_name = "FILE")]
    pub client_verify_ca: Option<PathBuf>,

    /// Serves the kubelet API to anyone who can reach it.
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true")]
    pub no_verify_clients: bool,

    /// Whether tokens are reviewed and access is authorized by the API server [default: true, unless
    /// --no-verify-clients]; false serves whoever holds a certificate.
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub authentication_token_webhook: Option<bool>,

    /// How long the API server's word on a token holds [default: 2m].
    #[arg(long, value_name = "DURATION")]
    pub authentication_token_webhook_cache_ttl: Option<String>,

    /// How long the API server's permission holds [default: 5m].
    #[arg(long, value_name = "DURATION")]
    pub authorization_webhook_cache_authorized_ttl: Option<String>,

    /// How long the API server's refusal holds [default: 30s].
    #[arg(long, value_name = "DURATION")]
    pub authorization_webhook_cache_unauthorized_ttl: Option<String>,

    /// Signer that is asked for a serving certificate where APISERVER_CERT_LOCATION names none; none asks nobody
    /// [env: KUBELET_CERTIFICATE_SIGNER] [default: kubernetes.io/kubelet-serving].
    #[arg(long, value_name = "SIGNER")]
    pub kubelet_certificate_signer: Option<String>,

    /// Whose limits hold: modern for what ACI itself supports, aks-addon for what AKS documents of its virtual
    /// nodes [env: ACI_PROFILE] [default: modern].
    #[arg(long, value_name = "PROFILE")]
    pub profile: Option<String>,

    /// Where containers find the API server, such as https://name:443, instead of at the address of the service
    /// kubernetes, which leads nowhere outside the cluster's network [env: MASTER_URI].
    #[arg(long, value_name = "URI")]
    pub master_uri: Option<String>,

    /// Flags that are accepted for the sake of existing manifests.
    #[command(flatten)]
    pub historic: HistoricArgs,
}

impl Args {
    /// Parses a command line whose first element is the program's name.
    ///
    /// # Errors
    /// When a flag is unknown or lacks its value; clap's error also stands for `--help` and `--version`.
    pub fn try_parse_line<I, T>(line: I) -> Result<Self, clap::Error>
    where
        I: IntoIterator<Item = T>,
        T: Into<OsString>,
    {
        let (line, klog) = historic::without_klog(line.into_iter().map(Into::into));
        let mut args = Self::try_parse_from(line)?;
        args.historic.klog = klog;
        Ok(args)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Args, clap::Error> {
        Args::try_parse_line(std::iter::once("aci-provider").chain(line.split_whitespace()))
    }

    #[test]
    fn defaults_are_those_of_the_go_provider() {
        let args = parse("").unwrap();
        assert_eq!(args.nodename, "vk-aci-test-aks");
        assert_eq!(args.cluster_domain, "cluster.local");
        assert_eq!(args.startup_timeout, "0");
        assert!(!args.disable_taint);
        assert!(args.historic.warnings().is_empty());
    }

    #[test]
    fn the_chart_s_way_of_writing_a_boolean_is_accepted() {
        for line in ["--disable-taint", "--disable-taint=true", "--disable-taint true"] {
            assert!(parse(line).unwrap().disable_taint, "{line}");
        }
        assert!(!parse("--disable-taint=false").unwrap().disable_taint);
    }

    #[test]
    fn flags_without_effect_are_accepted_and_named_in_a_warning() {
        let line = "--namespace default --provider azure --metrics-addr :10255 --enable-node-lease \
                    --trace-sample-rate 10 --kube-api-qps 50 --full-resync-period 1m \
                    --klog.v 2 --klog.logtostderr extra";
        let warnings = parse(line).unwrap().historic.warnings().join("\n");
        for flag in [
            "--namespace",
            "--provider",
            "--metrics-addr",
            "--enable-node-lease",
            "--trace-sample-rate",
            "--kube-api-qps",
            "--full-resync-period",
            "--klog.v",
            "--klog.logtostderr",
            "extra",
        ] {
            assert!(warnings.contains(flag), "{flag} is not in:\n{warnings}");
        }
    }

    #[test]
    fn an_unknown_flag_is_an_error() {
        assert!(parse("--no-such-flag").is_err());
    }
}
