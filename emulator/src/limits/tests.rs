//! The numbers of regions and subscriptions: which of them a request is held against, and how a file replaces them.

use super::*;

fn parse(text: &str) -> Limits {
    toml::from_str(text).unwrap()
}

#[test]
fn what_a_file_leaves_out_is_azures() {
    assert_eq!(parse(""), Limits::default());
    let limits = parse("[regions.westus.skus.Standard]\nmaxCpu = 4\n");
    let (here, there) = (limits.region("West US"), limits.region("eastus"));
    assert_eq!(here.range("Standard").map(|range| range.max_cpu), Some(4.0));
    assert_eq!(here.range("Standard").map(|range| range.max_memory_in_gb), Some(240.0));
    assert_eq!(there.range("Standard").map(|range| range.max_cpu), Some(31.0));
}

#[test]
fn a_region_that_lists_skus_has_those_alone() {
    let limits = parse("[regions.westus.skus.Standard]\n[regions.eastus]\nzones = [\"1\"]\n");
    assert_eq!(limits.region("westus").range("Confidential"), None);
    assert!(limits.region("eastus").range("Confidential").is_some());
    assert_eq!(limits.region("eastus").zones, ["1"]);
}

#[test]
fn quotas_are_a_subscriptions_in_a_region() {
    let limits = parse("[subscriptions.ABC.eastus]\nContainerGroups = 3\n");
    let groups = |subscription, region| limits.quotas(subscription, region).get(Quota::ContainerGroups);
    assert_eq!((groups("abc", "East US"), groups("abc", "westus"), groups("x", "eastus")), (3, 100, 100));
}

#[test]
fn a_misspelt_region_or_member_is_told() {
    assert!(
        matches!(parse("[regions.atlantis]").check(), Err(LimitsError::UnknownRegion(name)) if name == "atlantis")
    );
    assert!(parse("[regions.\"West US\"]").check().is_err());
    assert!(toml::from_str::<Limits>("quota = 3").is_err());
    assert!(matches!(Limits::read(Path::new("/nowhere")), Err(LimitsError::Unreadable { .. })));
}

#[test]
fn limits_go_through_json_and_back() {
    let limits = parse("[regions.westus]\napiVersions = [\"2023-05-01\"]\n[enforce]\nrates = true\n");
    let text = serde_json::to_string(&limits).unwrap();
    assert_eq!(serde_json::from_str::<Limits>(&text).unwrap(), limits);
}

#[test]
fn limits_are_replaced_for_whoever_asks_next() {
    let shared = SharedLimits::default();
    let (mine, before) = (shared.clone(), shared.now());
    mine.replace(parse("[group]\ncontainers = 2\n"));
    assert_eq!((before.group.containers, shared.now().group.containers), (60, 2));
}
