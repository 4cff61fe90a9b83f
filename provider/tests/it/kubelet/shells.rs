//! An Azure whose containers are this machine: commands run on a terminal of their own, as ACI runs them.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{Read, Write};
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use aci_model::stream::TerminalSize;
use aci_provider::arm::streams::{ByteStream, Terminal};
use aci_provider::arm::{ArmError, ContainerStreams};
use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, stream};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use tokio::process::Command;
use tokio::sync::mpsc;

/// The containers' shell, and what was asked of them.
pub(super) struct Shells {
    /// What `/bin/sh` is in the containers; nothing where there is none.
    shell: &'static [&'static str],
    /// Where programs are looked for; `None` as usual.
    path: Option<String>,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    sizes: Vec<TerminalSize>,
    log: Option<VecDeque<Result<Bytes, ArmError>>>,
}

impl Shells {
    pub(super) fn with(shell: &'static [&'static str]) -> Arc<Self> {
        Arc::new(Self { shell, path: None, seen: Mutex::default() })
    }

    /// Containers with a shell, and of other programs those in a folder.
    pub(super) fn with_programs(shell: &'static [&'static str], folder: &std::path::Path) -> Arc<Self> {
        let path = Some(folder.to_str().unwrap().to_owned());
        Arc::new(Self { shell, path, seen: Mutex::default() })
    }

    /// What attach shows.
    pub(super) fn set_log(&self, pieces: impl IntoIterator<Item = Result<Bytes, ArmError>>) {
        self.seen.lock().unwrap().log = Some(pieces.into_iter().collect());
    }

    /// The sizes of their terminals.
    pub(super) fn sizes(&self) -> Vec<TerminalSize> {
        self.seen.lock().unwrap().sizes.clone()
    }
}

#[async_trait]
impl ContainerStreams for Shells {
    async fn exec(
        &self,
        _: &str,
        container: &str,
        command: &str,
        size: TerminalSize,
    ) -> Result<Terminal, ArmError> {
        assert_eq!(container, "app");
        self.seen.lock().unwrap().sizes.push(size);
        let mut words: Vec<String> = shlex::split(command).unwrap();
        if words[0] == "/bin/sh" {
            words.splice(0..1, self.shell.iter().map(|word| (*word).to_owned()));
            if self.shell.is_empty() {
                return Ok(not_started());
            }
        }
        Ok(run(&words, size, self.path.as_deref()).unwrap_or_else(|_| not_started()))
    }

    async fn attach(&self, _: &str, container: &str) -> Result<ByteStream, ArmError> {
        assert_eq!(container, "app");
        let log = self.seen.lock().unwrap().log.take();
        let log = log.ok_or_else(|| ArmError::Transport("nothing runs".to_owned()))?;
        Ok(stream::iter(log).boxed())
    }
}

/// What Docker shows of a program that is not there.
fn not_started() -> Terminal {
    let text = "OCI runtime exec failed: exec failed: unable to start container process: exec: \"x\": \
                executable file not found in $PATH: unknown\r\n";
    let sink = futures::sink::drain();
    let input = futures::SinkExt::sink_map_err(sink, |never| match never {});
    Terminal { output: stream::iter([Ok(Bytes::from(text))]).boxed(), input: Box::pin(input) }
}

fn run(words: &[String], size: TerminalSize, path: Option<&str>) -> std::io::Result<Terminal> {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
    grantpt(&master)?;
    unlockpt(&master)?;
    let (ws_row, ws_col) = (size.rows.unwrap(), size.cols.unwrap());
    tcsetwinsize(&master, Winsize { ws_row, ws_col, ws_xpixel: 0, ws_ypixel: 0 })?;
    let slave =
        File::options().read(true).write(true).open(ptsname(&master, Vec::new())?.to_str().unwrap())?;
    // A session of its own, led by the program, whose controlling terminal is the new one.
    let mut command = Command::new(which("setsid", None)?);
    command.arg("--ctty").arg(which(&words[0], path)?).args(&words[1..]);
    if let Some(path) = path {
        command.env("PATH", path);
    }
    command.stdin(slave.try_clone()?).stdout(slave.try_clone()?).stderr(Stdio::from(slave));
    let child = command.kill_on_drop(true).spawn()?;
    drop(command);
    let (mut reader, mut writer) = (File::from(master.try_clone()?), File::from(master));
    let (shown, output) = mpsc::channel(1);
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        // An error says that the last program has closed its side.
        while let Ok(length @ 1..) = reader.read(&mut buffer) {
            if shown.blocking_send(Bytes::copy_from_slice(&buffer[..length])).is_err() {
                return;
            }
        }
    });
    let (typed, mut input) = mpsc::channel::<Bytes>(1);
    std::thread::spawn(move || {
        while let Some(bytes) = input.blocking_recv() {
            if writer.write_all(&bytes).is_err() {
                return;
            }
        }
    });
    // The program ends with its terminal.
    let output = stream::unfold((output, child), async |(mut output, child)| {
        let bytes = output.recv().await?;
        Some((Ok(bytes), (output, child)))
    });
    let input = futures::sink::unfold(typed, async |typed: mpsc::Sender<Bytes>, bytes| {
        typed.send(bytes).await.map_err(|error| ArmError::Transport(error.to_string()))?;
        Ok(typed)
    });
    Ok(Terminal { output: output.boxed(), input: Box::pin(input) })
}

/// Where a program is.
fn which(program: &str, path: Option<&str>) -> std::io::Result<std::path::PathBuf> {
    let usual = std::env::var("PATH").unwrap();
    let folders = path.unwrap_or(&usual).split(':').map(std::path::Path::new);
    let candidates = folders.map(|folder| folder.join(program));
    let found = candidates.chain([program.into()]).find(|path| path.is_file());
    found.ok_or_else(|| std::io::ErrorKind::NotFound.into())
}
