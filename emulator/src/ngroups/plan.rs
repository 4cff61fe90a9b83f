//! What NGroups does next: pure, from what is kept and what is seen of its members.
//!
//! ```text
//! Wanted ──make──► Made ──(replace)──► Replaced ──batch settled──► Leaving ──delete──► gone
//!                   │ ▲
//!        (in place) │ └── changed
//!                   ▼ │
//!                 Outdated
//! ```
//!
//! A step is taken again whenever a member changes, until nothing is left to do; so an effect that did not happen
//! is asked for again, and none depends on the order in which groups get ready.

use std::collections::BTreeMap;

use aci_model::ngroup::NGroupProvisioningState;
use jiff::Timestamp;

use super::pool;
use super::record::{Member, NGroup, Phase, Rollout, Template};

/// What is seen of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// It is on its way.
    Working,
    /// It has arrived.
    Healthy,
    /// It has arrived where it should not be: why.
    Unhealthy(String),
}

/// The members that there are, by name.
pub type Sight = BTreeMap<String, Seen>;

/// What is to be done with a container group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Make it, or change it, by the member of this name.
    Put(String),
    /// Delete it.
    Delete(String),
}

/// Decides what to do now; `name` gives names that no group has.
pub fn advance(
    ngroup: &mut NGroup,
    seen: &Sight,
    now: Timestamp,
    mut name: impl FnMut() -> String,
) -> Vec<Effect> {
    if ngroup.is_deleting {
        ngroup.members.iter_mut().for_each(|member| member.phase = Phase::Leaving);
        return effects(ngroup, seen);
    }
    drop_lost(ngroup, seen);
    if ngroup.is_pool() {
        pool::tend(ngroup, seen, now);
    }
    resize(ngroup, &mut name);
    if ngroup.is_rolling() {
        roll(ngroup, seen, now, &mut name);
    }
    let effects = effects(ngroup, seen);
    arrive(ngroup, seen, &effects);
    effects
}

/// When something is to be done although nothing happens.
pub fn wake(ngroup: &NGroup) -> Option<Timestamp> {
    let paused_until = match ngroup.rollout {
        Rollout::PausedUntil(until) => Some(until),
        _ => None,
    };
    [paused_until, ngroup.degraded_until].into_iter().flatten().min()
}

/// Members whose groups somebody has deleted: replaced or no longer wanted (DOC: `maintainDesiredCount`).
fn drop_lost(ngroup: &mut NGroup, seen: &Sight) {
    let is_lost = |member: &Member| {
        matches!(member.phase, Phase::Made | Phase::Outdated)
            && member.refusal.is_none()
            && !seen.contains_key(&member.name)
    };
    let lost = ngroup.members.iter().filter(|member| is_lost(member)).count();
    ngroup.members.retain(|member| {
        !(is_lost(member) || member.phase == Phase::Replaced && !seen.contains_key(&member.name))
    });
    if !ngroup.maintains_count() {
        (0..lost).for_each(|_| ngroup.want_one_less());
    }
}

fn is_standing(member: &Member) -> bool {
    !matches!(member.phase, Phase::Leaving | Phase::Replaced)
}

/// Scales out and in. New members go where the fewest are; of the most crowded zone the last comers leave.
fn resize(ngroup: &mut NGroup, name: &mut impl FnMut() -> String) {
    let standing = ngroup.members.iter().filter(|member| is_standing(member)).count();
    let missing = if ngroup.degraded_until.is_some() { 0 } else { ngroup.desired().saturating_sub(standing) };
    for _ in 0..missing {
        let (template, zone) = (rarest_template(ngroup), rarest_zone(ngroup));
        let Some(template) = template else { return };
        ngroup.members.push(Member::wanted(name(), template, zone));
    }
    for _ in ngroup.desired()..standing {
        let crowd = |ngroup: &NGroup, zone: &Option<String>| in_zone(ngroup, zone.as_deref());
        let most = ngroup.members.iter().filter(|it| is_standing(it)).map(|it| crowd(ngroup, &it.zone)).max();
        let last =
            ngroup.members.iter().rposition(|it| is_standing(it) && Some(crowd(ngroup, &it.zone)) == most);
        if let Some(last) = last {
            ngroup.members[last].phase = Phase::Leaving;
        }
    }
}

fn rarest_template(ngroup: &NGroup) -> Option<Template> {
    let users = |template: &&Template| {
        ngroup.members.iter().filter(|it| is_standing(it) && it.template == **template).count()
    };
    ngroup.templates.iter().min_by_key(users).cloned()
}

fn rarest_zone(ngroup: &NGroup) -> Option<String> {
    let zones = ngroup.spec.zones.iter().flatten();
    zones.min_by_key(|zone| in_zone(ngroup, Some(zone.as_str()))).cloned()
}

fn in_zone(ngroup: &NGroup, zone: Option<&str>) -> usize {
    ngroup.members.iter().filter(|it| is_standing(it) && it.zone.as_deref() == zone).count()
}

