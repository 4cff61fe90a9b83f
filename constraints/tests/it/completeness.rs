//! Nothing is missing, nothing is there twice.

use std::collections::HashSet;

use aci_constraints::catalogue;
use aci_constraints::evidence::Mark;
use aci_constraints::recipe::ShownBy;

#[test]
fn ids_are_kebab_case_and_there_once() {
    let mut seen = HashSet::new();
    for constraint in catalogue() {
        let id = constraint.id;
        assert!(aci_emulator::validate::is_dns_label(id), "{id} is no name of a group");
        assert!(seen.insert(id), "{id} is there twice");
    }
}

#[test]
fn every_constraint_has_evidence() {
    for constraint in catalogue() {
        assert!(Mark::of(constraint.says.evidence()).is_some(), "{} has no evidence", constraint.id);
    }
}

#[test]
fn what_is_refused_has_words() {
    let refused = catalogue().filter(|it| it.recipe.shown_by == ShownBy::Refusal);
    for constraint in refused {
        assert!(constraint.says.refusal().is_some(), "{} says nothing", constraint.id);
    }
}
