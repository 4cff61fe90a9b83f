//! Recipes as commands of `az`.

use crate::Recipe;
use crate::recipe::{Az, Caller, ShownBy, Step};

use super::curl;

/// The whole recipe; the last command before the way back shows the constraint.
pub(super) fn block(recipe: &Recipe) -> String {
    let mut text: String = recipe.before.iter().map(command).collect();
    match (recipe.az, &recipe.call) {
        (Az::Command(command), _) => text.push_str(&format!("{command}\n")),
        (_, Some(call)) => text.push_str(&command(call)),
        (_, None) => {}
    }
    if let ShownBy::Group(path) = recipe.shown_by {
        text.push_str("# until it shows:\n");
        text.push_str(&command(&Step::get(path)));
    }
    if !recipe.after.is_empty() {
        text.push_str("# back to the usual state:\n");
        text.extend(recipe.after.iter().map(command));
    }
    text
}

/// A call by `az rest`; the emulator's own endpoints are not Azure's, and curl's.
fn command(step: &Step) -> String {
    if step.caller != Caller::Usual {
        return curl::call(step, "");
    }
    let method = step.method.method().as_str().to_lowercase();
    let head = format!("az rest --method {method} --url \"{}\"", step.target());
    match step.body {
        _ if step.until.is_some() => curl::call(step, ""),
        Some(body) => format!("{head} --body @- <<'JSON'\n{}\nJSON\n", body().text()),
        None => format!("{head}\n"),
    }
}
