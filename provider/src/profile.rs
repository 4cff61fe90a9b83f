//! Whose limits hold on the node: those of ACI today, or those of the AKS add-on.
//!
//! ACI can do more than the virtual nodes of AKS let through: init containers, hooks told, probes mapped, claims.
//! Who has a cluster with the add-on wants to see here what is refused there, and so the profile `aks-addon` refuses
//! it, by the one table [`CONSTRAINTS`]: the translation asks it for pods ([`check`]), the kubelet API for requests
//! ([`Profile::refuses`]), the settings for the node ([`Profile::remarks`]). `docs/PROVIDER.md` shows it.

use std::fmt;
use std::str::FromStr;

use k8s_openapi::api::core::v1::Pod;

use crate::translate::Untranslatable;

mod pods;
mod table;

pub use table::CONSTRAINTS;

/// Whose limits hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// What ACI itself supports runs.
    #[default]
    Modern,
    /// What AKS documents of its virtual-node add-on, and what the Go provider in it refuses, is refused.
    AksAddon,
}

/// Something that the AKS add-on does not do.
#[derive(Debug)]
pub struct ProfileConstraint {
    /// Its name in documents and recipes.
    pub id: &'static str,
    /// What of a pod, a request or a cluster meets it.
    pub field: &'static str,
    /// What is said; names in braces are filled in.
    pub words: &'static str,
    /// Where the words are from.
    pub evidence: Evidence,
    /// Why it is so.
    pub why: &'static str,
    /// What to do about it.
    pub way_out: &'static str,
    /// Where it is met.
    pub met: Met,
    /// What becomes of the same under [`Profile::Modern`].
    pub modern: Modern,
}

/// Where the words of a constraint are from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Verbatim from the code of virtual-kubelet/azure-aci, which the add-on runs.
    GoProvider,
    /// The limitation is in AKS' documentation of virtual nodes; the words are ours.
    AksDocs,
    /// It follows from both; the words are ours.
    Implied,
}

/// Where a constraint is met.
#[derive(Clone, Copy, Debug)]
pub enum Met {
    /// In pods that the function finds something in: there is no group for them.
    Pod(fn(&Pod) -> Option<Found>),
    /// In requests to the kubelet API.
    Request(Act),
    /// In the node's own settings, told when the provider starts.
    Node,
    /// Nowhere on the node; where instead.
    Elsewhere(&'static str),
}

/// What the kubelet API is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// A command of more than one word.
    ExecArguments,
    /// To attach to a container.
    Attach,
    /// To forward ports.
    PortForward,
}

/// What becomes of something under [`Profile::Modern`].
#[derive(Clone, Copy, Debug)]
pub enum Modern {
    /// What the row of that field of that kind says, in [`crate::translate::fields`].
    Row(&'static str, &'static str),
    /// This.
    Says(&'static str),
}

/// What of a pod meets a constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The path of the field.
    at: String,
    /// What the words name in braces.
    names: Vec<(&'static str, String)>,
}

impl Profile {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Modern, Self::AksAddon];

    /// The word of the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Modern => "modern",
            Self::AksAddon => "aks-addon",
        }
    }

    /// The constraint that a request meets, if any.
    pub fn refuses(self, act: Act) -> Option<&'static ProfileConstraint> {
        self.constraints().find(|constraint| matches!(constraint.met, Met::Request(met) if met == act))
    }

    /// What is to be told of a node that has no subnet, as no such node is AKS'.
    pub fn remarks(self, has_subnet: bool) -> impl Iterator<Item = String> {
        let node = move |constraint: &&ProfileConstraint| matches!(constraint.met, Met::Node) && !has_subnet;
        self.constraints().filter(node).map(|constraint| {
            let ProfileConstraint { field, words, way_out, .. } = constraint;
            format!("{field}: {words}; {way_out}")
        })
    }

    /// The constraints that hold.
    fn constraints(self) -> impl Iterator<Item = &'static ProfileConstraint> {
        CONSTRAINTS.iter().filter(move |_| self == Self::AksAddon)
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Profile {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|profile| profile.as_str() == text).ok_or(())
    }
}

impl Found {
    fn at(path: impl Into<String>) -> Self {
        Self { at: path.into(), names: Vec::new() }
    }

    fn naming(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.names.push((name, value.into()));
        self
    }
}

/// Refuses a pod that meets a constraint of `profile`, in the words of the first one. `region` is where its group
/// would be.
///
/// # Errors
/// The refusal.
pub fn check(profile: Profile, pod: &Pod, region: &str) -> Result<(), Untranslatable> {
    for constraint in profile.constraints() {
        let Met::Pod(find) = constraint.met else { continue };
        let Some(found) = find(pod) else { continue };
        let name = pod.metadata.name.clone().unwrap_or_default();
        let found = found.naming("pod", name).naming("region", region);
        let words = found.names.iter().fold(constraint.words.to_owned(), |words, (name, value)| {
            words.replace(&format!("{{{name}}}"), value)
        });
        // The remedy goes on in the same sentence.
        return Err(Untranslatable::new(found.at, words.trim_end_matches('.'), constraint.way_out));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_profile_is_known_by_its_word_alone() {
        for profile in Profile::ALL {
            assert_eq!(profile.to_string().parse(), Ok(profile));
        }
        assert_eq!("aks".parse::<Profile>(), Err(()));
        assert_eq!(Profile::default(), Profile::Modern);
    }

    #[test]
    fn every_constraint_has_a_name_of_its_own_and_says_all_that_it_is_to_say() {
        let ids: BTreeSet<_> = CONSTRAINTS.iter().map(|constraint| constraint.id).collect();
        assert_eq!(ids.len(), CONSTRAINTS.len());
        for constraint in CONSTRAINTS {
            let ProfileConstraint { id, field, words, why, way_out, .. } = constraint;
            assert!(id.starts_with("aks-"), "{id}");
            for text in [field, words, why, way_out] {
                assert!(!text.trim().is_empty(), "{id}");
            }
        }
    }

    #[test]
    fn requests_are_refused_by_the_add_on_s_profile_alone() {
        for act in [Act::ExecArguments, Act::Attach, Act::PortForward] {
            assert!(Profile::Modern.refuses(act).is_none(), "{act:?}");
            assert!(Profile::AksAddon.refuses(act).is_some(), "{act:?}");
        }
    }

    #[test]
    fn a_node_without_a_subnet_is_remarked_on_by_the_add_on_s_profile_alone() {
        let remarks = |profile: Profile, has_subnet| profile.remarks(has_subnet).collect::<Vec<_>>();
        assert!(remarks(Profile::AksAddon, false)[0].contains("Azure CNI"));
        assert!(remarks(Profile::AksAddon, true).is_empty() && remarks(Profile::Modern, false).is_empty());
    }
}
