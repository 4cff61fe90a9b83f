//! Recipes as calls of curl.

use std::fmt::Write as _;

use crate::Recipe;
use crate::recipe::{Caller, ShownBy, Step, Verb};

/// The whole recipe; the last call shows the constraint.
pub(super) fn block(recipe: &Recipe) -> String {
    let mut text: String = recipe.before.iter().map(|step| call(step, "")).collect();
    if let Some(step) = &recipe.call {
        match recipe.shown_by {
            ShownBy::Refusal | ShownBy::Pod => text.push_str(&call(step, " -w '\\n%{http_code}\\n'")),
            ShownBy::Operation => {
                text.push_str(&call(step, " -D headers -o /dev/null"));
                text.push_str("# until it has ended:\n");
                text.push_str("curl -sS \"$(sed -n 's/^azure-asyncoperation: //Ip' headers | tr -d '\\r')\" -H \"$auth\"\n");
            }
            ShownBy::Group(path) => {
                text.push_str(&call(step, " -o /dev/null"));
                text.push_str("# until it shows:\n");
                text.push_str(&call(&Step::get(path), ""));
            }
        }
    }
    if !recipe.after.is_empty() {
        text.push_str("# back to the usual state:\n");
        text.extend(recipe.after.iter().map(|step| call(step, "")));
    }
    text
}

/// One call, repeated where something is waited for.
pub(super) fn call(step: &Step, options: &str) -> String {
    match step.until {
        Some(until) => {
            let call = once(step, options);
            let member = until.at.replace('/', ".");
            format!(
                "until {} | jq -e '{member} == \"{}\"' >/dev/null; do sleep 1; done\n",
                call.trim_end(),
                until.is
            )
        }
        None => once(step, options),
    }
}

fn once(step: &Step, options: &str) -> String {
    let mut text = String::from("curl -sS");
    if step.method != Verb::Get {
        // Writing to a string does not fail.
        let _ = write!(text, " -X {}", step.method.method());
    }
    let _ = write!(text, " \"$arm{}\"", step.target());
    let _ = match step.caller {
        Caller::Usual | Caller::AnHourAgo => write!(text, " -H \"$auth\""),
        Caller::Client(id) => write!(text, " -H \"Authorization: Bearer $(token {id})\""),
        Caller::Audience(scope) => write!(text, " -H \"Authorization: Bearer $(token me {scope})\""),
        Caller::Header(value) => write!(text, " -H 'Authorization: {value}'"),
        Caller::Nobody => Ok(()),
    };
    text.push_str(options);
    match step.body {
        Some(body) => text.push_str(&format!(" --json @- <<'JSON'\n{}\nJSON\n", body().text())),
        None => text.push('\n'),
    }
    text
}
