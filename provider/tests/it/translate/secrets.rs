//! What is secret stays so.

use aci_provider::translate::Refusal;

use super::case::{Case, names};

/// What stands in secrets of the cases, as text and as base64.
const SECRETS: [&str; 6] = ["hunter2", "aHVudGVyMg", "p:a:s:s", "storagekey", "workspacekey", "tokentext"];

#[test]
fn no_secret_shows_in_debug_output_notes_commands_or_tags() {
    for name in names() {
        let case = Case::read(&name);
        let translated = case.translate().unwrap();
        let commands: Vec<_> = translated
            .group
            .properties
            .iter()
            .flat_map(|it| it.containers.iter().flatten())
            .map(|it| it.properties.as_ref().unwrap().command.clone())
            .collect();
        let shown = format!("{translated:?} {:?} {:?} {commands:?}", case.inputs, translated.notes);
        for secret in SECRETS {
            assert!(!shown.contains(secret), "{name} shows {secret}");
        }
    }
}

#[test]
fn a_variable_made_of_a_secret_is_secure_wherever_it_comes_from() {
    let group = Case::read("environment").translate().unwrap().group;
    let container = group.properties.unwrap().containers.unwrap().remove(0).properties.unwrap();
    for variable in container.environment_variables.unwrap() {
        let name = variable.name.unwrap();
        let secure = variable.secure_value.is_some();
        assert_eq!(secure, variable.value.is_none(), "{name} has both or neither");
        assert_eq!(secure, ["password", "PASSWORD", "URL", "token"].contains(&name.as_str()), "{name}");
    }
}

#[test]
fn a_secret_in_the_command_of_a_windows_container_is_refused() {
    let mut case = Case::read("secret-in-command");
    case.settings.os_type = aci_model::group::OsType::Windows;
    case.pod.spec.as_mut().unwrap().containers.truncate(1);
    case.pod.spec.as_mut().unwrap().containers[0].working_dir = None;
    let error = match case.translate() {
        Err(Refusal::Untranslatable(refusal)) => refusal.to_string(),
        other => panic!("{other:?}"),
    };
    assert!(error.starts_with("spec.containers[0].command: ") && !error.contains("hunter2"), "{error}");
}
