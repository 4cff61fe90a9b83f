//! From the probes of a request to what a runtime is asked to run.

use std::time::Duration;

use aci_model::group::probe::HttpGetAction;

use super::Unplannable;
use crate::group::Group;
use crate::group::probe::{ProbeKind, TIMEOUT_SECONDS};
use crate::runtime::{HttpGet, ProbeAction, ProbeSpec};

/// One run of a container's probe.
///
/// # Errors
/// [`Unplannable::Container`] when the group has no such container, [`Unplannable::Probe`] when that has no
/// such probe.
pub fn probe_spec(group: &Group, name: &str, kind: ProbeKind) -> Result<ProbeSpec, Unplannable> {
    let containers =
        group.spec.properties.iter().flat_map(|properties| properties.containers.iter().flatten());
    let mut named = containers.filter(|one| one.name.as_deref() == Some(name));
    let container = named.next().and_then(|one| one.properties.as_ref());
    let container = container.ok_or_else(|| Unplannable::Container(name.to_owned()))?;
    let none = || Unplannable::Probe(name.to_owned());
    let probe = match kind {
        ProbeKind::Liveness => container.liveness_probe.as_ref(),
        ProbeKind::Readiness => container.readiness_probe.as_ref(),
    };
    let probe = probe.ok_or_else(none)?;
    let command = probe.exec.as_ref().and_then(|exec| exec.command.clone());
    let request = probe.http_get.as_ref().and_then(http_get);
    let action = command.map(|command| ProbeAction::Exec { command });
    let action = action.or(request.map(ProbeAction::HttpGet)).ok_or_else(none)?;
    let seconds = probe.timeout_seconds.unwrap_or(TIMEOUT_SECONDS);
    let timeout = Duration::from_secs(u64::try_from(seconds).map_or(1, |seconds| seconds.max(1)));
    Ok(ProbeSpec { action, timeout })
}

fn http_get(action: &HttpGetAction) -> Option<HttpGet> {
    let headers = action.http_headers.iter().flatten();
    let path = action.path.as_deref().unwrap_or_default();
    Some(HttpGet {
        tls: action.scheme.as_deref().is_some_and(|scheme| scheme.eq_ignore_ascii_case("https")),
        port: u16::try_from(action.port?).ok()?,
        path: if path.starts_with('/') { path.to_owned() } else { format!("/{path}") },
        headers: headers
            .filter_map(|header| Some((header.name.clone()?, header.value.clone().unwrap_or_default())))
            .collect(),
    })
}
