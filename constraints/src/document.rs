//! `docs/CONSTRAINTS.md`: the catalogue for people, every block of which can be copied and run.

use std::fmt::Write as _;

mod azure_cli;
mod curl;

use crate::evidence::Mark;
use crate::recipe::{Az, Kubectl, RESOURCE_GROUP, SUBSCRIPTION};
use crate::{Area, Constraint, Recipe, Says, catalogue};

/// The whole document.
pub fn document() -> String {
    let mut text = head();
    // Writing to a string does not fail.
    let _ = write_counts(&mut text).and_then(|()| write_contents(&mut text));
    for area in Area::ALL {
        let _ = write_chapter(&mut text, *area);
    }
    text
}

/// The constraints by evidence, in the order of [`Mark::ALL`].
pub fn counts() -> Vec<(Mark, usize)> {
    let count = |mark: &Mark| {
        let of_mark = catalogue().filter(|it| Mark::of(&it.says.evidence()) == Some(*mark));
        (*mark, of_mark.count())
    };
    Mark::ALL.iter().map(count).filter(|(_, count)| *count > 0).collect()
}

fn head() -> String {
    let subscription = SUBSCRIPTION.trim_start_matches("/subscriptions/");
    format!(
        "\
# Constraints

Generated from the tables of `constraints/src`; `UPDATE_DOCS=1 cargo nextest run -p aci-constraints document` writes it
anew. Each recipe is a test: `constraints/tests/it` sends the calls, `e2e/conformance/test_az_constraints.py` runs the
`az` blocks as they are printed here.

## How to use it

Find what Azure said in this page, run the recipe, change what the way out names, run it again. An emulator of its own
keeps the recipes apart from your work:

```sh
cargo run -p aci-emulator -- --in-memory
```

A recipe that needs other flags says so. What the blocks with `curl` need (curl 7.82 or later, and jq):

```sh
arm=http://127.0.0.1:4580
sub=/subscriptions/{subscription}
rg=$sub/resourceGroups/{RESOURCE_GROUP}
groups=$rg/providers/Microsoft.ContainerInstance/containerGroups
token() {{
  curl -sS $arm/common/oauth2/v2.0/token -d grant_type=client_credentials -d client_id=\"$1\" -d client_secret=any \\
    -d scope=\"${{2:-https://management.azure.com/.default}}\" | jq -r .access_token
}}
auth=\"Authorization: Bearer $(token me)\"
curl -sS -X PUT \"$arm$rg?api-version=2021-04-01\" -H \"$auth\" --json '{{\"location\": \"westeurope\"}}'
```

The blocks with `az` need the same, and `az` signed in to the emulator as [README.md](../README.md) tells, with
`az account set -s {subscription}`. Each group is named after its constraint, so recipes leave each other alone;
`curl -X POST $arm/_emulator/reset` removes all of them. `{varies}` in a text stands for what differs from run to run. `az rest` sends a body on one line, so lines and
positions in the answer are others than here.
",
        varies = crate::says::VARIES
    )
}

fn write_counts(text: &mut String) -> std::fmt::Result {
    writeln!(text, "\n## By evidence\n\n{} constraints.\n", catalogue().count())?;
    writeln!(text, "| evidence | constraints | meaning |\n|---|---|---|")?;
    for (mark, count) in counts() {
        writeln!(text, "| {} | {count} | {} |", mark.name(), mark.meaning())?;
    }
    Ok(())
}

fn of_area(area: Area) -> impl Iterator<Item = &'static Constraint> {
    catalogue().filter(move |it| it.area == area)
}

fn write_contents(text: &mut String) -> std::fmt::Result {
    writeln!(text, "\n## Contents")?;
    for area in Area::ALL.iter().filter(|area| of_area(**area).next().is_some()) {
        writeln!(text, "\n- {}", area.title())?;
        for constraint in of_area(*area) {
            let id = constraint.id;
            match constraint.says.refusal() {
                Some(refusal) => writeln!(text, "  - [{id}](#{id}): {} `{}`", refusal.status, refusal.code)?,
                None => writeln!(text, "  - [{id}](#{id})")?,
            }
        }
    }
    Ok(())
}

