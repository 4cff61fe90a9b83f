//! What a probe does and what came of it.

use std::net::IpAddr;
use std::time::Duration;

/// One run of a probe, as a runtime carries it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeSpec {
    /// What to do.
    pub action: ProbeAction,
    /// How long the container may take to answer; what the engine takes to ask comes on top.
    pub timeout: Duration,
}

/// What a probe does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProbeAction {
    /// Runs a command in the container; it succeeds with exit code 0.
    Exec {
        /// Program and arguments.
        command: Vec<String>,
    },
    /// Sends a GET to the group's own address; it succeeds with a status from 200 to 399.
    HttpGet(HttpGet),
}

/// A GET request to a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpGet {
    /// Over TLS, whatever the certificate says.
    pub tls: bool,
    /// The port.
    pub port: u16,
    /// Path and query.
    pub path: String,
    /// Headers; `Host` and `User-Agent` replace the usual ones.
    pub headers: Vec<(String, String)>,
}

impl HttpGet {
    /// The address that is asked.
    pub(crate) fn url(&self, host: IpAddr) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        let host = match host {
            IpAddr::V4(host) => host.to_string(),
            IpAddr::V6(host) => format!("[{host}]"),
        };
        format!("{scheme}://{host}:{}{}", self.port, self.path)
    }
}

/// What came of one run of a probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProbeOutcome {
    /// The container is well.
    Success,
    /// It is not, and this is what there is to see.
    Failure(String),
}

/// The words of a command that did not end in time; the kubelet's
/// (pkg/kubelet/cri/remote/remote_runtime.go).
pub(crate) fn command_timed_out(command: &[String]) -> ProbeOutcome {
    ProbeOutcome::Failure(format!("command \"{}\" timed out", command.join(" ")))
}

/// The words of a request that was not answered in time; Go's, as the kubelet shows them.
pub(crate) fn request_timed_out(url: &str) -> ProbeOutcome {
    ProbeOutcome::Failure(format!(
        "Get \"{url}\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
    ))
}

/// What a status says (pkg/probe/http/http.go of Kubernetes; redirects count as they are).
pub(crate) fn of_status(status: u16) -> ProbeOutcome {
    if (200..400).contains(&status) {
        ProbeOutcome::Success
    } else {
        ProbeOutcome::Failure(format!("HTTP probe failed with statuscode: {status}"))
    }
}
