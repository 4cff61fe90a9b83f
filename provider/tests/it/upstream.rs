//! The Go project's own tests (azure-aci 1.6.4, virtual-kubelet 1.11.0), and where the same is tested here; what is
//! not, and why.

use crate::support::claims::is_test;

const CONFIG: &str = "src/config/tests.rs";
const CREDENTIAL_FILE: &str = "src/config/credential_file.rs";
const DOCKER_CONFIG: &str = "src/translate/registry/docker_config.rs";
const GOLDENS: (&str, &str) = ("tests/it/translate.rs", "every_pod_becomes_the_group_beside_it");
const INEXISTENT: &str = "tests/it/pods/inexistent.rs";
const PODS: &str = "tests/it/pods.rs";
const PROFILE: (&str, &str) =
    ("tests/it/profile.rs", "every_constraint_refuses_its_pod_in_its_words_under_the_add_on_s_profile");
const REFUSALS: &str = "tests/it/translate/refusals.rs";
const RESOURCES: (&str, &str) =
    ("src/translate/resources.rs", "the_go_provider_s_cases_get_no_less_than_they_asked_for");
const SEARCH_LISTS: (&str, &str) =
    ("src/translate/network/dns.rs", "search_lists_are_cut_to_what_resolvers_take");
const STATUS: (&str, &str) = ("tests/it/status.rs", "phases_follow_states_and_restart_policy");
const USAGE: &str = "tests/it/kubelet/usage.rs";

