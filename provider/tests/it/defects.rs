//! The defects found in the Go provider's code, by their numbers, and the test that shows each absent here.

use crate::support::claims::is_test;

/// Number, the defect, the file of the test, its name.
const ROWS: [(u32, &str, &str, &str); 28] = [
    (
        1,
        "authentication discarded",
        "tests/it/kubelet/reviews.rs",
        "an_anonymous_client_gets_401_on_every_route_by_every_method",
    ),
    (2, "secrets as plain values", "tests/it/translate/defects.rs", "secrets_are_sent_as_secure_values"),
    (3, "no response, panic", "tests/it/arm.rs", "a_connection_that_breaks_is_an_error_not_a_panic"),
    (
        4,
        "a subnet that is not there, panic",
        "tests/it/pods/bad_days.rs",
        "a_subnet_that_is_not_there_is_told_by_its_pod_and_ends_nothing",
    ),
    (
        5,
        "the subnet's subscription",
        "src/config/tests.rs",
        "a_subnet_in_another_subscription_is_named_by_it",
    ),
    (6, "failed for ever", "tests/it/pods.rs", "a_transient_failure_heals_and_leaves_no_trace"),
    (
        7,
        "pods made anew at restarts",
        "tests/it/pods.rs",
        "a_restart_touches_no_group_and_collects_those_without_pods",
    ),
    (
        8,
        "another node's group",
        "tests/it/pods/turns.rs",
        "clusters_that_share_a_resource_group_leave_each_other_alone",
    ),
    (
        9,
        "one waiting container hides all",
        "tests/it/status.rs",
        "one_waiting_container_hides_nothing_of_the_others",
    ),
    (10, "exit code 0", "tests/it/status.rs", "exit_codes_and_restarts_are_the_real_ones"),
    (11, "Ready though completed", "tests/it/status.rs", "a_completed_pod_is_not_ready"),
    (
        12,
        "events lost, repeated, garbled",
        "tests/it/pods.rs",
        "acis_events_are_told_once_even_across_restarts",
    ),
    (13, "diagnostics shared", "tests/it/translate/defects.rs", "every_group_has_diagnostics_of_its_own"),
    (14, "UDP becomes TCP", "tests/it/translate/defects.rs", "udp_ports_stay_udp"),
    (
        15,
        "optional by default",
        "tests/it/translate/defects.rs",
        "a_secret_is_mandatory_unless_it_is_said_to_be_optional",
    ),
    (
        16,
        "a workspace without its id",
        "src/config/tests.rs",
        "the_workspace_of_the_chart_s_file_is_understood_and_variables_win_over_it",
    ),
    (
        17,
        "one time-out for another",
        "src/config/tests.rs",
        "clients_are_reviewed_unless_the_flags_say_otherwise_and_each_time_has_its_own_field",
    ),
    (18, "SIGTERM ignored", "src/shutdown.rs", "sigterm_asks_for_the_end"),
    (
        19,
        "statistics all or nothing",
        "tests/it/kubelet/usage.rs",
        "the_summary_tells_pods_and_containers_and_one_bad_pod_spoils_nothing",
    ),
    (
        20,
        "logs that are not there",
        "tests/it/kubelet/logs.rs",
        "what_is_not_there_is_named_in_the_kubelet_s_words",
    ),
    (21, "names that collide", "tests/it/translate/defects.rs", "group_names_are_legal_and_nobody_else_s"),
    (
        22,
        "collection by name",
        "tests/it/pods/turns.rs",
        "a_group_that_an_earlier_process_left_is_waited_for_too",
    ),
    (23, "the provider's own token given away", "tests/it/translate/defects.rs", "no_group_has_an_extension"),
    (
        24,
        "a bad quota, panic",
        "src/config/tests.rs",
        "every_bad_value_is_one_line_that_names_it_and_the_remedy",
    ),
    (25, "resourceVersion 0", "src/pods/report.rs", "a_patch_holds_for_the_version_that_it_was_made_from"),
    (
        26,
        "time-outs of port-forward swapped",
        "tests/it/kubelet/port_forward.rs",
        "half_a_connection_is_given_up_within_a_minute_and_one_at_rest_within_hours",
    ),
    (27, "passwords with colons", "tests/it/translate/defects.rs", "passwords_may_hold_colons"),
    (
        28,
        "credentials missing, panic",
        "src/config/tests.rs",
        "every_bad_value_is_one_line_that_names_it_and_the_remedy",
    ),
];

#[test]
fn every_row_names_a_test_that_there_is() {
    let numbers: Vec<_> = ROWS.iter().map(|(number, ..)| *number).collect();
    assert_eq!(numbers, (1..=28).collect::<Vec<_>>());
    for (number, defect, file, test) in ROWS {
        assert!(is_test(file, test), "{number} ({defect}): {file} has no test {test}");
    }
}
