//! Times.

use serde_json::json;

use super::{expect, expect_faults};

#[test]
fn times_are_those_of_the_deployment_in_dotnets_formats() {
    expect(&[
        ("utcNow()", json!("20260102T030405Z")),
        ("utcNow('yyyy-MM-dd HH:mm:ss.fff')", json!("2026-01-02 03:04:05.678")),
        ("utcNow('d')", json!("01/02/2026")),
        ("utcNow('M d')", json!("1 2")),
        ("dateTimeAdd('2020-04-07 14:53:14Z', 'P3Y')", json!("4/7/2023 2:53:14 PM")),
        ("dateTimeAdd('2020-04-07 14:53:14Z', '-P9D')", json!("3/29/2020 2:53:14 PM")),
        ("dateTimeAdd('2020-04-07 14:53:14Z', 'PT1H', 'u')", json!("2020-04-07 15:53:14Z")),
        ("dateTimeAdd(utcNow(), 'PT1M', 'HH:mm')", json!("03:05")),
        ("dateTimeToEpoch('1970-01-01T00:01:00Z')", json!(60)),
        ("dateTimeFromEpoch(1683040573)", json!("2023-05-02T15:16:13Z")),
    ]);
    expect_faults(&["dateTimeAdd('soon', 'P1D')", "dateTimeAdd(utcNow(), 'a day')", "utcNow('')"]);
}
