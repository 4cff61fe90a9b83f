//! Flags that existing manifests pass and that have no effect here, or an old name for something else.
//!
//! Sources: the hidden and deprecated flags of azure-aci's `cmd/virtual-kubelet/main.go`, and those of
//! virtual-kubelet/node-cli, on which it stood before.

use std::ffi::OsString;

use clap::Args;

/// Flags of the past; each that is given earns a warning.
#[derive(Clone, Debug, Default, Args)]
pub struct HistoricArgs {
    /// Key of the taint.
    #[arg(long, hide = true)]
    pub taint: Option<String>,
    #[arg(long, hide = true)]
    namespace: Option<String>,
    #[arg(long, hide = true)]
    provider: Option<String>,
    #[arg(long, hide = true)]
    metrics_addr: Option<String>,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    enable_node_lease: Option<String>,
    #[arg(long, hide = true)]
    full_resync_period: Option<String>,
    #[arg(long, hide = true)]
    trace_sample_rate: Option<String>,
    #[arg(long, hide = true)]
    trace_exporter: Vec<String>,
    #[arg(long, hide = true)]
    trace_service_name: Option<String>,
    #[arg(long, hide = true)]
    trace_tag: Vec<String>,
    #[arg(long, hide = true)]
    kube_api_qps: Option<String>,
    #[arg(long, hide = true)]
    kube_api_burst: Option<String>,
    /// The Go programs accept stray arguments, and the chart writes `--disable-taint true`.
    #[arg(hide = true)]
    stray: Vec<String>,
    /// The klog flags, which share a prefix and nothing else.
    #[arg(skip)]
    pub(super) klog: Vec<String>,
}

impl HistoricArgs {
    /// One line for each flag that was given and does nothing, or is better written another way.
    pub fn warnings(&self) -> Vec<String> {
        let tracing = "traces are not exported";
        let client = "the client does not throttle itself";
        let given = [
            (self.taint.is_some(), "--taint", "write VKUBELET_TAINT_KEY instead"),
            (self.namespace.is_some(), "--namespace", "all namespaces are watched"),
            (self.provider.is_some(), "--provider", "azure is the only provider"),
            (self.metrics_addr.is_some(), "--metrics-addr", "metrics are not served there"),
            (self.enable_node_lease.is_some(), "--enable-node-lease", "the lease is always kept"),
            (self.full_resync_period.is_some(), "--full-resync-period", "groups are looked at all the time"),
            (self.trace_sample_rate.is_some(), "--trace-sample-rate", tracing),
            (!self.trace_exporter.is_empty(), "--trace-exporter", tracing),
            (self.trace_service_name.is_some(), "--trace-service-name", tracing),
            (!self.trace_tag.is_empty(), "--trace-tag", tracing),
            (self.kube_api_qps.is_some(), "--kube-api-qps", client),
            (self.kube_api_burst.is_some(), "--kube-api-burst", client),
        ];
        let named = given
            .into_iter()
            .filter(|(given, ..)| *given)
            .map(|(_, flag, why)| format!("{flag} is accepted and has no effect of its own: {why}"));
        let klog = self.klog.iter().map(|flag| format!("{flag} is ignored: set --log-level instead"));
        let stray = self
            .stray
            .iter()
            .filter(|word| !matches!(word.as_str(), "true" | "false"))
            .map(|word| format!("the argument {word:?} is ignored: settings are flags and variables"));
        named.chain(klog).chain(stray).collect()
    }
}

/// Takes `--klog.*` out of a command line; a value in the next word is left and becomes a stray argument.
pub(super) fn without_klog(line: impl Iterator<Item = OsString>) -> (Vec<OsString>, Vec<String>) {
    let (klog, rest): (Vec<_>, Vec<_>) =
        line.partition(|word| word.to_str().is_some_and(|word| word.starts_with("--klog.")));
    (rest, klog.into_iter().map(|word| word.to_string_lossy().into_owned()).collect())
}
