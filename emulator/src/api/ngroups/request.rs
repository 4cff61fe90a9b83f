//! From the body of a PUT or PATCH to what NGroups is to be, or the first reason why it cannot.
//!
//! No refusal of NGroups is recorded, so code and words are ours; the rules are those of the documentation ("About
//! NGroups") and of the specification.

use aci_model::ngroup::{
    ContainerGroupProfileStub, ElasticProfile, NGroup as Body, NGroupProperties, UpdateMode, UpdateProfile,
};
use aci_model::{ApiVersion, ResourceId};
use jiff::SignedDuration;

use crate::api::groups::from_profile;
use crate::app::App;
use crate::arm::error::ArmError;
use crate::ngroups::record::{NGroup, Spec, Template};
use crate::regions;
use crate::validate::Violation;

/// The most container groups of one NGroups (DOC: "Resource availability and quota limits", container groups of a
/// subscription in a region, with a raised quota).
const MOST_MEMBERS: i32 = 1000;

/// What is asked for, and what members are made from.
///
/// # Errors
/// What NGroups cannot be.
pub fn read(
    app: &App,
    id: &ResourceId,
    body: Body,
    known: Option<&NGroup>,
    version: ApiVersion,
) -> Result<(Spec, Vec<Template>), ArmError> {
    let fault = |fault: String| ArmError::invalid_ngroup(id.name(), &fault);
    if !is_name(id.name()) {
        return Err(fault(
            "its name must be 1 to 63 letters, digits, '-' and '_', and begin and end with a letter or digit"
                .to_owned(),
        ));
    }
    let location = body.location.filter(|text| !text.trim().is_empty());
    let location = location.ok_or(Violation::LocationRequired {})?;
    if !regions::is_known(&location) {
        return Err(ArmError::location_not_available(&location, aci_model::ngroup::NGROUP_TYPE));
    }
    let mut properties = body.properties.unwrap_or_default();
    properties.provisioning_state = None;
    keep_flag(&mut properties, known);
    check_count(&properties).map_err(fault)?;
    check_updates(properties.update_profile.as_ref()).map_err(fault)?;
    let zones = body.zones;
    if let Some(known) = known {
        check_fixed(&known.spec, &location, zones.as_deref(), &properties).map_err(fault)?;
    }
    let templates = templates(app, &properties)?;
    if templates.is_empty() {
        return Err(fault("'containerGroupProfiles' names no profile".to_owned()));
    }
    let spec = Spec { location, tags: body.tags, zones, identity: body.identity, properties, version };
    Ok((spec, templates))
}

/// The body of the PUT that a PATCH stands for: what it leaves out stays.
pub fn patched(known: Spec, patch: Body) -> Body {
    let Spec { location, tags, zones, identity, properties: was, version: _ } = known;
    let own = patch.properties.unwrap_or_default();
    let elastic_profile = match (was.elastic_profile, own.elastic_profile) {
        (Some(was), Some(own)) => Some(ElasticProfile {
            desired_count: own.desired_count.or(was.desired_count),
            maintain_desired_count: own.maintain_desired_count.or(was.maintain_desired_count),
            container_group_naming_policy: own
                .container_group_naming_policy
                .or(was.container_group_naming_policy),
        }),
        (was, own) => own.or(was),
    };
    let properties = NGroupProperties {
        elastic_profile,
        container_group_profiles: own.container_group_profiles.or(was.container_group_profiles),
        provisioning_state: None,
        update_profile: own.update_profile.or(was.update_profile),
        placement_profile: own.placement_profile.or(was.placement_profile),
    };
    Body {
        properties: Some(properties),
        identity: patch.identity.or(identity),
        location: Some(location),
        tags: patch.tags.or(tags),
        zones: patch.zones.or(zones),
        ..Body::default()
    }
}

/// `^[a-zA-Z0-9]$|^[a-zA-Z0-9][-_a-zA-Z0-9]{0,61}[a-zA-Z0-9]$` (SPEC).
fn is_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    let ends = [bytes.first(), bytes.last()];
    (1..=63).contains(&bytes.len())
        && ends.into_iter().flatten().all(u8::is_ascii_alphanumeric)
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte))
}

