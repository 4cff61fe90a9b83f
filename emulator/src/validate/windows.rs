//! Rules about Windows groups, which Azure checks before this emulator can say that it runs none.

use aci_model::group::OsType;

use super::{Request, Violation};

pub(super) fn check(request: &Request<'_>) -> Result<(), Violation> {
    let properties = request.properties;
    if properties.os_type != Some(OsType::Windows) {
        return Ok(());
    }
    // Even one of type `None` is refused (USER).
    if request.whole.identity.is_some() {
        return Err(Violation::IdentityOnWindows {});
    }
    if properties.volumes.iter().flatten().next().is_some() {
        return Err(Violation::VolumesOnWindows {});
    }
    let init = properties.init_containers.iter().flatten().next();
    if init.is_some() || properties.containers.iter().flatten().nth(1).is_some() {
        return Err(Violation::ContainersOnWindows { group: request.group() });
    }
    if properties.subnet_ids.iter().flatten().next().is_some() || properties.network_profile.is_some() {
        return Err(Violation::SubnetOnWindows { group: request.group() });
    }
    Ok(())
}
