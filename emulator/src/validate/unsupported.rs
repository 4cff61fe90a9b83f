//! What Azure accepts and this emulator would have to ignore: refused by name instead.

use aci_model::group::OsType;
use aci_model::group::container::Container;

use super::{Request, Violation};

/// Member, whether it is set, and what to do instead.
type Refusal = (&'static str, bool, &'static str);

pub(super) fn check(request: &Request<'_>) -> Result<(), Violation> {
    let properties = request.properties;
    let windows = properties.os_type == Some(OsType::Windows);
    refuse(
        "properties",
        [("osType", windows, "aci-local runs Linux containers only: set 'osType' to 'Linux'.")],
    )?;
    for (index, container) in properties.containers.iter().flatten().enumerate() {
        check_container(container, &format!("properties.containers[{index}].properties"))?;
    }
    Ok(())
}

fn check_container(container: &Container, path: &str) -> Result<(), Violation> {
    let Some(properties) = &container.properties else { return Ok(()) };
    let requests = properties.resources.as_ref().and_then(|resources| resources.requests.as_ref());
    let gpu = requests.is_some_and(|requests| requests.gpu.is_some());
    refuse(path, [("resources.requests.gpu", gpu, "Remove it; Azure itself retired GPUs in July 2025.")])
}

fn refuse<const N: usize>(path: &str, refusals: [Refusal; N]) -> Result<(), Violation> {
    match refusals.into_iter().find(|(_, set, _)| *set) {
        Some((member, _, remedy)) => {
            Err(Violation::NotSupported { path: format!("{path}.{member}"), remedy })
        }
        None => Ok(()),
    }
}