fn write_chapter(text: &mut String, area: Area) -> std::fmt::Result {
    if of_area(area).next().is_none() {
        return Ok(());
    }
    writeln!(text, "\n## {}", area.title())?;
    of_area(area).try_for_each(|constraint| write_constraint(text, constraint))
}

fn write_constraint(text: &mut String, constraint: &Constraint) -> std::fmt::Result {
    let Constraint { id, says, why, way_out, recipe, .. } = constraint;
    writeln!(text, "\n### {id}\n")?;
    write_words(text, says)?;
    writeln!(text, "\nEvidence: {}\n\nWhy: {why}\n\nWay out: {way_out}", sentence(&says.evidence()))?;
    if !recipe.flags.is_empty() {
        let flags = recipe.flags.join(" ");
        writeln!(text, "\nThe emulator needs `{flags}`:")?;
        writeln!(text, "\n```sh\ncargo run -p aci-emulator -- --in-memory {flags}\n```")?;
    }
    if recipe.call.is_some() {
        writeln!(text, "\nREST:\n\n```sh\n{}```", curl::block(recipe))?;
    }
    write_az(text, recipe)?;
    if let Some(kubectl) = &recipe.kubectl {
        write_kubectl(text, id, recipe, kubectl)?;
    }
    Ok(())
}

fn write_words(text: &mut String, says: &Says) -> std::fmt::Result {
    match says {
        Says::Seen { seen, .. } => {
            writeln!(text, "The group comes to show:\n\n| where | what |\n|---|---|")?;
            for it in *seen {
                writeln!(text, "| `{}` | {} |", it.at, it.is.replace('|', "\\|"))?;
            }
            Ok(())
        }
        Says::Pod { reason: "", message, .. } => writeln!(text, "kubectl is told:\n\n> {message}"),
        Says::Pod { reason, message, .. } => writeln!(text, "The pod tells `{reason}`:\n\n> {message}"),
        Says::Rule(_) | Says::Error(..) | Says::Entry(..) => match says.refusal() {
            Some(it) => writeln!(text, "{} `{}`\n\n> {}", it.status, it.code, it.text.replace('<', "\\<")),
            None => Ok(()),
        },
    }
}

fn write_kubectl(text: &mut String, id: &str, recipe: &Recipe, kubectl: &Kubectl) -> std::fmt::Result {
    writeln!(text, "\nkubectl, with a provider under `--profile {}`:\n\n```sh", kubectl.profile)?;
    if recipe.call.is_none() {
        recipe.before.iter().try_for_each(|step| write!(text, "{}", curl::call(step, "")))?;
    }
    writeln!(text, "kubectl apply -f e2e/data/constraints/{id}.yaml")?;
    match kubectl.command {
        Some(command) => writeln!(text, "kubectl wait --for=condition=Ready pod/{id}\nkubectl {command}")?,
        None => writeln!(text, "kubectl describe pod {id}")?,
    }
    if recipe.call.is_none() && !recipe.after.is_empty() {
        writeln!(text, "# back to the usual state:")?;
        recipe.after.iter().try_for_each(|step| write!(text, "{}", curl::call(step, "")))?;
    }
    writeln!(text, "```\n\n| where | what |\n|---|---|")?;
    match kubectl.command {
        Some(_) => writeln!(text, "| the answer | {} |", kubectl.message)?,
        None => writeln!(text, "| event `{}` | {} |", kubectl.reason, kubectl.message)?,
    }
    kubectl.status.iter().try_for_each(|seen| writeln!(text, "| status `{}` | {} |", seen.at, seen.is))
}

fn write_az(text: &mut String, recipe: &Recipe) -> std::fmt::Result {
    match recipe.az {
        Az::None(reason) => writeln!(text, "\naz: none. {reason}"),
        Az::Refuses(command, words) => {
            let block = azure_cli::block(recipe);
            writeln!(text, "\n`{command}` does not get to Azure, `az` says itself: `{words}`")?;
            writeln!(text, "\naz:\n\n```sh\n{block}```")
        }
        Az::Rest | Az::Command(_) => writeln!(text, "\naz:\n\n```sh\n{}```", azure_cli::block(recipe)),
    }
}

/// With a full stop.
fn sentence(text: &str) -> String {
    format!("{}.", text.trim_end_matches('.'))
}
