//! Rules about liveness and readiness probes.

use aci_model::group::probe::{ContainerProbe, HttpGetAction};
use http::uri::PathAndQuery;
use http::{HeaderName, HeaderValue};

use super::containers::{is_port, name};
use super::{Request, Violation, missing};

/// A probe that is looked at: which member of which container, and where that is in the request.
struct Place<'a> {
    probe: &'static str,
    container: String,
    group: &'a str,
    path: String,
}

pub(super) fn check(request: &Request<'_>) -> Result<(), Violation> {
    for (index, container) in request.properties.containers.iter().flatten().enumerate() {
        let Some(properties) = &container.properties else { continue };
        let probes =
            [("livenessProbe", &properties.liveness_probe), ("readinessProbe", &properties.readiness_probe)];
        for (member, probe) in probes {
            let Some(probe) = probe else { continue };
            let path = format!("properties.containers[{index}].properties.{member}");
            let place = Place { probe: member, container: name(container), group: request.name, path };
            check_action(&place, probe)?;
            check_numbers(&place, probe)?;
        }
    }
    Ok(())
}

fn check_action(place: &Place<'_>, probe: &ContainerProbe) -> Result<(), Violation> {
    let Place { probe: member, container, group, .. } = place;
    let (container, group) = (container.clone(), (*group).to_owned());
    match (&probe.exec, &probe.http_get) {
        (Some(exec), None) if exec.command.as_ref().is_none_or(Vec::is_empty) => {
            Err(Violation::ProbeCommand { probe: member, container, group })
        }
        (Some(_), None) => Ok(()),
        (None, Some(request)) => check_request(place, request),
        (None, None) | (Some(_), Some(_)) => Err(Violation::ProbeAction { probe: member, container, group }),
    }
}

fn check_request(place: &Place<'_>, request: &HttpGetAction) -> Result<(), Violation> {
    let Place { probe, container, group, path } = place;
    let (container, group) = (container.clone(), (*group).to_owned());
    let port = request.port.ok_or_else(|| missing("port", format!("{path}.httpGet")))?;
    if !is_port(port.into()) {
        return Err(Violation::ProbePort { probe, port, container, group });
    }
    let known = |scheme: &&String| ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    if let Some(scheme) = request.scheme.as_ref().filter(|scheme| !known(scheme)) {
        return Err(Violation::ProbeScheme { probe, scheme: scheme.clone(), container, group });
    }
    let headers = request.http_headers.iter().flatten();
    let is_header = |(name, value): (&str, &str)| {
        HeaderName::try_from(name).is_ok() && HeaderValue::try_from(value).is_ok()
    };
    let mut named = headers.map(|header| {
        (header.name.as_deref().unwrap_or_default(), header.value.as_deref().unwrap_or_default())
    });
    let member = match &request.path {
        // A path without the slash gets one; an empty one is the root.
        Some(path) if PathAndQuery::try_from(format!("/{path}")).is_err() => "path",
        _ if !named.all(is_header) => "httpHeaders",
        _ => return Ok(()),
    };
    Err(Violation::ProbeRequest { probe, member, container, group })
}

fn check_numbers(place: &Place<'_>, probe: &ContainerProbe) -> Result<(), Violation> {
    let numbers = [
        ("initialDelaySeconds", probe.initial_delay_seconds, 0),
        ("periodSeconds", probe.period_seconds, 1),
        ("failureThreshold", probe.failure_threshold, 1),
        ("successThreshold", probe.success_threshold, 1),
        ("timeoutSeconds", probe.timeout_seconds, 1),
    ];
    for (member, number, least) in numbers {
        if let Some(number) = number.filter(|number| *number < least) {
            let (container, group) = (place.container.clone(), place.group.to_owned());
            return Err(Violation::ProbeNumber {
                probe: place.probe,
                member,
                number,
                least,
                container,
                group,
            });
        }
    }
    Ok(())
}
