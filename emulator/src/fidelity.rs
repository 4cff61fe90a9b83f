//! How faithful the emulator is: every operation, every rule and every known deviation, as `docs/FIDELITY.md` tells
//! them. Operations and rules are read from the tables that decide; what those do not say stands here.

use std::fmt::Write as _;

use aci_model::ApiVersion;
use aci_model::group::versions::MEMBERS;

use crate::api::surface::Operation;
use crate::validate::violation::RULES;

mod deviations;
mod operations;

pub use deviations::{DEVIATIONS, Deviation};
pub use operations::{SPECIFIED, Specified};

/// The operations of the service that are not served.
pub fn missing() -> Vec<&'static str> {
    let served = |id: &str| Operation::ALL.iter().any(|operation| operation.id() == id);
    SPECIFIED.iter().map(|operation| operation.id).filter(|id| !served(id)).collect()
}

/// The whole document.
pub fn document() -> String {
    let mut text = String::from(HEAD);
    // Writing to a string does not fail.
    let _ = write_operations(&mut text)
        .and_then(|()| write_members(&mut text))
        .and_then(|()| write_rules(&mut text))
        .and_then(|()| write_deviations(&mut text));
    text
}

const HEAD: &str = "\
# Fidelity

Generated from the tables of the code; `UPDATE_DOCS=1 cargo nextest run -p aci-emulator fidelity` writes it anew.

Evidence: REC recorded traffic of the service; DOC Microsoft's documentation; USER an answer pasted by a user of Azure;
WELL-KNOWN stable wording of Azure Resource Manager; ASSUMED chosen by analogy, as no source tells; OURS where the
emulator refuses what Azure accepts.
";

fn write_operations(text: &mut String) -> std::fmt::Result {
    let missing = missing();
    writeln!(text, "\n## Operations\n\n{} specified, {} missing.\n", SPECIFIED.len(), missing.len())?;
    writeln!(text, "| operation | api-versions | how it is served |\n|---|---|---|")?;
    for Specified { id, how } in SPECIFIED {
        match Operation::ALL.iter().find(|operation| operation.id() == *id) {
            Some(operation) => writeln!(text, "| {id} | {} | {how} |", spans(|v| operation.is_in(v)))?,
            None => writeln!(text, "| {id} | | missing |")?,
        }
    }
    Ok(())
}

fn write_members(text: &mut String) -> std::fmt::Result {
    writeln!(text, "\n## Members by api-version\n")?;
    writeln!(
        text,
        "What a version does not know is ignored in a request and absent from a response; all other members"
    )?;
    writeln!(text, "of a container group are in every version.\n\n| member | api-versions |\n|---|---|")?;
    for member in MEMBERS {
        let recorded = if member.recorded { " (REC; the documents lack it)" } else { "" };
        writeln!(text, "| `{}` | {}{recorded} |", member.path, spans(|v| member.is_in(v)))?;
    }
    Ok(())
}

fn write_rules(text: &mut String) -> std::fmt::Result {
    writeln!(text, "\n## Rules\n\n{} rules, in the order of the code's table.\n", RULES.len())?;
    writeln!(text, "| code | status | text | evidence |\n|---|---|---|---|")?;
    for rule in RULES {
        let words = rule.text.replace("{{", "{").replace("}}", "}").replace('|', "\\|");
        writeln!(text, "| {} | {} | `{words}` | {} |", rule.code, rule.status, rule.evidence.trim())?;
    }
    Ok(())
}

fn write_deviations(text: &mut String) -> std::fmt::Result {
    writeln!(
        text,
        "\n## Known deviations\n\n| what Azure does | what the emulator does | why |\n|---|---|---|"
    )?;
    for Deviation { azure, ours, reason } in DEVIATIONS {
        writeln!(text, "| {azure} | {ours} | {reason} |")?;
    }
    Ok(())
}

/// The stretches of versions for which something holds.
fn spans(holds: impl Fn(ApiVersion) -> bool) -> String {
    let stretches = ApiVersion::ALL.chunk_by(|one, other| holds(*one) == holds(*other));
    let stretches = stretches.filter_map(|stretch| match stretch {
        [only] if holds(*only) => Some(only.to_string()),
        [first, .., last] if holds(*first) => Some(format!("{first} … {last}")),
        _ => None,
    });
    stretches.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_that_is_served_is_told() {
        for operation in Operation::ALL {
            assert!(SPECIFIED.iter().any(|it| it.id == operation.id()), "{} is not told", operation.id());
        }
    }

    #[test]
    fn stretches_of_versions_are_told_by_their_ends() {
        let first = |version: ApiVersion| version <= ApiVersion::V2017_10_01Preview;
        assert_eq!(spans(first), "2017-08-01-preview … 2017-10-01-preview");
        let two = |version| [ApiVersion::V2018_10_01, ApiVersion::V2021_09_01].contains(&version);
        assert_eq!(spans(two), "2018-10-01, 2021-09-01");
    }
}
