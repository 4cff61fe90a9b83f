//! `docs/PROVIDER.md`: generated from the tables, and complete.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use aci_provider::profile::{CONSTRAINTS, Evidence, Met, Modern, ProfileConstraint};
use aci_provider::translate::annotations::{ANNOTATIONS, Origin};
use aci_provider::translate::fields::{Fate, Kind, When, kinds};
use aci_provider::translate::reasons::REASONS;
use k8s_openapi::api::core::v1::PodSpec;

use super::case::{Case, names};
use super::field_types::{self, Types};

const INTRODUCTION: &str = "\
# Pods as container groups

What becomes of every field of a pod (`v1`, as of Kubernetes 1.33), generated from the tables that the provider
itself acts by (`provider/src/translate/fields`, `provider/src/translate/annotations`); `UPDATE_DOCS=1 cargo nextest
run -p aci-provider reference` writes it anew.

- **translated**: the container group has it.
- **told**: the pod runs without it; one event `FieldIgnored` says so, a Warning where containers may behave otherwise.
- **refused**: there is no group for such a pod; one event `ProviderCreateFailed` and the pod's status name field,
  reason and remedy, and the pod is tried again when it changes.
- **elsewhere**: not a kubelet's business.

What is missing (a secret, a config map, a claim that is not bound, an image whose entry point cannot be read) is
waited for as on a kubelet, with its reasons: `FailedMount`, `CreateContainerConfigError`, `ImageInspectError`.
";

const PROFILES: &str = "
## Profiles

`--profile modern` (the default) is what ACI itself supports today, `--profile aks-addon` what AKS documents of its
virtual-node add-on. What that refuses there is refused here in the same way as fields are, by the event
`ProviderCreateFailed` and the pod's status; requests of `kubectl` are answered with the words. A manifest of each
is in `e2e/data/constraints`.

| constraint | met by | `aks-addon` | `modern` | why, and the way out |
|---|---|---|---|---|
";

const API_SERVER: &str = "
## The API server

The service `kubernetes` has an address of the cluster's own network, which leads nowhere from a container group.
`--master-uri` or `MASTER_URI` (`https://name:443`, as in the Go provider's chart) says where containers find the API
server instead: `KUBERNETES_SERVICE_HOST`, `KUBERNETES_SERVICE_PORT` and the other variables of that service hold its
host and port. Its certificate has to name that host, and a name has to be one that the group's name servers resolve.
";

fn fate(fate: &Fate) -> (&'static str, String) {
    match fate {
        Fate::Inside(kind) => ("", format!("see [{kind}](#{})", kind.to_ascii_lowercase())),
        Fate::Translated(how) => ("translated", (*how).to_owned()),
        Fate::Elsewhere(whose) => ("elsewhere", (*whose).to_owned()),
        Fate::Told(telling) => {
            let kind = if telling.warning { "told (Warning)" } else { "told" };
            (kind, format!("{}{}", when(telling.when), telling.text))
        }
        Fate::Refused(given, words) => {
            ("refused", format!("{}{}; {}", when(*given), words.reason, words.remedy))
        }
    }
}

fn when(when: When) -> String {
    match when {
        When::Given => String::new(),
        When::Is(value) => format!("`{value}`: "),
        When::Not(value) => format!("other than `{value}`: "),
    }
}

fn table(out: &mut String, kind: &Kind) {
    writeln!(out, "\n### {}\n\n`{}`\n\n| field | | what becomes of it |\n|---|---|---|", kind.name, kind.at)
        .unwrap();
    for field in kind.fields {
        let (word, text) = fate(&field.fate);
        writeln!(out, "| `{}` | {word} | {} |", field.name, text.replace('|', "\\|")).unwrap();
    }
}

/// The constraints of the add-on, with a column for each profile.
fn profiles(out: &mut String) {
    out.push_str(PROFILES);
    for constraint in CONSTRAINTS {
        let ProfileConstraint { id, field, words, evidence, why, way_out, met, modern } = constraint;
        let source = match evidence {
            Evidence::GoProvider => "the Go provider's words",
            Evidence::AksDocs => "AKS' documentation",
            Evidence::Implied => "follows from both",
        };
        let add_on = match met {
            Met::Pod(_) => format!("refused: {words}"),
            Met::Request(_) => format!("501: {words}"),
            Met::Node => format!("told at the start: {words}"),
            Met::Elsewhere(place) => format!("{words} ({place})"),
        };
        let modern = match modern {
            Modern::Says(text) => (*text).to_owned(),
            Modern::Row(kind, name) => {
                let rows = kinds().filter(|known| known.name == *kind).flat_map(|kind| kind.fields);
                let row = rows.into_iter().find(|field| field.name == *name);
                let (word, text) = fate(&row.unwrap_or_else(|| panic!("{id}: no {kind}.{name}")).fate);
                format!("{word}: {text}")
            }
        };
        writeln!(out, "| `{id}` | {field} | {add_on} | {modern} | {why} ({source}); {way_out} |").unwrap();
    }
}

fn document() -> String {
    let mut out = INTRODUCTION.to_owned();
    out.push_str("\n## Events\n\n| reason | when |\n|---|---|\n");
    for reason in REASONS {
        writeln!(out, "| `{}` | {} |", reason.name, reason.meaning).unwrap();
    }
    out.push_str("\n## Annotations\n\n| annotation | known to | meaning |\n|---|---|---|\n");
    for annotation in ANNOTATIONS {
        let origin = match annotation.origin {
            Origin::GoProvider => "the Go provider",
            Origin::VirtualNodes2 => "virtual nodes v2",
            Origin::Ours => "this provider",
        };
        writeln!(out, "| `{}` | {origin} | {} |", annotation.name, annotation.meaning).unwrap();
    }
    out.push_str(
        "\nAnnotations `microsoft.containerinstance.virtualnode.cmk.*` are refused: the provider sets no \
         customer-managed keys.\n",
    );
    profiles(&mut out);
    out.push_str(API_SERVER);
    out.push_str("\n## Fields\n");
    kinds().for_each(|kind| table(&mut out, kind));
    out
}

#[test]
fn the_reference_is_what_the_tables_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("docs/PROVIDER.md");
    let text = document();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &text).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let stale = written.lines().zip(text.lines()).find(|(written, wanted)| written != wanted);
    assert!(written == text, "UPDATE_DOCS=1 rewrites docs/PROVIDER.md, whose first stale line is {stale:?}");
}

