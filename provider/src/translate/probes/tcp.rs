//! A probe that opens a connection, for a service that runs commands only.
//!
//! What a command could open a connection with (`nc`, the /dev/tcp of bash) is in some images and not in others,
//! and a probe that cannot run counts as failed: a liveness probe would kill a healthy container for ever, a
//! readiness probe hide it. So the command uses nothing but the shell's own words: it reads the kernel's table of
//! sockets, which all containers of a group share, and looks for one that listens on the port. And it is used
//! only where the pod itself shows that the image has that shell, as it starts the container, a hook or another
//! probe with it, or the image's own entry point does.

use k8s_openapi::api::core::v1::Container;

use super::super::Translation;

/// Shells that read a script after `-c`, by the names of their programs.
const SHELLS: [&str; 5] = ["sh", "ash", "bash", "dash", "zsh"];

/// A shell that the image is known to have, as it was written.
pub(super) fn shell(t: &Translation<'_>, container: &Container) -> Option<String> {
    let probes = [&container.liveness_probe, &container.readiness_probe, &container.startup_probe];
    let probes = probes.into_iter().flatten().filter_map(|probe| probe.exec.as_ref()?.command.as_ref());
    let hooks = container.lifecycle.iter().flat_map(|hooks| [&hooks.post_start, &hooks.pre_stop]);
    let hooks = hooks.flatten().filter_map(|hook| hook.exec.as_ref()?.command.as_ref());
    let image = container.image.as_ref().and_then(|image| t.inputs.images.get(image)?.as_ref().ok());
    let own = image.into_iter().map(|config| &config.entrypoint);
    let commands = container.command.iter().chain(probes).chain(hooks).chain(own);
    commands.filter_map(|words| words.first()).find(|program| is_shell(program)).cloned()
}

fn is_shell(program: &str) -> bool {
    program.rsplit('/').next().is_some_and(|name| SHELLS.contains(&name))
}

/// The command that succeeds while somebody listens on `port`.
///
/// A line of /proc/net/tcp is `sl local_address rem_address st …`, addresses and ports in hexadecimal; `0A` is the
/// state that listens. What listens on loopback alone would not answer a kubelet either.
pub(super) fn listens(shell: &str, port: i32) -> Vec<String> {
    let script = format!(
        "for table in /proc/net/tcp /proc/net/tcp6; do [ -r $table ] || continue; while read -r _ local _ state _; do \
         case $state:$local in 0A:0100007F:*|0A:00000000000000000000000001000000:*) ;; 0A:*:{port:04X}) exit 0;; \
         esac; done < $table; done; exit 1"
    );
    vec![shell.to_owned(), "-c".to_owned(), script]
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::process::Command;

    use super::*;

    fn answers(port: u16) -> bool {
        let command = listens("/bin/sh", i32::from(port));
        Command::new(&command[0]).args(&command[1..]).status().unwrap().success()
    }

    #[test]
    fn a_port_that_somebody_listens_on_is_seen_until_he_stops() {
        for address in ["0.0.0.0:0", "[::]:0"] {
            let Ok(listener) = TcpListener::bind(address) else { continue };
            let port = listener.local_addr().unwrap().port();
            assert!(answers(port), "{address}");
            drop(listener);
            assert!(!answers(port), "{address}");
        }
    }

    #[test]
    fn one_that_listens_on_loopback_is_not_ready_for_others() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        assert!(!answers(listener.local_addr().unwrap().port()));
    }

    #[test]
    fn shells_are_known_by_their_program_alone() {
        for program in ["sh", "/bin/sh", "/usr/local/bin/bash"] {
            assert!(is_shell(program), "{program}");
        }
        for program in ["", "/bin/", "/bin/shutdown", "fish"] {
            assert!(!is_shell(program), "{program}");
        }
    }
}
