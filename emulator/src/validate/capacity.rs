//! Rules about what a group is sold as: SKU, zones, spot priority, confidential computing.

use aci_model::group::security::SecurityContext;
use aci_model::group::{Priority, Sku};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Request, Violation, containers, network};

pub(super) fn check(request: &Request<'_>) -> Result<(), Violation> {
    if let Some(Sku::Other(_)) = request.properties.sku {
        return Err(Violation::Sku { group: request.group() });
    }
    check_zones(request)?;
    if request.properties.priority == Some(Priority::Spot) {
        check_spot(request)?;
    }
    let confidential = request.properties.confidential_compute_properties.as_ref();
    if confidential.and_then(|it| it.cce_policy.as_ref()).is_some_and(|it| STANDARD.decode(it).is_err()) {
        return Err(Violation::CcePolicy {});
    }
    check_security(request)
}

fn check_zones(request: &Request<'_>) -> Result<(), Violation> {
    let zones = request.whole.zones.as_deref().unwrap_or_default();
    let known = &request.region().zones;
    if zones.len() <= 1 && zones.iter().all(|zone| known.contains(zone)) {
        return Ok(());
    }
    let location = request.location.to_owned();
    Err(Violation::Zones { zones: zones.join(","), location, group: request.group() })
}

fn check_spot(request: &Request<'_>) -> Result<(), Violation> {
    let properties = request.properties;
    if let Some(sku @ (Sku::Confidential | Sku::Dedicated)) = &properties.sku {
        return Err(Violation::SpotSku { sku: sku.to_string() });
    }
    if properties.ip_address.is_some() || network::joins(request) {
        return Err(Violation::SpotAddress { group: request.group() });
    }
    if request.whole.zones.iter().flatten().next().is_some() {
        return Err(Violation::SpotZones { group: request.group() });
    }
    let resources =
        properties.containers.iter().flatten().filter_map(|it| it.properties.as_ref()?.resources.as_ref());
    let mut amounts = resources.flat_map(|it| [it.requests.as_ref(), it.limits.as_ref()]).flatten();
    if amounts.any(|amount| amount.gpu.is_some()) {
        return Err(Violation::SpotGpu { group: request.group() });
    }
    Ok(())
}

/// Init containers have security contexts as well.
fn check_security(request: &Request<'_>) -> Result<(), Violation> {
    let properties = request.properties;
    for container in properties.containers.iter().flatten() {
        let context = container.properties.as_ref().and_then(|it| it.security_context.as_ref());
        check_context(request, &containers::name(container), context)?;
    }
    for container in properties.init_containers.iter().flatten() {
        let context = container.properties.as_ref().and_then(|it| it.security_context.as_ref());
        check_context(request, container.name.as_deref().unwrap_or_default(), context)?;
    }
    Ok(())
}

fn check_context(
    request: &Request<'_>,
    container: &str,
    context: Option<&SecurityContext>,
) -> Result<(), Violation> {
    let Some(context) = context else { return Ok(()) };
    let (container, group) = (container.to_owned(), request.group());
    if context.privileged == Some(true) && request.properties.sku != Some(Sku::Confidential) {
        return Err(Violation::Privileged { container, group });
    }
    if context.seccomp_profile.as_ref().is_some_and(|profile| STANDARD.decode(profile).is_err()) {
        return Err(Violation::SeccompProfile { container, group });
    }
    Ok(())
}