/// A flag that is left out stays as it was (DOC).
fn keep_flag(properties: &mut NGroupProperties, known: Option<&NGroup>) {
    let elastic = properties.elastic_profile.get_or_insert_default();
    let was = known.and_then(|known| known.spec.properties.elastic_profile.as_ref()?.maintain_desired_count);
    elastic.maintain_desired_count = elastic.maintain_desired_count.or(was);
}

fn check_count(properties: &NGroupProperties) -> Result<(), String> {
    let elastic = properties.elastic_profile.as_ref();
    let count = elastic.and_then(|elastic| elastic.desired_count).unwrap_or_default();
    let prefix = elastic.and_then(|it| {
        it.container_group_naming_policy.as_ref()?.guid_naming_policy.as_ref()?.prefix.as_deref()
    });
    if !(0..=MOST_MEMBERS).contains(&count) {
        return Err(format!("'desiredCount' must be between 0 and {MOST_MEMBERS}"));
    }
    // A GUID of 36 characters follows, and the whole is a container group's name of at most 63.
    let prefix = prefix.unwrap_or_default();
    let is_good = prefix.len() <= 27
        && prefix.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !prefix.starts_with('-');
    if is_good {
        Ok(())
    } else {
        Err(format!("no container group can have a name that begins with '{prefix}'"))
    }
}

fn check_updates(profile: Option<&UpdateProfile>) -> Result<(), String> {
    let Some(profile) = profile else { return Ok(()) };
    if let Some(UpdateMode::Other(word)) = &profile.update_mode {
        return Err(format!("'updateMode' is '{word}' and must be one of 'Manual, Rolling'"));
    }
    let Some(rolling) = &profile.rolling_update_profile else { return Ok(()) };
    let percents = [
        ("maxBatchPercent", rolling.max_batch_percent, 1..=100),
        ("maxUnhealthyPercent", rolling.max_unhealthy_percent, 0..=100),
    ];
    for (name, percent, range) in percents {
        if percent.is_some_and(|percent| !range.contains(&percent)) {
            return Err(format!("'{name}' must be between {} and {}", range.start(), range.end()));
        }
    }
    let pause = rolling.pause_time_between_batches.as_deref();
    let is_pause = |text: &str| text.parse::<SignedDuration>().is_ok_and(|time| !time.is_negative());
    match pause.filter(|text| !is_pause(text)) {
        Some(text) => Err(format!("'pauseTimeBetweenBatches' is '{text}', which is no duration by ISO 8601")),
        None => Ok(()),
    }
}

/// What stays as the first PUT said (SPEC, DOC): the region, the fault domains, and the zones, to which some can be
/// added.
fn check_fixed(
    known: &Spec,
    location: &str,
    zones: Option<&[String]>,
    properties: &NGroupProperties,
) -> Result<(), String> {
    if regions::normalise(&known.location) != regions::normalise(location) {
        return Err(format!("it is in '{}' and cannot be moved to '{location}'", known.location));
    }
    let removed = known.zones.iter().flatten().find(|zone| !zones.is_some_and(|zones| zones.contains(zone)));
    if let Some(zone) = removed {
        return Err(format!("zone '{zone}' cannot be removed"));
    }
    let domains = |properties: &NGroupProperties| properties.placement_profile.as_ref()?.fault_domain_count;
    let was = domains(&known.properties);
    if was.is_some() && domains(properties).is_some() && was != domains(properties) {
        return Err("'faultDomainCount' cannot be changed".to_owned());
    }
    Ok(())
}

/// What members are made from.
///
/// # Errors
/// When there is no such profile or revision.
pub fn templates(app: &App, properties: &NGroupProperties) -> Result<Vec<Template>, ArmError> {
    let stubs = properties.container_group_profiles.iter().flatten();
    stubs.map(|stub| template(app, stub.clone())).collect()
}

/// A profile of the request with the revision that is meant now: the latest where none is named (SPEC).
fn template(app: &App, stub: ContainerGroupProfileStub) -> Result<Template, ArmError> {
    let id = stub.resource.and_then(|resource| resource.id).unwrap_or_default();
    let (profile, revision) = from_profile::find(app, &id, stub.revision)?;
    let revision = revision.properties.revision.unwrap_or_default();
    Ok(Template { profile, revision, properties: stub.container_group_properties })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_specification() {
        for good in ["a", "A-b_c9", &"x".repeat(63)] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "-a", "a_", "a.b", "ä", &"x".repeat(64)] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
