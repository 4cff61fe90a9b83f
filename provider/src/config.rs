//! Settings: the command line, the environment and the files they name, checked once and handed out typed.
//!
//! A flag wins over a variable, a variable over the AKS credential file, that over the authentication file,
//! any of them over the provider's TOML file, and all over the default. A variable that is set but empty
//! counts as not set: charts write `""` for what a user left out.

use std::path::PathBuf;
use std::time::Duration;

use crate::args::Args;
use crate::arm::ArmSettings;
use crate::kubelet::KubeletSettings;
use crate::node::{NodeSettings, OperatingSystem};
use crate::pods::{DEFAULT_CONCURRENCY, DEFAULT_POLL_INTERVAL};
use crate::profile::Profile;
use crate::telemetry::LogSettings;
use crate::translate::Workspace;

mod azure;
mod credential_file;
mod error;
mod kubelet;
mod log_analytics;
mod network;
mod node;
mod provider_file;
mod source;

pub use error::ConfigError;
pub use network::NetworkSettings;
pub use source::Source;

/// Faster than this is a busy loop against ARM's request quota.
const LEAST_POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Variables of the Go provider that have no effect here, and why.
const WITHOUT_EFFECT: [(&str, &str); 3] = [
    ("CLUSTER_CIDR", "container groups run no kube-proxy"),
    ("ENABLE_REAL_TIME_METRICS", "container groups run no metrics extension"),
    ("OCAGENT_ENDPOINT", "traces are not exported"),
];

/// Everything the provider can be told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where ARM is, and who we are to it.
    pub arm: ArmSettings,
    /// The region of the container groups.
    pub region: String,
    /// The node.
    pub node: NodeSettings,
    /// The kubelet API.
    pub kubelet: KubeletSettings,
    /// The network of container groups.
    pub network: NetworkSettings,
    /// Whose limits hold.
    pub profile: Profile,
    /// Where the logs of pods go that name no workspace of their own.
    pub log_analytics: Option<Workspace>,
    /// How many ARM calls may be under way for pods at the same time.
    pub concurrency: usize,
    /// How often ARM is asked for what changed.
    pub poll_interval: Duration,
    /// What tells this cluster's container groups from another's; `None` asks the cluster.
    pub cluster_id: Option<String>,
    /// How long the node may take to become Ready; `None` waits for ever.
    pub startup_timeout: Option<Duration>,
    /// A kubeconfig other than the usual ones.
    pub kubeconfig: Option<PathBuf>,
    /// Log lines.
    pub log: LogSettings,
    /// What was given and has no effect, one line each.
    pub warnings: Vec<String>,
}

impl Settings {
    /// Merges and checks all settings.
    ///
    /// # Errors
    /// On the first setting that is missing or wrong; the message is one line that names it and the remedy.
    pub fn resolve(args: Args, source: &Source<'_>) -> Result<Self, ConfigError> {
        let Args {
            nodename,
            os,
            provider_config,
            kubeconfig,
            cluster_domain,
            startup_timeout,
            disable_taint,
            deregister,
            log_level,
            log_format,
            pod_sync_workers,
            kubelet_listen,
            client_verify_ca,
            no_verify_clients,
            authentication_token_webhook,
            authentication_token_webhook_cache_ttl,
            authorization_webhook_cache_authorized_ttl,
            authorization_webhook_cache_unauthorized_ttl,
            kubelet_certificate_signer,
            profile,
            master_uri,
            historic,
        } = args;
        let file = provider_file::load(provider_config.as_deref(), source)?;
        let credentials = credential_file::load(source)?;
        let arm = azure::arm(source, &credentials, &file)?;
        let region = azure::region(source, &credentials, &file)?;
        let given = network::Given { cluster_domain, master_uri };
        let network = network::resolve(source, &credentials, &file, &arm, given)?;
        let profile = self::profile(source, profile)?;
        let mut warnings = historic.warnings();
        warnings.extend(without_effect(source));
        warnings.extend(profile.remarks(network.subnet.is_some()));
        let given = node::Given { name: nodename, os, disable_taint, taint_key: historic.taint, deregister };
        let node = node::resolve(source, given, &file, &region)?;
        check_os(profile, node.os)?;
        let given = kubelet::Given {
            listen: kubelet_listen,
            client_ca: client_verify_ca,
            no_verify_clients,
            webhook: authentication_token_webhook,
            token_ttl: authentication_token_webhook_cache_ttl,
            allowed_ttl: authorization_webhook_cache_authorized_ttl,
            refused_ttl: authorization_webhook_cache_unauthorized_ttl,
            signer: kubelet_certificate_signer,
        };
        let kubelet = kubelet::resolve(source, given, &node)?;
        Ok(Self {
            arm,
            region,
            node,
            kubelet,
            network,
            profile,
            log_analytics: log_analytics::resolve(source)?,
            concurrency: pod_sync_workers
                .map_or(Ok(DEFAULT_CONCURRENCY), |n| source::at_least_one("--pod-sync-workers", &n))?,
            poll_interval: poll_interval(source)?,
            cluster_id: source.get_owned("ACI_CLUSTER_ID"),
            startup_timeout: source::duration("--startup-timeout", &startup_timeout)?,
            kubeconfig,
            log: log_settings(source, &log_level, log_format.as_deref())?,
            warnings,
        })
    }
}

fn profile(source: &Source<'_>, given: Option<String>) -> Result<Profile, ConfigError> {
    let (name, text) = match (&given, source.get("ACI_PROFILE")) {
        (Some(text), _) => ("--profile", text.as_str()),
        (None, Some(text)) => ("ACI_PROFILE", text),
        (None, None) => return Ok(Profile::default()),
    };
    let remedy = || format!("use {}", Profile::ALL.map(Profile::as_str).join(" or "));
    text.parse().map_err(|()| ConfigError::invalid(name, text, remedy()))
}

/// There is no Windows in the add-on.
fn check_os(profile: Profile, os: OperatingSystem) -> Result<(), ConfigError> {
    if (profile, os) == (Profile::AksAddon, OperatingSystem::Windows) {
        let remedy = "virtual nodes of the AKS add-on run Linux pods only; use --profile modern for Windows";
        return Err(ConfigError::invalid("--os", "Windows", remedy));
    }
    Ok(())
}

fn without_effect(source: &Source<'_>) -> impl Iterator<Item = String> {
    WITHOUT_EFFECT
        .into_iter()
        .filter(|(name, _)| source.get(name).is_some())
        .map(|(name, why)| format!("{name} has no effect: {why}"))
}

fn poll_interval(source: &Source<'_>) -> Result<Duration, ConfigError> {
    const NAME: &str = "ACI_POLL_INTERVAL";
    let Some(value) = source.get(NAME) else { return Ok(DEFAULT_POLL_INTERVAL) };
    source::duration(NAME, value)?
        .filter(|interval| *interval >= LEAST_POLL_INTERVAL)
        .ok_or_else(|| ConfigError::invalid(NAME, value, "must be 50ms or more"))
}

fn log_settings(source: &Source<'_>, level: &str, format: Option<&str>) -> Result<LogSettings, ConfigError> {
    let level = level
        .parse()
        .map_err(|()| ConfigError::invalid("--log-level", level, "use error, warn, info, debug or trace"))?;
    let (name, format) = match format {
        Some(format) => ("--log-format", format),
        None => ("ACI_LOG_FORMAT", source.get("ACI_LOG_FORMAT").unwrap_or("plain")),
    };
    let format = format.parse().map_err(|()| ConfigError::invalid(name, format, "use plain or json"))?;
    Ok(LogSettings { level, format })
}

#[cfg(test)]
mod tests;
