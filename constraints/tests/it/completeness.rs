//! Nothing is missing, nothing is there twice.

use std::collections::HashSet;

use aci_constraints::evidence::Mark;
use aci_constraints::recipe::ShownBy;
use aci_constraints::{Says, catalogue, evidence};
use aci_emulator::arm::error::catalogue::ENTRIES;
use aci_emulator::validate::violation::RULES;

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
        assert!(Mark::of(&constraint.says.evidence()).is_some(), "{} has no evidence", constraint.id);
    }
}

#[test]
fn what_is_refused_has_words() {
    let refused = catalogue().filter(|it| it.recipe.shown_by == ShownBy::Refusal);
    for constraint in refused {
        assert!(constraint.says.refusal().is_some(), "{} says nothing", constraint.id);
    }
}

/// Constructors of ARM errors that the catalogue leaves out, and why; those marked OURS are no constraints of Azure.
const ERRORS_LEFT_OUT: &[(&str, &[&str])] = &[
    ("a document has no room for a body of four megabytes", &["request_too_large"]),
    (
        "the websocket that exec gives out says it, no call",
        &["container_not_running", "stream_not_found", "stream_refused"],
    ),
    ("the machine's own trouble, not Azure's", &["engine_unavailable", "store_failed"]),
    (
        "in the table of refusals on demand, with the same words",
        &["resource_group_being_deleted", "subscription_disabled"],
    ),
    (
        "about queries, which no client of container groups writes",
        &["invalid_query_parameter", "invalid_filter"],
    ),
    (
        "about preview resources of other kinds",
        &[
            "profile_not_found",
            "profile_revision_not_found",
            "invalid_ngroup",
            "invalid_standby_pool",
            "location_not_available",
        ],
    ),
    (
        "about templates and their deployments, not about what they deploy",
        &[
            "invalid_template",
            "invalid_resource",
            "invalid_output",
            "invalid_deployment",
            "template_missing",
            "template_link",
            "deployment_mode",
            "deployment_name",
            "deployment_not_found",
            "deployment_active",
            "deployment_not_cancelable",
            "deployment_operation_not_found",
        ],
    ),
    (
        "about resources beside container groups",
        &[
            "version_not_served",
            "type_not_served",
            "resource_moved",
            "move_not_supported",
            "role_assignment_exists",
            "role_assignment_not_found",
            "role_assignment_update",
            "invalid_assignment_id",
            "invalid_principal_id",
            "role_definition_not_found",
            "no_such_role",
            "role_name_taken",
            "role_is_assigned",
            "role_is_built_in",
            "network_part_not_found",
            "profile_in_use",
            "security_group_in_use",
            "invalid_address",
            "storage_account_name",
            "storage_account_taken",
            "storage_value",
            "share_not_found",
            "share_name",
            "federated_credential",
        ],
    ),
];

#[test]
fn every_rule_of_validation_is_in_the_catalogue() {
    let shown: HashSet<_> = catalogue()
        .filter_map(|it| match it.says {
            Says::Rule(violation) => Some(violation().name()),
            _ => None,
        })
        .collect();
    let missing: Vec<_> = RULES.iter().map(|rule| rule.name).filter(|name| !shown.contains(name)).collect();
    assert!(missing.is_empty(), "rules without a recipe: {missing:?}");
}

#[test]
fn every_refusal_that_can_be_asked_for_is_in_the_catalogue() {
    let said: HashSet<_> = catalogue().filter_map(|it| it.says.refusal()).map(|it| it.code).collect();
    let missing: Vec<_> = ENTRIES.iter().map(|it| it.code).filter(|code| !said.contains(*code)).collect();
    assert!(missing.is_empty(), "refusals without a recipe: {missing:?}");
}

#[test]
fn every_error_of_the_surface_is_in_the_catalogue_or_left_out_with_a_reason() {
    let shown: HashSet<_> = catalogue()
        .filter_map(|it| match it.says {
            Says::Error(constructor, _) => Some(constructor),
            _ => None,
        })
        .collect();
    let left_out: HashSet<_> = ERRORS_LEFT_OUT.iter().flat_map(|(_, names)| *names).copied().collect();
    let is_ours =
        |name: &str| evidence::of_constructor(name).is_some_and(|it| Mark::of(&it) == Some(Mark::Ours));
    let missing: Vec<_> = evidence::constructors()
        .filter(|name| !shown.contains(name) && !left_out.contains(name) && !is_ours(name))
        .collect();
    assert!(missing.is_empty(), "errors without a recipe: {missing:?}");
    let known: HashSet<_> = evidence::constructors().collect();
    let gone: Vec<_> =
        left_out.iter().filter(|name| !known.contains(*name) || shown.contains(*name)).collect();
    assert!(gone.is_empty(), "left out for nothing: {gone:?}");
}

#[test]
fn anchors_of_the_document_are_there_once() {
    let document = aci_constraints::document::document();
    let mut seen = HashSet::new();
    let mut is_code = false;
    for line in document.lines() {
        is_code ^= line.starts_with("```");
        let heading = line.split_once("# ").filter(|_| !is_code && line.starts_with('#'));
        let Some((_, heading)) = heading else { continue };
        let anchor = heading.to_lowercase().replace(' ', "-").replace(',', "");
        assert!(seen.insert(anchor.clone()), "the anchor {anchor} is there twice");
    }
}