type Row = (&'static str, (&'static str, &'static str));

/// `aci/e2e`, with kubectl on a cluster.
const END_TO_END: &[Row] = &[
    (
        "TestPodLifecycle: ready, Running",
        ("../e2e/tests/kind/sample.rs", "the_sample_runs_on_the_virtual_node_and_answers_a_cluster_pod"),
    ),
    (
        "TestPodLifecycle: the metrics API and kubectl top",
        (
            "../e2e/tests/kind/metrics.rs",
            "the_summary_and_the_resource_metrics_name_every_container_of_a_pod",
        ),
    ),
    (
        "TestPodLifecycle: kubectl logs --tail",
        ("../e2e/tests/kind/logs.rs", "logs_show_what_the_container_wrote_and_tail_shows_the_end_of_it"),
    ),
    (
        "TestPodLifecycle: kubectl exec",
        ("../e2e/tests/kind/exec.rs", "a_command_has_its_arguments_pipes_and_exit_code"),
    ),
    (
        "TestPodLifecycle: the namespace is deleted",
        ("../e2e/tests/kind/deletion.rs", "a_deleted_namespace_leaves_no_group_and_no_container"),
    ),
    (
        "TestPodWithInitContainersOrder",
        (
            "../e2e/tests/kind/init.rs",
            "init_containers_end_one_after_the_other_before_the_first_container_starts",
        ),
    ),
    (
        "TestPodWithCSIDriver",
        ("../e2e/tests/kind/claims.rs", "what_a_pod_leaves_in_a_claimed_share_the_next_one_finds"),
    ),
    (
        "TestPodWithMultiVolume",
        ("../e2e/tests/kind/tokens.rs", "the_token_that_every_pod_gets_is_where_clients_look_for_it"),
    ),
    ("TestPodWithInitConfidentialContainer", GOLDENS),
];

/// `vk/test/e2e/basic.go`, the suite for any provider.
const LIBRARY: &[Row] = &[
    (
        "TestGetPods",
        (
            "../e2e/tests/kind/metrics.rs",
            "the_node_lists_its_pods_with_their_uids_and_the_provider_tells_how_it_fares",
        ),
    ),
    ("TestGetStatsSummary", (USAGE, "the_summary_tells_pods_and_containers_and_one_bad_pod_spoils_nothing")),
    ("TestGetMetricsResource", (USAGE, "resource_metrics_have_the_kubelet_s_families")),
    (
        "TestPodLifecycleGracefulDelete",
        ("../e2e/tests/kind/deletion.rs", "a_deleted_pod_leaves_no_group_and_no_container"),
    ),
    (
        "TestPodLifecycleGracefulDelete: in the provider until then",
        ("../e2e/tests/kind/deletion.rs", "a_running_pod_is_listed_by_its_uid_until_it_is_deleted"),
    ),
    (
        "TestPodLifecycleForceDelete",
        ("../e2e/tests/kind/deletion.rs", "a_pod_deleted_by_force_leaves_no_group_and_no_container"),
    ),
    (
        "TestCreatePodWithOptionalInexistentSecrets, …ConfigMap",
        (INEXISTENT, "a_pod_runs_without_what_is_optional_and_is_told"),
    ),
    (
        "TestCreatePodWithMandatoryInexistentSecrets, …ConfigMap",
        (INEXISTENT, "a_pod_waits_without_a_group_for_what_is_mandatory"),
    ),
];

/// `aci/pkg`, the unit tests.
const UNITS: &[Row] = &[
    ("TestMakeRegistryCredential, …FromDockerConfig", (DOCKER_CONFIG, "every_form_of_an_entry")),
    (
        "TestGetImagePullSecretsWithDockerCfgSecret",
        (DOCKER_CONFIG, "the_old_form_has_its_servers_at_the_top"),
    ),
    ("TestGetImagePullSecretsWithDockerConfigJSONSecret", (DOCKER_CONFIG, "every_form_of_an_entry")),
    ("TestDockerConfig*", (DOCKER_CONFIG, "what_is_malformed_is_refused_without_a_word_of_its_content")),
    ("TestCreatePodWithoutResourceSpec, …RequestOnly, …RequestAndLimit", RESOURCES),
    ("TestCreatePodWithWindowsOS, TestFilterWindowsServiceAccountSecretVolume", GOLDENS),
    ("TestCreatePodWithGPU: refused, as Azure retired them", PROFILE),
    ("TestPodToACISecretEnvVar", ("tests/it/translate/defects.rs", "secrets_are_sent_as_secure_values")),
    ("TestPodToACIEnvVar", GOLDENS),
    (
        "TestConfigureNode",
        ("src/node/object.rs", "the_node_looks_like_an_aks_virtual_node_and_like_a_kubelet_s"),
    ),
    ("TestCreatePodWithNamedLivenessProbe, …LivenessProbe, …ReadinessProbe, TestGetProbe", GOLDENS),
    ("TestCreatePodWithStartupProbe: rejected", PROFILE),
    ("TestCreatePodWithLifecycleHooks: rejected", PROFILE),
    ("TestCreatedPodWithContainerPort", GOLDENS),
    (
        "TestGetPodsWithEmptyList, TestGetPodsWithoutResourceRequestsLimits, TestGetPodWithContainerID",
        ("tests/it/kubelet/access.rs", "the_running_pods_are_those_whose_groups_azure_has"),
    ),
    ("TestDeleteContainerGroup", (PODS, "a_pod_becomes_a_group_runs_and_goes")),
    ("TestGetPodStatus, TestContainerGroupToPodStatus", STATUS),
    (
        "TestGetContainerLogs",
        ("tests/it/kubelet/logs.rs", "a_log_is_given_whole_or_in_the_part_that_is_asked_for"),
    ),
    ("TestRunInContainer", ("tests/it/kubelet/exec.rs", "output_errors_and_the_exit_code_arrive_apart")),
    (
        "TestFetchStandardPodsEvents, TestFetchPodEvents",
        (PODS, "acis_events_are_told_once_even_across_restarts"),
    ),
    ("TestCreatedPodWithAzureFilesVolume, …CSIVolume", GOLDENS),
    ("TestCreatedPodWithProjectedVolume, TestGetVolumesForProjectedVol*Source", GOLDENS),
    (
        "TestGetVolumesForSecretVolume, …ConfigMapVolume: missing ones",
        (REFUSALS, "missing_objects_are_waited_for_as_by_a_kubelet"),
    ),
    (
        "TestCreatePodWithInitContainers: resources are ignored, not rejected",
        ("tests/it/translate/defects.rs", "what_the_go_provider_loses_or_refuses_arrives"),
    ),
    ("TestCreatePodWithConfidentialComputeProperties", GOLDENS),
    ("TestUpdatePodStatus", (PODS, "a_group_deleted_in_azure_fails_its_pod")),
    (
        "TestProcessPodUpdates, TestUpdatePodsLoop",
        ("tests/it/pods/cost.rs", "many_pods_in_motion_share_their_looks"),
    ),
    (
        "TestCleanupDanglingPods",
        ("src/pods/collect.rs", "only_groups_of_this_node_and_cluster_without_a_pod_are_dangling"),
    ),
    ("TestGetDNSConfig", GOLDENS),
    ("TestFormDNSSearchFitsLimits, TestFormDNSNameserversFitsLimits", SEARCH_LISTS),
    ("TestValidateNetworkConfig", (CONFIG, "every_bad_value_is_one_line_that_names_it_and_the_remedy")),
    (
        "TestAKSCred, …FileNotFound, …BadJson",
        (CREDENTIAL_FILE, "a_broken_file_is_named_without_its_contents"),
    ),
    (
        "TestSetAuthConfigWithAuthFile, …AKSCredFile, …EnvVariablesOnly",
        (CONFIG, "a_flag_wins_over_a_variable_and_that_over_azure_json_and_that_over_the_provider_file"),
    ),
    ("TestDecode", (CREDENTIAL_FILE, "every_byte_order_mark_that_az_wrote_is_understood")),
    (
        "TestGetStatsSummary, TestFilterOutContainerNotInPod",
        (USAGE, "the_summary_tells_pods_and_containers_and_one_bad_pod_spoils_nothing"),
    ),
    ("TestGetMetricsResource", (USAGE, "resource_metrics_have_the_kubelet_s_families")),
    (
        "TestCalculateUsageNanoCores",
        ("src/kubelet/usage/counter.rs", "a_rate_between_two_readings_is_the_difference_over_the_time"),
    ),
    (
        "TestLogAnalyticsFileParsingSuccess, …Failure",
        (CONFIG, "the_workspace_of_the_chart_s_file_is_understood_and_variables_win_over_it"),
    ),
    (
        "TestConfig, TestBadConfig, TestDefaultedConfig",
        (CONFIG, "defaults_are_those_of_the_go_provider_except_that_nothing_listens_beyond_loopback"),
    ),
];

/// What has no counterpart, and why.
const WITHOUT: &[(&str, &str)] = &[
    ("TestInitVaidationContainer", "the provider makes no subnet, so there is no container that does"),
    ("TestShouldCreateOrUpdateSubnet", "the same: Azure's refusal is told instead"),
    ("TestWindowsPodLifecycle", "no engine here runs Windows containers; their groups are among the goldens"),
    ("TestCreatePodWithGPUSKU, TestGetGPUSKU", "Azure retired the GPUs of container groups"),
    ("TestPodStatsGetterDecider", "there is one source of metrics, Azure Monitor"),
];

#[test]
fn every_test_of_the_go_project_has_its_own_here_or_a_reason() {
    let rows = [END_TO_END, LIBRARY, UNITS].into_iter().flatten();
    for (upstream, (file, test)) in rows {
        assert!(is_test(file, test), "{upstream}: {file} has no test {test}");
    }
    assert!(WITHOUT.iter().all(|(_, why)| !why.is_empty()));
}
