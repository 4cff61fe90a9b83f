//! Two answers to one call, compared: what is different, in words.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde_json::Value;

use super::recording::Interaction;
use crate::support::app::Answer;

/// Headers of the way rather than of the answer: framing, compression, the proxies on the road.
const OF_THE_WAY: &[&str] =
    &["content-length", "date", "server", "transfer-encoding", "vary", "x-msedge-ref"];

/// Headers that azure-cli's recorder leaves out.
const STRIPPED: &[&str] = &[
    "x-ms-correlation-request-id",
    "x-ms-ratelimit-remaining-subscription-reads",
    "x-ms-request-id",
    "x-ms-routing-request-id",
];

/// Headers that have been the same for as long as they have been there.
const FIXED: &[&str] = &[
    "azure-asyncnotification",
    "cache-control",
    "content-type",
    "expires",
    "pragma",
    "strict-transport-security",
    "x-cache",
    "x-content-type-options",
];

/// The year since which the gateway answers as it does today; older answers lack headers.
const TODAY: u16 = 2025;

pub(super) fn differences(recorded: &Interaction, answer: &Answer, body: &Value) -> Vec<String> {
    let mut found = Vec::new();
    if answer.status.as_u16() != recorded.status {
        found.push(format!("status {} for {}: {}", answer.status.as_u16(), recorded.status, answer.text));
        return found;
    }
    headers(recorded, answer, &mut found);
    members(&recorded.body, body, "", &mut found);
    order(&recorded.body, body, "", &mut found);
    found
}

fn headers(recorded: &Interaction, answer: &Answer, found: &mut Vec<String>) {
    let is_compared = |name: &str| !OF_THE_WAY.contains(&name) && !STRIPPED.contains(&name);
    let theirs: BTreeSet<_> =
        recorded.headers.keys().map(String::as_str).filter(|name| is_compared(name)).collect();
    let ours: BTreeSet<_> =
        answer.headers.keys().map(|name| name.as_str()).filter(|name| is_compared(name)).collect();
    found.extend(theirs.difference(&ours).map(|name| format!("no header {name}")));
    if recorded.year >= TODAY {
        found.extend(ours.difference(&theirs).map(|name| format!("header {name} added")));
    }
    for name in theirs.intersection(&ours).filter(|name| FIXED.contains(name)) {
        let (theirs, ours) = (&recorded.headers[*name], answer.header(name));
        if theirs != ours {
            found.push(format!("header {name} is {ours} for {theirs}"));
        }
    }
}

/// What one of two values has and the other has not, each told once, at the outermost member that is missing.
fn members(theirs: &Value, ours: &Value, path: &str, found: &mut Vec<String>) {
    match (theirs, ours) {
        (Value::Object(theirs), Value::Object(ours)) => {
            let names: BTreeSet<_> = theirs.keys().chain(ours.keys()).collect();
            for name in names {
                member(theirs.get(name), ours.get(name), &format!("{path}.{name}"), found);
            }
        }
        // What happened is told by kind, and not by count or order.
        (Value::Array(theirs), Value::Array(ours)) if path.ends_with("vents") => {
            let names: BTreeSet<_> =
                theirs.iter().chain(ours).filter_map(|event| event["name"].as_str()).collect();
            for name in names {
                let of = |events: &[Value]| {
                    let mut event = events.iter().find(|event| event["name"] == name).cloned()?;
                    event["count"] = event["count"].is_number().into();
                    Some(event)
                };
                member(of(theirs).as_ref(), of(ours).as_ref(), &format!("{path}[{name}]"), found);
            }
        }
        (Value::Array(theirs), Value::Array(ours)) => {
            for at in 0..theirs.len().max(ours.len()) {
                member(theirs.get(at), ours.get(at), &format!("{path}[{at}]"), found);
            }
        }
        _ if shown(theirs) == shown(ours) => {}
        _ => found.push(format!("body has {path} = {} for {}", shown(ours), shown(theirs))),
    }
}

fn member(theirs: Option<&Value>, ours: Option<&Value>, path: &str, found: &mut Vec<String>) {
    match (theirs, ours) {
        (Some(theirs), Some(ours)) => members(theirs, ours, path, found),
        (Some(theirs), None) => found.push(format!("body lacks {path} = {}", shown(theirs))),
        (None, Some(ours)) => found.push(format!("body adds {path} = {}", shown(ours))),
        (None, None) => {}
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{:?}", normal(&with_image(text))),
        other => other.to_string(),
    }
}

/// azure-cli's recorder takes an image with its digest for a person's address.
fn with_image(text: &str) -> String {
    let text = text.replace("aaa@foo.com256:", "image@sha256:");
    let Some((before, after)) = text.split_once("@sha256:") else { return text };
    let name = before.rfind(['/', '"', ' ']).map_or(0, |at| at + 1);
    format!("{}image@sha256:{after}", &before[..name])
}

/// The members that both have stand in the same order.
fn order(theirs: &Value, ours: &Value, path: &str, found: &mut Vec<String>) {
    match (theirs, ours) {
        (Value::Object(theirs), Value::Object(ours)) => {
            let left: Vec<_> = theirs.keys().filter(|name| ours.contains_key(*name)).collect();
            let right: Vec<_> = ours.keys().filter(|name| theirs.contains_key(*name)).collect();
            if left != right {
                found.push(format!("order of {path}: {right:?} for {left:?}"));
            }
            for name in left {
                order(&theirs[name], &ours[name], &format!("{path}.{name}"), found);
            }
        }
        (Value::Array(theirs), Value::Array(ours)) if !path.ends_with("vents") => {
            let pairs = theirs.iter().zip(ours).enumerate();
            pairs.for_each(|(at, (theirs, ours))| order(theirs, ours, &format!("{path}[{at}]"), found));
        }
        _ => {}
    }
}

/// A text without what is different each time: ids, times, addresses, digests, hosts of ours.
fn normal(text: &str) -> String {
    if text.parse::<jiff::Timestamp>().is_ok() {
        return "<time>".to_owned();
    }
    let text = text
        .replace("http://arm.test", "https://management.azure.com")
        .replace("ws://arm.test", "wss://host");
    let mut out = String::new();
    for part in text.split_inclusive(|c: char| !c.is_ascii_alphanumeric() && !"-.".contains(c)) {
        let end = part.trim_end_matches(|c: char| !c.is_ascii_alphanumeric() && !"-.".contains(c));
        out.push_str(&word(end));
        out.push_str(&part[end.len()..]);
    }
    out
}

fn word(text: &str) -> String {
    let is_digest = text.len() == 64 && text.chars().all(|c| c.is_ascii_hexdigit());
    match text {
        _ if text.parse::<uuid::Uuid>().is_ok() || is_digest => "<id>".to_owned(),
        _ if text.parse::<IpAddr>().is_ok() => "<ip>".to_owned(),
        _ if text.ends_with(".atlas.cloudapp.azure.com") => "host".to_owned(),
        other => other.to_owned(),
    }
}
