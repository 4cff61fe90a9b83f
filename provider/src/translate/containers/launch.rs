//! What a container runs: one list of words, where Kubernetes has two and a folder.
//!
//! ACI's command replaces the image's entry point and arguments both, is shown to every reader of the group, and
//! starts in the image's own directory. So arguments alone go behind the entry point that the image's own
//! configuration names; and where a secret goes into the command or the container is to start elsewhere, the
//! image's shell gets to it first and then becomes the program (`exec`), which keeps its process id, its signals
//! and its exit code. An image without a shell cannot do that: its container then fails to start, and the note
//! says what it lacks. To refuse the pod would fail all the others as well.

use aci_model::group::OsType;
use k8s_openapi::api::core::v1::Container;

use super::super::env::Environment;
use super::super::expand::{Piece, pieces};
use super::super::inputs::ImageConfig;
use super::super::{Missing, Refusal, Translation, Untranslatable, reasons};

/// The shell that images have where they have one.
const SHELL: &str = "/bin/sh";

/// A word of the command.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Word {
    Plain(String),
    /// A shell's word in double quotes: it refers to variables with secrets.
    Quoted(String),
}

/// The command of `container`; `None` leaves it to the image.
pub(super) fn command(
    t: &mut Translation<'_>,
    container: &Container,
    env: &Environment,
    at: &str,
) -> Result<Option<Vec<String>>, Refusal> {
    let command = words(container.command.as_deref(), env, &format!("{at}.command"))?;
    let args = words(container.args.as_deref(), env, &format!("{at}.args"))?;
    let dir = container.working_dir.as_deref().filter(|dir| !dir.is_empty());
    let (words, dir) = if !command.is_empty() {
        ([command, args].concat(), dir)
    } else if args.is_empty() && dir.is_none() {
        return Ok(None);
    } else {
        let config = image(t, container, if args.is_empty() { "workingDir" } else { "args" }, at)?;
        match own_words(config, args, dir) {
            Some((words, dir)) => (words, dir),
            None => return Ok(None),
        }
    };
    if words.is_empty() {
        let reason = "neither the pod nor the image says what to run";
        return Err(Untranslatable::new(format!("{at}.command"), reason, "set it").into());
    }
    Ok(Some(launched(t, words, dir, at)?))
}

/// The image's own words with `args` in place of its own, and the folder unless the image starts there anyway;
/// `None` where the image can start itself.
fn own_words<'a>(
    config: &ImageConfig,
    args: Vec<Word>,
    dir: Option<&'a str>,
) -> Option<(Vec<Word>, Option<&'a str>)> {
    let own = if config.working_dir.is_empty() { "/" } else { &config.working_dir };
    let dir = dir.filter(|dir| trimmed(dir) != trimmed(own));
    if args.is_empty() && dir.is_none() {
        return None;
    }
    let args = match args.is_empty() {
        true => config.cmd.iter().cloned().map(Word::Plain).collect(),
        false => args,
    };
    let entrypoint: Vec<_> = config.entrypoint.iter().cloned().map(Word::Plain).collect();
    Some(([entrypoint, args].concat(), dir))
}

fn trimmed(dir: &str) -> &str {
    dir.trim_end_matches('/')
}

fn image<'a>(
    t: &Translation<'a>,
    container: &Container,
    field: &str,
    at: &str,
) -> Result<&'a ImageConfig, Missing> {
    let name = container.image.as_deref().unwrap_or_default();
    let why = match t.inputs.images.get(name) {
        Some(Ok(config)) => return Ok(config),
        Some(Err(why)) => why.as_str(),
        None => "nobody was asked",
    };
    let text = format!(
        "the entry point of image {name:?} cannot be read: {why}; ACI's command replaces it, so set {at}.command as \
         well"
    );
    Err(Missing::image(format!("{at}.{field}"), text))
}

/// The words as they are, or behind a shell where something is left to be done.
fn launched(
    t: &mut Translation<'_>,
    words: Vec<Word>,
    dir: Option<&str>,
    at: &str,
) -> Result<Vec<String>, Untranslatable> {
    let quoted = words.iter().any(|word| matches!(word, Word::Quoted(_)));
    if dir.is_none() && !quoted {
        return Ok(words.into_iter().map(Word::into_text).collect());
    }
    if t.settings.os_type == OsType::Windows {
        let field = if quoted { format!("{at}.command") } else { format!("{at}.workingDir") };
        let reason = "Windows containers have no shell that every image shares";
        return Err(Untranslatable::new(field, reason, "let the image or its program see to it"));
    }
    if let Some(dir) = dir {
        let text = format!("{at}.workingDir: {SHELL} of the image changes to {dir} before the command");
        t.notes.info(reasons::STARTED_BY_SHELL, text);
    }
    if quoted {
        let text = format!(
            "{at}.command: {SHELL} of the image puts the secrets into the command, which Azure shows to every \
             reader of the group"
        );
        t.notes.info(reasons::STARTED_BY_SHELL, text);
    }
    Ok(shell(words, dir))
}

