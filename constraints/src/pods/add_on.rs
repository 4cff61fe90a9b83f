//! What the AKS add-on does not do, from the provider's own table.

use aci_provider::profile::{self, Act, Evidence, Met, Profile, ProfileConstraint};

use super::{CREATE_FAILED, PROVIDER_FAILED};
use crate::recipe::{Kubectl, Recipe};
use crate::{Constraint, Says};

/// The chapter: those that a pod, or a request about one, meets.
pub(crate) const CONSTRAINTS: &[Constraint] = &ALL;

const fn is_met(constraint: &ProfileConstraint) -> bool {
    matches!(constraint.met, Met::Pod(_) | Met::Request(_))
}

const COUNT: usize = {
    let (mut count, mut i) = (0, 0);
    while i < profile::CONSTRAINTS.len() {
        count += is_met(&profile::CONSTRAINTS[i]) as usize;
        i += 1;
    }
    count
};

const ALL: [Constraint; COUNT] = {
    let mut all = [of(&profile::CONSTRAINTS[0]); COUNT];
    let (mut count, mut i) = (0, 0);
    while i < profile::CONSTRAINTS.len() {
        if is_met(&profile::CONSTRAINTS[i]) {
            all[count] = of(&profile::CONSTRAINTS[i]);
            count += 1;
        }
        i += 1;
    }
    all
};

const fn of(constraint: &'static ProfileConstraint) -> Constraint {
    let ProfileConstraint { id, words, why, way_out, .. } = constraint;
    let evidence = match constraint.evidence {
        Evidence::GoProvider => {
            "DOC: the words are those of virtual-kubelet/azure-aci, which the add-on runs"
        }
        Evidence::AksDocs => "DOC: AKS' list of limitations; the words are ours",
        Evidence::Implied => {
            "ASSUMED: it follows from AKS' documentation and the add-on's code; the words are ours"
        }
    };
    let command = match constraint.met {
        Met::Request(Act::ExecArguments) => Some("exec aks-exec-arguments -- ls /"),
        Met::Request(Act::Attach) => Some("attach aks-attach"),
        Met::Request(Act::PortForward) => Some("port-forward pod/aks-port-forward 8080:80"),
        Met::Pod(_) | Met::Node | Met::Elsewhere(_) => None,
    };
    let kubectl = match command {
        None => Kubectl {
            profile: Profile::AksAddon,
            command,
            reason: CREATE_FAILED,
            message: words,
            status: PROVIDER_FAILED,
        },
        Some(_) => Kubectl { profile: Profile::AksAddon, command, reason: "", message: words, status: &[] },
    };
    let says = Says::Pod { evidence, reason: kubectl.reason, message: words };
    super::of(id, says, why, way_out, Recipe::pod(kubectl))
}