#[test]
fn every_field_of_a_pod_has_exactly_one_row() {
    let types = field_types::of::<PodSpec>();
    let mut problems = Vec::new();
    compare("PodSpec", &types, &mut problems);
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

fn compare(name: &str, types: &Types, problems: &mut Vec<String>) {
    let Some(kind) = kinds().find(|kind| kind.name == name) else {
        return problems.push(format!("there is no table of {name}"));
    };
    let Some(fields) = types.get(kind.of) else {
        return problems.push(format!("{name}: Kubernetes has no type {}", kind.of));
    };
    for (field, holds) in fields {
        let rows: Vec<_> = kind.fields.iter().filter(|row| row.name == field).collect();
        match rows.as_slice() {
            [] => problems.push(format!("{name}.{field} has no row")),
            [row] => {
                if let Fate::Inside(inside) = row.fate {
                    let of = kinds().find(|kind| kind.name == inside).map(|kind| kind.of.to_owned());
                    if of != *holds {
                        problems.push(format!("{name}.{field} is of the type {holds:?}, not {inside}"));
                    }
                    compare(inside, types, problems);
                }
            }
            _ => problems.push(format!("{name}.{field} has {} rows", rows.len())),
        }
    }
    for row in kind.fields.iter().filter(|row| !fields.iter().any(|(field, _)| field == row.name)) {
        problems.push(format!("{name}.{} is no field of Kubernetes", row.name));
    }
}

#[test]
fn every_table_is_reached_and_every_row_says_something() {
    let inside: Vec<_> = kinds()
        .flat_map(|kind| kind.fields)
        .filter_map(|field| match field.fate {
            Fate::Inside(kind) => Some(kind),
            _ => None,
        })
        .collect();
    for kind in kinds() {
        assert!(kind.name == "PodSpec" || inside.contains(&kind.name), "{} is not reached", kind.name);
        for field in kind.fields {
            assert!(!fate(&field.fate).1.trim().is_empty(), "{}.{}", kind.name, field.name);
        }
    }
}

/// The cases tell every reason but those of pods that wait, which the table of missing objects has.
#[test]
fn every_reason_is_told_by_some_case_and_in_the_order_of_names() {
    let told: BTreeSet<_> = names()
        .iter()
        .flat_map(|name| Case::read(name).translate().unwrap().notes)
        .map(|note| note.reason)
        .collect();
    let waits =
        |reason: &str| reason.starts_with("Mandatory") || ["FailedMount", "InspectFailed"].contains(&reason);
    let listed: Vec<_> = REASONS.iter().map(|reason| reason.name).collect();
    assert!(listed.is_sorted(), "{listed:?}");
    let expected: BTreeSet<_> = listed.into_iter().filter(|reason| !waits(reason)).collect();
    assert_eq!(told, expected);
}