/// `sh -c 'cd "$0" && exec "$@"' dir words…`, with words that hold secrets spelt out in the script.
fn shell(words: Vec<Word>, dir: Option<&str>) -> Vec<String> {
    let change = dir.map_or("", |_| "cd -- \"$0\" && ");
    let mut positions = 0;
    let script: Vec<_> = words
        .iter()
        .map(|word| match word {
            Word::Quoted(text) => format!("\"{text}\""),
            Word::Plain(_) => {
                positions += 1;
                format!("\"${{{positions}}}\"")
            }
        })
        .collect();
    let all_plain = positions == words.len();
    let script = if all_plain { "\"$@\"".to_owned() } else { script.join(" ") };
    let plain = words.into_iter().filter(|word| matches!(word, Word::Plain(_))).map(Word::into_text);
    let start = [SHELL.to_owned(), "-c".to_owned(), format!("{change}exec {script}")];
    start.into_iter().chain([dir.unwrap_or(SHELL).to_owned()]).chain(plain).collect()
}

impl Word {
    fn into_text(self) -> String {
        match self {
            Word::Plain(text) | Word::Quoted(text) => text,
        }
    }
}

/// The words with `$(NAME)`s replaced (`ExpandContainerCommandAndArgs` in `pkg/kubelet/container/helpers.go`).
fn words(given: Option<&[String]>, env: &Environment, at: &str) -> Result<Vec<Word>, Untranslatable> {
    let given = given.unwrap_or_default();
    given.iter().enumerate().map(|(i, text)| word(text, env, &format!("{at}[{i}]"))).collect()
}

fn word(text: &str, env: &Environment, at: &str) -> Result<Word, Untranslatable> {
    env.check_known(text, at)?;
    let pieces = pieces(text);
    let value = |piece: &Piece<'_>| match piece {
        Piece::Reference(name) => env.get(name),
        Piece::Text(_) => None,
    };
    let secret = pieces.iter().filter_map(value).any(|value| value.secret);
    let parts = pieces.iter().map(|piece| match (piece, value(piece)) {
        (Piece::Reference(name), Some(value)) if value.secret => format!("${{{name}}}"),
        (_, Some(value)) if secret => escaped(&value.text),
        (_, Some(value)) => value.text.clone(),
        (Piece::Text(text), None) if secret => escaped(text),
        (Piece::Text(text), None) => (*text).to_owned(),
        (Piece::Reference(name), None) if secret => escaped(&format!("$({name})")),
        (Piece::Reference(name), None) => format!("$({name})"),
    });
    let text = parts.collect();
    Ok(if secret { Word::Quoted(text) } else { Word::Plain(text) })
}

/// `text` between a shell's double quotes.
fn escaped(text: &str) -> String {
    text.chars()
        .flat_map(|c| matches!(c, '\\' | '"' | '$' | '`').then_some('\\').into_iter().chain([c]))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    fn plain(words: &[&str]) -> Vec<Word> {
        words.iter().map(|word| Word::Plain((*word).to_owned())).collect()
    }

    fn config(entrypoint: &[&str], cmd: &[&str], working_dir: &str) -> ImageConfig {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        ImageConfig { entrypoint: owned(entrypoint), cmd: owned(cmd), working_dir: working_dir.to_owned() }
    }

    #[test]
    fn arguments_replace_the_image_s_own_and_follow_its_entry_point() {
        let image = config(&["/entry"], &["own"], "/app");
        let (words, dir) = own_words(&image, plain(&["mine"]), None).unwrap();
        assert_eq!((words, dir), (plain(&["/entry", "mine"]), None));
    }

    #[test]
    fn a_folder_that_the_image_starts_in_anyway_changes_nothing() {
        assert_eq!(own_words(&config(&["/entry"], &[], "/app"), Vec::new(), Some("/app/")), None);
        let (words, dir) = own_words(&config(&["/entry"], &["own"], ""), Vec::new(), Some("/app")).unwrap();
        assert_eq!((words, dir), (plain(&["/entry", "own"]), Some("/app")));
    }

    /// What a program sees of a command line: each word in brackets, after the folder it started in.
    fn run(command: &[String], variable: &str) -> String {
        let (program, args) = command.split_first().unwrap();
        let output = Command::new(program).args(args).env("SECRET", variable).output().unwrap();
        assert!(output.status.success(), "{command:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn show(words: Vec<Word>) -> Vec<Word> {
        [plain(&["/bin/sh", "-c", "pwd; printf '[%s]' \"$@\"", "show"]), words].concat()
    }

    #[test]
    fn a_shell_starts_the_program_in_its_folder_with_its_words() {
        let command = shell(show(plain(&["a b", "$(C)", "", "'"])), Some("/usr"));
        assert_eq!(run(&command, ""), "/usr\n[a b][$(C)][][']");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn a_secret_arrives_in_its_word_and_is_not_in_the_command(
            before in "[ -~]{0,12}", secret in "[a-zA-Z \"'$`\\\\*]{8,20}", after in "[ -~]{0,12}",
        ) {
            let text = format!("{}$(SECRET){}", before.replace('$', "$$"), after.replace('$', "$$"));
            let word = word(&text, &Environment::with_secret("SECRET", &secret), "at").unwrap();
            let command = shell(show(vec![word]), Some("/"));
            prop_assert!(!command.concat().contains(&secret));
            prop_assert_eq!(run(&command, &secret), format!("/\n[{before}{secret}{after}]"));
        }
    }
}
