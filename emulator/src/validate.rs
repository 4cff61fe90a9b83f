//! Whether a container group may be made as asked: pure, from request, version and limits to the first rule
//! that is broken.
//!
//! A rule is a line in the table of [`violation`] and a check in the module of its family.

use aci_model::group::{ContainerGroup, ContainerGroupProperties};
use aci_model::{ApiVersion, ResourceId};

pub mod violation;

mod capacity;
mod containers;
mod diagnostics;
mod identity;
mod images;
mod immutability;
mod names;
mod network;
mod probes;
mod quotas;
mod registry;
mod resources;
mod reuse;
mod settings;
mod unsupported;
mod versions;
mod volumes;
mod windows;

#[cfg(test)]
mod tests;

use crate::limits::{Limits, RegionLimits};
pub use immutability::check_update;
pub use names::is_dns_label;
pub use quotas::{Used, check_quotas, used};
pub use resources::requested_cores;
pub use reuse::check_reuse;
pub use violation::Violation;

/// A request that broke no rule, without what only Azure may write.
#[derive(Clone, Debug, PartialEq)]
pub struct Accepted(pub ContainerGroup);

/// What the rules of every family look at.
struct Request<'a> {
    /// The group's name, as in the URL.
    name: &'a str,
    /// The whole request.
    whole: &'a ContainerGroup,
    /// The region, as given.
    location: &'a str,
    properties: &'a ContainerGroupProperties,
    limits: &'a Limits,
    /// Whether it is no group yet, but what groups are made from.
    is_profile: bool,
}

impl Request<'_> {
    /// What its region has.
    fn region(&self) -> &RegionLimits {
        self.limits.region(self.location)
    }

    /// The group's name, for a text.
    fn group(&self) -> String {
        self.name.to_owned()
    }
}

/// Checks a request body for a container group.
///
/// # Errors
/// The first [`Violation`].
pub fn validate(
    id: &ResourceId,
    group: ContainerGroup,
    version: ApiVersion,
    limits: &Limits,
) -> Result<Accepted, Violation> {
    run(id, group, (version, false), limits)
}

/// Checks what groups are to be made from; the subnet of a private address may be named by whoever makes one (recorded:
/// a group from a standby pool has the subnet from the pool, and its address from the profile).
///
/// # Errors
/// The first [`Violation`].
pub fn validate_profile(
    id: &ResourceId,
    group: ContainerGroup,
    version: ApiVersion,
    limits: &Limits,
) -> Result<Accepted, Violation> {
    run(id, group, (version, true), limits)
}

fn run(
    id: &ResourceId,
    mut group: ContainerGroup,
    (version, is_profile): (ApiVersion, bool),
    limits: &Limits,
) -> Result<Accepted, Violation> {
    versions::check(id, &group, version)?;
    aci_model::group::versions::retain(&mut group, version);
    let location = settings::location(&group)?;
    let properties = group.properties.as_ref().ok_or_else(|| missing("properties", ""))?;
    let request = Request { name: id.name(), whole: &group, location, properties, limits, is_profile };
    settings::check(&request)?;
    identity::check(&request)?;
    windows::check(&request)?;
    capacity::check(&request)?;
    diagnostics::check(&request)?;
    unsupported::check(&request)?;
    containers::check(&request)?;
    probes::check(&request)?;
    resources::check(&request)?;
    volumes::check(&request)?;
    network::check(&request)?;
    registry::check(&request)?;
    images::check(&request)?;
    Ok(Accepted(settings::without_read_only(id, group)))
}

/// A property that is not there.
fn missing(property: &'static str, path: impl Into<String>) -> Violation {
    Violation::RequiredPropertyMissing { property, path: path.into(), line: 0, position: 0 }
}

/// A member that may be absent but not empty text either.
fn required<'a>(
    value: Option<&'a String>,
    property: &'static str,
    path: &str,
) -> Result<&'a String, Violation> {
    value.ok_or_else(|| missing(property, path))
}
