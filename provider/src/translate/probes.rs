//! Liveness, readiness and startup probes.

use aci_model::group::OsType;
use aci_model::group::probe::{ContainerProbe, ExecAction, HttpGetAction, HttpHeader};
use k8s_openapi::api::core::v1::{Container, HTTPGetAction, Probe, TCPSocketAction};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::expand::expand;
use super::{Translation, Untranslatable, reasons};

mod tcp;

/// Kubernetes' defaults, for a startup probe that leaves them out.
const DEFAULT_PERIOD: i32 = 10;
/// The same for failures in a row.
const DEFAULT_FAILURES: i32 = 3;

/// The liveness probe. ACI has no startup probe: its whole budget becomes the liveness probe's delay, so
/// that a slow start is not killed. A kubelet counts both from the container's start, so the longer one counts.
pub(super) fn liveness(
    t: &mut Translation<'_>,
    container: &Container,
    at: &str,
) -> Result<Option<ContainerProbe>, Untranslatable> {
    let mut probe =
        translate(t, container, container.liveness_probe.as_ref(), &format!("{at}.livenessProbe"))?;
    let Some(startup) = &container.startup_probe else { return Ok(probe) };
    let budget = startup.initial_delay_seconds.unwrap_or(0).saturating_add(
        startup
            .period_seconds
            .unwrap_or(DEFAULT_PERIOD)
            .saturating_mul(startup.failure_threshold.unwrap_or(DEFAULT_FAILURES)),
    );
    let instead = match &mut probe {
        Some(probe) => {
            probe.initial_delay_seconds = Some(probe.initial_delay_seconds.unwrap_or(0).max(budget));
            format!("the liveness probe waits for its {budget} seconds instead")
        }
        None => "without a liveness probe nothing restarts a container that does not come up".to_owned(),
    };
    t.notes.warn(reasons::STARTUP_PROBE_IGNORED, format!("{at}.startupProbe: ACI has none; {instead}"));
    Ok(probe)
}

/// The readiness probe.
pub(super) fn readiness(
    t: &mut Translation<'_>,
    container: &Container,
    at: &str,
) -> Result<Option<ContainerProbe>, Untranslatable> {
    translate(t, container, container.readiness_probe.as_ref(), &format!("{at}.readinessProbe"))
}

fn translate(
    t: &mut Translation<'_>,
    container: &Container,
    probe: Option<&Probe>,
    at: &str,
) -> Result<Option<ContainerProbe>, Untranslatable> {
    let Some(probe) = probe else { return Ok(None) };
    let (mut exec, mut request) = (None, None);
    if let Some(action) = &probe.exec {
        exec =
            Some(ExecAction { command: action.command.as_deref().map(|words| expanded(container, words)) });
    } else if let Some(get) = &probe.http_get {
        request = Some(http_get(container, get, &format!("{at}.httpGet"))?);
    } else if let Some(socket) = &probe.tcp_socket {
        exec = tcp_socket(t, container, socket, &format!("{at}.tcpSocket"))?;
    } else if probe.grpc.is_some() {
        let text =
            "ACI speaks no gRPC, so the probe is left out; use exec, for example with grpc_health_probe";
        t.notes.warn(reasons::PROBE_IGNORED, format!("{at}.grpc: {text}"));
    }
    if exec.is_none() && request.is_none() {
        return Ok(None);
    }
    Ok(Some(ContainerProbe {
        exec,
        http_get: request,
        initial_delay_seconds: probe.initial_delay_seconds,
        period_seconds: probe.period_seconds,
        failure_threshold: probe.failure_threshold,
        success_threshold: probe.success_threshold,
        timeout_seconds: probe.timeout_seconds,
    }))
}

/// A kubelet puts in the literal values of variables only, and nothing for those that come from elsewhere
/// (`ExpandContainerCommandOnlyStatic` in `pkg/kubelet/container/helpers.go`).
fn expanded(container: &Container, words: &[String]) -> Vec<String> {
    let variables = container.env.as_deref().unwrap_or_default();
    let value = |name: &str| {
        let found = variables.iter().rfind(|variable| variable.name == name)?;
        Some(found.value.clone().unwrap_or_default())
    };
    words.iter().map(|word| expand(word, value)).collect()
}

fn http_get(container: &Container, get: &HTTPGetAction, at: &str) -> Result<HttpGetAction, Untranslatable> {
    // The container's own address is what ACI asks anyway.
    let elsewhere = |host: &&str| !matches!(*host, "" | "localhost" | "127.0.0.1" | "::1" | "0.0.0.0");
    if let Some(host) = get.host.as_deref().filter(elsewhere) {
        let reason = format!("ACI probes the container itself and not {host:?}");
        let remedy = "remove it; a virtual host goes into a Host header";
        return Err(Untranslatable::new(format!("{at}.host"), reason, remedy));
    }
    let headers = get.http_headers.iter().flatten();
    let headers: Vec<_> = headers
        .map(|header| HttpHeader { name: Some(header.name.clone()), value: Some(header.value.clone()) })
        .collect();
    Ok(HttpGetAction {
        path: Some(get.path.clone().filter(|path| !path.is_empty()).unwrap_or_else(|| "/".to_owned())),
        port: Some(port(container, &get.port, &format!("{at}.port"))?),
        scheme: get.scheme.as_ref().map(|scheme| scheme.to_ascii_lowercase()),
        http_headers: (!headers.is_empty()).then_some(headers),
    })
}

fn tcp_socket(
    t: &mut Translation<'_>,
    container: &Container,
    socket: &TCPSocketAction,
    at: &str,
) -> Result<Option<ExecAction>, Untranslatable> {
    let port = port(container, &socket.port, &format!("{at}.port"))?;
    let why_not = if socket.host.as_deref().is_some_and(|host| !host.is_empty()) {
        "ACI probes the container itself and no other host"
    } else if t.settings.os_type == OsType::Windows {
        "ACI opens no connections"
    } else {
        match tcp::shell(t, container) {
            Some(shell) => return Ok(Some(ExecAction { command: Some(tcp::listens(&shell, port)) })),
            None => "ACI opens no connections, and nothing says that the image has a shell that could look",
        }
    };
    let text = format!("{at}: {why_not}, so the probe is left out; use exec or httpGet");
    t.notes.warn(reasons::PROBE_IGNORED, text);
    Ok(None)
}

fn port(container: &Container, port: &IntOrString, field: &str) -> Result<i32, Untranslatable> {
    match port {
        IntOrString::Int(port) => Ok(*port),
        IntOrString::String(name) => container
            .ports
            .iter()
            .flatten()
            .find(|port| port.name.as_ref() == Some(name))
            .map(|port| port.container_port)
            .or_else(|| name.parse().ok())
            .ok_or_else(|| {
                Untranslatable::new(
                    field,
                    format!("the container has no port named {name:?}"),
                    "name one of its ports, or give the number",
                )
            }),
    }
}