/// Whether a member is on its way: not made, not as its template says, or not yet where it should be.
fn is_unsettled(member: &Member, seen: &Sight) -> bool {
    match member.phase {
        _ if member.refusal.is_some() => false,
        Phase::Wanted | Phase::Outdated => true,
        Phase::Made => seen.get(&member.name) == Some(&Seen::Working),
        Phase::Replaced | Phase::Leaving => false,
    }
}

/// Batch by batch; a batch is settled before the next begins.
fn roll(ngroup: &mut NGroup, seen: &Sight, now: Timestamp, name: &mut impl FnMut() -> String) {
    if ngroup.rollout == Rollout::Halted || ngroup.members.iter().any(|member| is_unsettled(member, seen)) {
        return;
    }
    let outdated = outdated(ngroup);
    if ngroup.rollout == Rollout::Batch {
        let replaced = ngroup.members.iter_mut().filter(|member| member.phase == Phase::Replaced);
        replaced.for_each(|member| member.phase = Phase::Leaving);
        ngroup.rollout = Rollout::PausedUntil(now.checked_add(ngroup.pause()).unwrap_or(Timestamp::MAX));
    }
    if outdated.is_empty() {
        ngroup.rollout = Rollout::Ready;
        return;
    }
    // Asked again at the end of the pause: what starts well may fall soon after.
    let (updated, unhealthy) = updated(ngroup, seen);
    if ngroup.is_too_unhealthy(unhealthy, updated) {
        ngroup.rollout = Rollout::Halted;
    }
    let is_due = match ngroup.rollout {
        Rollout::Ready => true,
        Rollout::PausedUntil(until) => now >= until,
        Rollout::Batch | Rollout::Halted => false,
    };
    if is_due {
        begin_batch(ngroup, &outdated, name);
    }
}

/// The places of the members that are not as any template says.
fn outdated(ngroup: &NGroup) -> Vec<usize> {
    let is_old = |member: &Member| is_standing(member) && !ngroup.templates.contains(&member.template);
    (0..ngroup.members.len()).filter(|place| is_old(&ngroup.members[*place])).collect()
}

/// How many members are as a template says, and how many of those are unhealthy.
fn updated(ngroup: &NGroup, seen: &Sight) -> (usize, usize) {
    let updated =
        ngroup.members.iter().filter(|it| is_standing(it) && ngroup.templates.contains(&it.template));
    let unhealthy = updated.clone().filter(|it| complaint(it, seen).is_some());
    (updated.count(), unhealthy.count())
}

fn begin_batch(ngroup: &mut NGroup, outdated: &[usize], name: &mut impl FnMut() -> String) {
    for place in outdated.iter().take(ngroup.batch()) {
        let Some(template) = rarest_template(ngroup) else { return };
        if ngroup.updates_in_place() {
            let member = &mut ngroup.members[*place];
            (member.template, member.phase, member.refusal) = (template, Phase::Outdated, None);
        } else {
            let zone = ngroup.members[*place].zone.clone();
            ngroup.members[*place].phase = Phase::Replaced;
            ngroup.members.push(Member::wanted(name(), template, zone));
        }
    }
    ngroup.rollout = Rollout::Batch;
}

fn effects(ngroup: &NGroup, seen: &Sight) -> Vec<Effect> {
    let effect = |member: &Member| match member.phase {
        Phase::Wanted if member.refusal.is_none() => Some(Effect::Put(member.name.clone())),
        // A group that is on its way takes no change; when it has arrived this is asked again.
        Phase::Outdated if member.refusal.is_none() && seen.get(&member.name) != Some(&Seen::Working) => {
            Some(Effect::Put(member.name.clone()))
        }
        Phase::Leaving => Some(Effect::Delete(member.name.clone())),
        _ => None,
    };
    ngroup.members.iter().filter_map(effect).collect()
}

/// Comes to rest when nothing is left to do.
fn arrive(ngroup: &mut NGroup, seen: &Sight, effects: &[Effect]) {
    let is_rolling = matches!(ngroup.rollout, Rollout::Batch | Rollout::PausedUntil(_));
    let is_busy = is_rolling
        || !effects.is_empty()
        || ngroup.members.iter().any(|it| is_unsettled(it, seen) || it.phase == Phase::Replaced);
    if is_busy {
        if !ngroup.is_in_transition() && !effects.is_empty() {
            ngroup.state = NGroupProvisioningState::Updating;
        }
        return;
    }
    if !ngroup.is_in_transition() {
        return;
    }
    let complaints = ngroup.members.iter().filter_map(|member| complaint(member, seen));
    let complaints: Vec<String> = complaints.collect();
    ngroup.error = (!complaints.is_empty()).then(|| complaints.join(";"));
    ngroup.state = match ngroup.error {
        Some(_) if !ngroup.is_pool() => NGroupProvisioningState::Failed,
        _ => NGroupProvisioningState::Succeeded,
    };
}

/// What is wrong with a member.
pub(super) fn complaint(member: &Member, seen: &Sight) -> Option<String> {
    match (&member.refusal, seen.get(&member.name)) {
        (Some(refusal), _) => Some(refusal.clone()),
        (None, Some(Seen::Unhealthy(why))) => Some(why.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
