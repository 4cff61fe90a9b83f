//! Liveness, readiness and startup probes.

use aci_model::group::probe::{ContainerProbe, ExecAction, HttpGetAction, HttpHeader};
use k8s_openapi::api::core::v1::{Container, HTTPGetAction, Probe};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::{Translation, Untranslatable};

/// Kubernetes' defaults, for a startup probe that leaves them out.
const DEFAULT_PERIOD: i32 = 10;
/// The same for failures in a row.
const DEFAULT_FAILURES: i32 = 3;

/// The liveness probe. ACI has no startup probe: its whole budget becomes the liveness probe's delay, so
/// that a slow start is not killed.
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
    if let Some(probe) = &mut probe {
        probe.initial_delay_seconds = Some(probe.initial_delay_seconds.unwrap_or(0).max(budget));
    }
    t.notes.warn(
        "StartupProbeIgnored",
        format!("{at}.startupProbe: ACI has none; a liveness probe waits for its {budget} seconds instead"),
    );
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
    let exec = probe.exec.as_ref().map(|exec| ExecAction { command: exec.command.clone() });
    let http_get = probe.http_get.as_ref().map(|get| http_get(t, container, get, at)).transpose()?;
    if exec.is_none() && http_get.is_none() {
        t.notes.warn("ProbeIgnored", format!("{at}: ACI probes by exec and httpGet only; use one of them"));
        return Ok(None);
    }
    Ok(Some(ContainerProbe {
        exec,
        http_get,
        initial_delay_seconds: probe.initial_delay_seconds,
        period_seconds: probe.period_seconds,
        failure_threshold: probe.failure_threshold,
        success_threshold: probe.success_threshold,
        timeout_seconds: probe.timeout_seconds,
    }))
}

fn http_get(
    t: &mut Translation<'_>,
    container: &Container,
    get: &HTTPGetAction,
    at: &str,
) -> Result<HttpGetAction, Untranslatable> {
    if get.host.as_deref().is_some_and(|host| !host.is_empty()) {
        t.notes.ignored(format!("{at}.httpGet.host"));
    }
    let headers = get.http_headers.iter().flatten();
    let headers: Vec<_> = headers
        .map(|header| HttpHeader { name: Some(header.name.clone()), value: Some(header.value.clone()) })
        .collect();
    Ok(HttpGetAction {
        path: Some(get.path.clone().unwrap_or_else(|| "/".to_owned())),
        port: Some(port(container, &get.port, &format!("{at}.httpGet.port"))?),
        scheme: get.scheme.as_ref().map(|scheme| scheme.to_ascii_lowercase()),
        http_headers: (!headers.is_empty()).then_some(headers),
    })
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
