//! Rules about CPU and memory.

use aci_model::group::container::Container;
use aci_model::group::resources::ComputeResources;
use aci_model::group::{ContainerGroupProperties, Priority, Sku};

use super::{Request, Violation, containers, network};
use crate::limits::Range;
use crate::limits::region::SPOT;

/// Reads one amount.
type Read = fn(&ComputeResources) -> Option<f64>;

/// CPU and memory, by Azure's words for them and how to read them.
const RESOURCES: [(&str, Read); 2] =
    [("MemoryInGB", |amount| amount.memory_in_gb), ("Cpu", |amount| amount.cpu)];

/// What the containers of a group request together: gigabytes and cores.
pub(super) fn totals(containers: &[Container]) -> [f64; 2] {
    RESOURCES.map(|(_, read)| containers.iter().filter_map(requests).filter_map(read).sum())
}

/// The cores that a group requests.
pub fn requested_cores(properties: &ContainerGroupProperties) -> f64 {
    let [_, cores] = totals(properties.containers.as_deref().unwrap_or_default());
    cores
}

fn requests(container: &Container) -> Option<&ComputeResources> {
    container.properties.as_ref()?.resources.as_ref()?.requests.as_ref()
}

pub(super) fn check(request: &Request<'_>) -> Result<(), Violation> {
    let containers = request.properties.containers.as_deref().unwrap_or_default();
    for container in containers {
        check_requests(request, container)?;
    }
    let totals @ [memory, cpu] = totals(containers);
    for container in containers {
        check_limits(request, container, totals)?;
    }
    let fits = |range: &Range| {
        (range.min_cpu..=range.max_cpu).contains(&cpu)
            && (range.min_memory_in_gb..=range.max_memory_in_gb).contains(&memory)
    };
    match request.region().range(kind(request)) {
        Some(range) if fits(range) => Ok(()),
        _ => {
            let location = request.location.to_owned();
            // With a virtual network the words have two more (USER).
            let network = if network::joins(request) { " virtual network" } else { "" };
            Err(Violation::RegionCannotServe { location, cpu, memory, network })
        }
    }
}

/// The name under which a region's limits have what a group asks for.
fn kind<'a>(request: &'a Request<'_>) -> &'a str {
    match request.properties.sku.as_ref() {
        _ if request.properties.priority == Some(Priority::Spot) => SPOT,
        None | Some(Sku::NotSpecified) => Sku::Standard.as_str(),
        Some(sku) => sku.as_str(),
    }
}

fn check_requests(request: &Request<'_>, container: &Container) -> Result<(), Violation> {
    let (name, group) = (containers::name(container), request.group());
    let Some(requests) = requests(container) else {
        return Err(Violation::RequestsMissing { container: name, group });
    };
    for (resource, read) in RESOURCES {
        match read(requests) {
            None => return Err(Violation::RequestMissing { resource, container: name, group }),
            Some(amount) if amount > 0.0 => {}
            Some(_) => return Err(Violation::AmountNotPositive { resource, container: name, group }),
        }
    }
    Ok(())
}

fn check_limits(request: &Request<'_>, container: &Container, totals: [f64; 2]) -> Result<(), Violation> {
    let resources = container.properties.as_ref().and_then(|properties| properties.resources.as_ref());
    let Some(resources) = resources else { return Ok(()) };
    let (Some(requests), Some(limits)) = (&resources.requests, &resources.limits) else { return Ok(()) };
    for ((resource, read), total) in RESOURCES.into_iter().zip(totals) {
        let Some(limit) = read(limits) else { continue };
        let (container, group) = (containers::name(container), request.group());
        if read(requests).is_some_and(|requested| limit < requested) {
            let requirement = serde_json::to_string(resources).unwrap_or_default();
            return Err(Violation::LimitBelowRequest { requirement, resource, container, group });
        }
        if limit > total {
            return Err(Violation::LimitAboveGroupTotal { resource, limit, container, total, group });
        }
    }
    Ok(())
}
